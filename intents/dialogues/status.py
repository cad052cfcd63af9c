"""When will the power be back: at home, at an address, in a street. Public facts for anyone."""

from __future__ import annotations

from intents.dialogues import fault
from intents.dialogues.outages import brief, is_today, label, moment, told, told_with_promise
from intents.dialogues.places import Found, Spot, named, outages_at, spot_from, street_label
from intents.dialogues.turn import Data, Turn, fits, said
from intents.model import Outage, Step
from locales import dates

_FAULTS = ("report_fault", "power_quality", "still_out")


def start(turn: Turn) -> Step:
    found = named(turn)
    if found is not None and (_is_known(turn, found) or not turn.facts.premises):
        return _at_found(turn, found)
    if turn.facts.premises:
        return _at_home(turn)
    if turn.facts.reports and found is None:
        return _reported(turn)
    return turn.ask("status.address", "status.ask_address")


def take_address(turn: Turn) -> Step:
    """The answer to 'which address, street or town?'."""
    if said(turn) == "no":
        return turn.end(turn.reply("small.cancelled"))
    answered = said(turn) or turn.heard.entities.choice is not None
    found = named(turn, asked=not answered)
    return turn.again() if found is None else _at_found(turn, found)


def _is_known(turn: Turn, found: Found) -> bool:
    return bool(found.spots or turn.facts.place_outages or found.missing == "number")


def _at_found(turn: Turn, found: Found) -> Step:
    spot = found.spots[0] if len(found.spots) == 1 else None
    if spot:
        active, later = outages_at(turn, spot), outages_at(turn, spot, "scheduled")
        return _tell(turn, active, later, spot.label) or _offer_report(turn, spot)
    active, later = _public(turn, "active"), _public(turn, "scheduled")
    where = street_label(turn, found.raw, active or later)
    outcome = _tell(turn, active, later, where)
    if outcome:
        return outcome
    if found.missing == "all":
        return turn.ask("status.report", "status.unknown_place", place=where)
    return turn.ask("status.report", "status.nothing", address=where)


def _at_home(turn: Turn) -> Step:
    outages = turn.facts.outages
    outcome = _tell(turn, _each(outages, "active"), _each(outages, "scheduled"))
    if outcome:
        return outcome
    if turn.facts.reports:
        return _reported(turn)
    own = turn.facts.premises
    if len(own) == 1:
        return _offer_report(turn, Spot(own[0].address, own[0].town, (own[0].eic,)))
    return turn.ask("status.report", "status.nothing_home")


def _reported(turn: Turn) -> Step:
    """The sender's own newest report, when no outage explains it yet."""
    report = max(turn.facts.reports, key=lambda each: each.made_at)
    where = Spot(report.address, report.town).label
    return turn.end(turn.reply("status.reported", address=where, when=moment(turn, report.made_at)))


def _each(outages: tuple[Outage, ...], state: str) -> tuple[Outage, ...]:
    return tuple(outage for outage in outages if outage.state == state)


def _public(turn: Turn, state: str) -> tuple[Outage, ...]:
    """In a street or town, each outage once."""
    each = {outage.id: outage for outage in _each(turn.facts.place_outages, state)}
    return tuple(each.values())


def _tell(
    turn: Turn, active: tuple[Outage, ...], later: tuple[Outage, ...], where: str = ""
) -> Step | None:
    """What is off now, else what will be switched off today; None when there is neither.

    `where` is the place that was asked about; else the outages' own addresses are told.
    """
    if len(active) == 1:
        own = active[0].eic in {premises.eic for premises in turn.facts.premises}
        return turn.end((told_with_promise if own else told)(turn, active[0], where))
    if active:
        return turn.end(turn.reply("status.several", outages=_listed(turn, active)))
    today = [outage for outage in later if is_today(turn, outage.starts_at)]
    if not today:
        return None
    first = today[0]
    when = dates.span(first.starts_at, first.ends_at, turn.language, turn.facts.now, relative=True)
    return turn.end(turn.reply("status.today", address=where or label(turn, first), when=when))


def _listed(turn: Turn, active: tuple[Outage, ...]) -> str:
    lines = [brief(turn, outage) for outage in active]
    for count in range(len(lines), 1, -1):
        shown = "; ".join(lines[:count])
        if fits(turn.text("status.several", outages=shown)):
            return shown
    return lines[0]


def _offer_report(turn: Turn, spot: Spot) -> Step:
    data: Data = {"spot": spot.kept()}
    return turn.ask("status.report", "status.nothing", data=data, address=spot.label)


def take_report(turn: Turn) -> Step:
    """The answer to 'do you want to report a fault there?'."""
    if said(turn) == "no":
        return turn.end(turn.reply("status.no_report"))
    if said(turn) != "yes" and turn.heard.intent not in _FAULTS:
        return turn.again()
    spot = spot_from(turn.data.get("spot"))
    if spot is None or named(turn):
        return fault.start(turn)
    return fault.start_at(turn, spot)
