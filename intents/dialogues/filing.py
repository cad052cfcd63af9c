"""What is known at a place already; else a report of it.

A known outage is told instead of reported twice.
"""

from __future__ import annotations

from intents.dialogues import about, several
from intents.dialogues.outages import overdue, told, told_with_promise, with_promise
from intents.dialogues.places import Found, Spot, outages_at, report_at
from intents.dialogues.turn import Data, Turn
from intents.model import (
    Event,
    FileReport,
    FlagLifeSupport,
    HandOff,
    Reply,
    Report,
    Step,
    Subscribe,
)

SCOPES = ("whole", "part", "flicker", "neighbours")


def at(turn: Turn, spot: Spot, data: Data) -> Step:
    """What is known at a place, or how much is dark there, or the report of it."""
    active = outages_at(turn, spot)
    if active:
        late: tuple[Event, ...] = ()
        if data.get("still") and overdue(turn, active[0]) and not turn.facts.handed_off:
            late = (HandOff("still_out"),)
        tell = told if data.get("life") else told_with_promise
        news = (Subscribe(active[0].id), tell(turn, active[0], spot.label))
        outcome = several.then(turn, data, *_flag(spot, data), *late, *news)
        return about.kept(outcome, "outage_status", Found((spot,)))
    report = report_at(turn, spot)
    if report:
        return already_reported(turn, report, data)
    if data.get("scope") or data.get("still") or data.get("life"):
        return file(turn, spot, data)
    kept: Data = {**data, "spot": spot.kept()}
    address = turn.heard.entities.address
    if address and not address.town:
        kept["part"] = [address.street, address.house, address.flat, ""]  # its town may follow
    return turn.ask("fault.scope", "fault.ask_scope", data=kept)


def already_reported(turn: Turn, report: Report, data: Data) -> Step:
    spot = Spot(report.address, report.town, (report.eic,) if report.eic else ())
    known = _promising(turn, "fault.already_reported", spot, data)
    return several.then(turn, data, *_flag(spot, data), *_visible(turn, data), known)


def file(turn: Turn, spot: Spot, data: Data) -> Step:
    """A report, of the scope in `data` ("whole" when none was told)."""
    scope = scope_of(data)
    report = FileReport(spot.address, spot.town, spot.eics, scope)
    key = "fault.filed_part" if scope == "part" else "fault.filed"
    if data.get("still"):
        key = "fault.filed_still"
    filed = _promising(turn, key, spot, data)
    return several.then(turn, data, *_flag(spot, data), report, *_visible(turn, data), filed)


def _promising(turn: Turn, key: str, spot: Spot, data: Data) -> Reply:
    """With the promise to write, unless an urgent sentence or a question needs the room."""
    reply = turn.reply(key, address=spot.label)
    return (
        reply
        if data.get("life") or data.get("more")
        else with_promise(turn, reply, "fault.will_write")
    )


def scope_of(data: Data) -> str:
    scope = str(data.get("scope", ""))
    return scope if scope in SCOPES else "whole"


def _flag(spot: Spot, data: Data) -> tuple[Event, ...]:
    return (FlagLifeSupport(spot.eics),) if data.get("life") and spot.eics else ()


def _visible(turn: Turn, data: Data) -> tuple[Event, ...]:
    """Somebody who is still in the dark is seen by an agent."""
    return (HandOff("still_out"),) if data.get("still") and not turn.facts.handed_off else ()
