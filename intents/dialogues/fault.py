"""Reporting a fault: where, then how much of it is dark, then a report.

A known outage at the place is told instead of reported twice. What was said early (the scope,
somebody on a life-support device, "still" dark) is carried along in the state.
"""

from __future__ import annotations

from intents.dialogues import safety
from intents.dialogues.outages import overdue, told, told_with_promise, with_promise
from intents.dialogues.places import (
    Found,
    Spot,
    may_be_place,
    named,
    numbered_spots,
    outages_at,
    own_spots,
    spot_from,
    spots_from,
)
from intents.dialogues.turn import Data, Turn, picked, said
from intents.model import (
    CancelReport,
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
MAX_MISSES = 2  # addresses that were not found, before a person looks
_CARRIED = ("scope", "life", "still", "misses")
_FAULTS = ("report_fault", "power_quality", "still_out")


def start(turn: Turn) -> Step:
    found = named(turn)
    if found is not None and (found.spots or not turn.facts.premises):
        return take_found(turn, found, noted(turn))
    return ask_where(turn, noted(turn))


def start_at(turn: Turn, spot: Spot) -> Step:
    """A report for a place that is known already."""
    return _at(turn, spot, noted(turn))


def noted(turn: Turn) -> Data:
    """What is known besides the place: said now, or carried from before."""
    data: Data = {}
    if turn.state.dialogue == "fault":
        data = {key: turn.data[key] for key in _CARRIED if key in turn.data}
    if turn.heard.entities.scope in SCOPES:
        data["scope"] = turn.heard.entities.scope
    elif turn.heard.intent == "power_quality" and turn.heard.sure:
        data.setdefault("scope", "flicker")
    if turn.heard.entities.life_support:
        data["life"] = True
    return data


# --- where ----------------------------------------------------------------------------------


def ask_where(turn: Turn, data: Data) -> Step:
    """From the sender's own premises when there are any."""
    own = own_spots(turn)
    if not own:
        return turn.ask("fault.address", "fault.ask_address", data=data)
    if len(own) > 1:
        return _ask_which(turn, own, data)
    spot = own[0]
    if data.get("still") or outages_at(turn, spot) or _report_at(turn, spot):
        return _at(turn, spot, data)
    return _ask_confirm(turn, spot, data)


def _ask_which(turn: Turn, spots: tuple[Spot, ...], data: Data) -> Step:
    before = _said_before(turn)
    key = "fault.choose_short" if before else "fault.choose"
    options = numbered_spots(turn, spots, key, before)
    kept: Data = {**data, "options": [spot.kept() for spot in spots]}
    return turn.ask("fault.choose", key, data=kept, options=options)


def _said_before(turn: Turn) -> str:
    """The sentence that this question will follow in one message: the list must leave room."""
    if turn.heard.entities.life_support:
        return safety.life_reply(turn, "danger.life_support_short").text
    return turn.text("small.anew") if "forgotten" in turn.data else ""


def _ask_confirm(turn: Turn, spot: Spot, data: Data) -> Step:
    kept: Data = {**data, "spot": spot.kept()}
    return turn.ask("fault.confirm", "fault.confirm", data=kept, address=spot.label)


def take_found(turn: Turn, found: Found, data: Data) -> Step:
    """Goes on with what the text named; asks once more, then lets a person look."""
    if len(found.spots) > 1:
        return _ask_which(turn, found.spots, data)
    if found.spots:
        spot = found.spots[0]
        return _at(turn, spot, data) if found.sure else _ask_confirm(turn, spot, data)
    misses = _count(data, "misses") + 1
    if misses >= MAX_MISSES:
        return _unplaced(turn, found, data)
    key = f"fault.missing_{found.missing}"
    return turn.ask("fault.address", key, data={**data, "misses": misses})


def _unplaced(turn: Turn, found: Found, data: Data) -> Step:
    """Nobody knows the address: the report is kept as written, and a person finds the place."""
    report = FileReport(found.raw, "", (), _scope(data))
    return turn.end(report, HandOff("report_fault"), turn.reply("fault.unplaced"))


def take_confirm(turn: Turn) -> Step:
    """The answer to 'is it at this address?'. To name the fault again means yes."""
    found, spot = named(turn), spot_from(turn.data.get("spot"))
    if found is not None:
        return take_found(turn, found, noted(turn))
    if said(turn) == "no":
        return turn.ask("fault.address", "fault.ask_address", data=noted(turn))
    repeated = turn.heard.intent in _FAULTS and turn.heard.sure
    if spot and (said(turn) == "yes" or repeated or turn.heard.entities.scope):
        return _at(turn, spot, noted(turn))
    return turn.again()


def take_choice(turn: Turn) -> Step:
    """The answer to the numbered list of places."""
    spots = spots_from(turn.data)
    index = picked(turn, len(spots))
    if index is not None:
        return _at(turn, spots[index], noted(turn))
    found = named(turn)
    if found is not None:
        return take_found(turn, found, noted(turn))
    if said(turn) == "no":
        return turn.ask("fault.address", "fault.ask_address", data=noted(turn))
    return turn.again()


def take_address(turn: Turn) -> Step:
    """The answer to the question for the address; a yes or a number alone is none."""
    answered = said(turn) or turn.heard.entities.choice is not None
    found = named(turn, asked=not answered)
    if found is None or not may_be_place(turn):
        return turn.again()
    return take_found(turn, found, noted(turn))


# --- what is there already, how much is dark, the report ------------------------------------


def _at(turn: Turn, spot: Spot, data: Data) -> Step:
    active = outages_at(turn, spot)
    if active:
        late: tuple[Event, ...] = ()
        if data.get("still") and overdue(turn, active[0]) and not turn.facts.handed_off:
            late = (HandOff("still_out"),)
        tell = told if data.get("life") else told_with_promise
        news = (Subscribe(active[0].id), tell(turn, active[0], spot.label))
        return turn.end(*_flag(spot, data), *late, *news)
    report = _report_at(turn, spot)
    if report:
        return already_reported(turn, report, data)
    if data.get("scope") or data.get("still") or data.get("life"):
        return _file(turn, spot, data)
    kept: Data = {**data, "spot": spot.kept()}
    return turn.ask("fault.scope", "fault.ask_scope", data=kept)


def already_reported(turn: Turn, report: Report, data: Data) -> Step:
    spot = Spot(report.address, report.town, (report.eic,) if report.eic else ())
    known = _promising(turn, "fault.already_reported", spot, data)
    return turn.end(*_flag(spot, data), *_visible(turn, data), known)


def take_scope(turn: Turn) -> Step:
    """The answer to 'how much is dark?'. Not understood twice, the report goes in as 'whole'."""
    spot, data = spot_from(turn.data.get("spot")), noted(turn)
    index = picked(turn, len(SCOPES))
    if index is not None:
        data["scope"] = SCOPES[index]
    moved = named(turn)
    if moved is not None and moved.spots:
        return take_found(turn, moved, data)
    asks_back = turn.heard.sure and turn.heard.intent == "outage_status"
    if spot and (data.get("scope") or asks_back or turn.state.failures):
        return _file(turn, spot, data)
    return turn.again()


def _file(turn: Turn, spot: Spot, data: Data) -> Step:
    scope = _scope(data)
    report = FileReport(spot.address, spot.town, spot.eics, scope)
    key = "fault.filed_part" if scope == "part" else "fault.filed"
    if data.get("still"):
        key = "fault.filed_still"
    filed = _promising(turn, key, spot, data)
    return turn.end(*_flag(spot, data), report, *_visible(turn, data), filed)


def _promising(turn: Turn, key: str, spot: Spot, data: Data) -> Reply:
    """With the promise to write, unless an urgent sentence needs the room."""
    reply = turn.reply(key, address=spot.label)
    return reply if data.get("life") else with_promise(turn, reply, "fault.will_write")


def _scope(data: Data) -> str:
    scope = str(data.get("scope", ""))
    return scope if scope in SCOPES else "whole"


def _count(data: Data, name: str) -> int:
    value = data.get(name, 0)
    return value if isinstance(value, int) else 0


def _flag(spot: Spot, data: Data) -> tuple[Event, ...]:
    return (FlagLifeSupport(spot.eics),) if data.get("life") and spot.eics else ()


def _visible(turn: Turn, data: Data) -> tuple[Event, ...]:
    """Somebody who is still in the dark is seen by an agent."""
    return (HandOff("still_out"),) if data.get("still") and not turn.facts.handed_off else ()


def _report_at(turn: Turn, spot: Spot) -> Report | None:
    for report in turn.facts.reports:
        if report.eic in spot.eics or (report.address, report.town) == (spot.address, spot.town):
            return report
    return None


# --- light again, still dark, a report taken back -------------------------------------------


def restored(turn: Turn) -> Step:
    closed: list[Event] = [CancelReport(report.id) for report in turn.facts.reports]
    key = "fault.restored_closed" if closed else "fault.restored"
    return turn.end(*closed, turn.reply(key))


def cancel_reports(turn: Turn) -> Step:
    """Asks before a report is taken back; the newest when there are several."""
    newest = max(turn.facts.reports, key=lambda report: report.made_at)
    label = Spot(newest.address, newest.town).label
    data: Data = {"report": newest.id}
    return turn.ask("fault.withdraw", "fault.ask_withdraw", data=data, address=label)


def take_withdraw(turn: Turn) -> Step:
    answer = said(turn)
    if answer == "yes":
        report = CancelReport(str(turn.data.get("report", "")))
        return turn.end(report, turn.reply("fault.withdrawn"))
    return turn.end(turn.reply("fault.report_kept")) if answer == "no" else turn.again()
