"""When will the power be back: at home, at an address, in a street. Public facts for anyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from intents.address_parse import parse_whole
from intents.answer_words import asks
from intents.dialogues import about, elsewhere, fault, missing, planned, town
from intents.dialogues.bare import address_in
from intents.dialogues.halves import part_of
from intents.dialogues.outages import brief, label, moment, reasoned, told, told_with_promise
from intents.dialogues.places import (
    Found,
    Spot,
    cut,
    named,
    outages_at,
    spot_from,
    street_label,
)
from intents.dialogues.turn import Data, Turn, fits, picked, said
from intents.model import Address, Entities, Event, Outage, Reply, Step
from locales import dates

Teller = Callable[[Turn, Outage, str], Reply]
_OFFERED = 2  # what can be done about a place
_FAULTS = ("report_fault", "power_quality", "still_out")


def start(turn: Turn) -> Step:
    found = named(turn)
    if found is not None and (_is_known(turn, found) or not turn.facts.premises):
        return _at_found(turn, found)
    if turn.facts.premises:
        return about.kept(_at_home(turn), "outage_status", None)
    if turn.facts.reports and found is None:
        return _reported(turn)
    return turn.ask("status.address", "status.ask_address")


def take_address(turn: Turn) -> Step:
    """The answer to 'which address, street or town?'."""
    if said(turn) == "no":
        return turn.end(turn.reply("small.cancelled"))
    answered = said(turn) or turn.heard.entities.choice is not None
    found = named(turn, asked=not answered)
    if found is None or (found.missing == "all" and _asks_again(turn)):
        return turn.again()
    return _tell_place(turn) if turn.data.get("then") == "offer" else _at_found(turn, found)


def _asks_again(turn: Turn) -> bool:
    """ "How long?" once more is no place, nor is another question."""
    heard = turn.heard
    if heard.entities.address is not None:
        return False
    asking = asks(heard.text) or heard.text.rstrip().endswith("?")
    return asking or (heard.sure and heard.intent == "outage_status")


# --- a place and nothing else ----------------------------------------------------------------


def at_place(turn: Turn) -> Step:
    """The text is a place and no wish: what is known there, and what can be done about it."""
    raw = " ".join(turn.heard.text.split())
    return _tell_place(about_place(turn, address_in(turn.heard) or parse_whole(raw), raw))


def _tell_place(turn: Turn) -> Step:
    found = named(turn, asked=True)
    if found and town.is_open(turn, found):
        return town.ask(turn, found, "status.address", data={"then": "offer"})
    doubt = elsewhere.ask(turn, found, "offer") if found else None
    place = found or Found(missing="all", raw=turn.heard.text)
    outcome = doubt or _with_offer(turn, _known_at(turn), place.raw)
    return about.kept(outcome, "outage_status", place)


def about_place(turn: Turn, address: Address, raw: str) -> Turn:
    """The turn as if its text had named this place and nothing else."""
    entities = Entities(address=address)
    return replace(turn, heard=replace(turn.heard, text=raw, entities=entities))


def take_offer(turn: Turn) -> Step:
    """The answer to '1 report a fault, 2 planned works': for the place named before."""
    place = str(turn.data.get("place", ""))
    wish = _wish(turn)
    if not wish or not place:
        return turn.end(turn.reply("small.cancelled")) if said(turn) == "no" else turn.again()
    if turn.heard.entities.address is None:
        turn = about_place(turn, parse_whole(place), place)
    return _go_on(turn, wish)


def take_elsewhere(turn: Turn) -> Step:
    """The answer to 'is it at ...?', a place that is not quite the one that was named."""
    place, then = str(turn.data.get("place", "")), str(turn.data.get("then", ""))
    if said(turn) == "no" and then == "planned":
        return turn.ask("planned.street", "planned.ask_street")
    if said(turn) == "no":
        return turn.ask("status.address", "status.ask_address")
    if said(turn) == "yes" or turn.heard.entities.choice == 1:
        return _go_on(about_place(turn, parse_whole(place), place), then)
    found = named(turn)
    return turn.again() if found is None else _at_found(turn, found)


def _go_on(turn: Turn, wish: str) -> Step:
    """What was wished, at the place that the turn is about."""
    if wish == "planned":
        return planned.at_place(turn)
    found = named(turn, asked=True) or Found(missing="all", raw=turn.heard.text)
    if wish == "fault":
        return fault.take_found(turn, found, fault.noted(turn))
    return _tell_place(turn) if wish == "offer" else _at_found(turn, found)


def _wish(turn: Turn) -> str:
    intent = turn.heard.intent
    if picked(turn, _OFFERED) == 0 or said(turn) == "yes" or intent in _FAULTS:
        return "fault"
    if picked(turn, _OFFERED) == 1 or intent == "planned_outages":
        return "planned"
    return "status" if intent == "outage_status" else ""


def _with_offer(turn: Turn, known: tuple[Event, ...], place: str) -> Step:
    told = "\n".join(event.text for event in known if isinstance(event, Reply))
    for key in ("status.offer", "status.offer_short"):
        if fits(f"{told}\n{turn.text(key)}"):
            return turn.ask("status.offer", key, *known, data={"place": place})
    return turn.end(*known)  # the fact alone fills the message


def _known_at(turn: Turn) -> tuple[Event, ...]:
    found = named(turn, asked=True) or Found(missing="all", raw=turn.heard.text)
    spot = found.spots[0] if len(found.spots) == 1 else None
    if spot:
        active, later, where = (
            outages_at(turn, spot), outages_at(turn, spot, "scheduled"), spot.label
        )  # fmt: skip
    else:
        active, later = _public(turn, "active"), _soon(turn)
        where = street_label(turn, found.raw, active or later)
    outcome = _tell(turn, active, later, where, behind=turn.text("status.offer_short"))
    if outcome:
        return outcome.events
    if found.missing == "all" or _street_unknown(turn):
        return (turn.reply("status.not_found", place=cut(turn.heard.text)),)
    return (turn.reply("status.none_known", address=where),)


def _street_unknown(turn: Turn) -> bool:
    """A street that is not known is not its whole town."""
    address, facts = turn.heard.entities.address, turn.facts
    named = address is not None and address.street and address.town
    return bool(named) and not facts.streets and not facts.places


def _is_known(turn: Turn, found: Found) -> bool:
    return bool(found.spots or turn.facts.place_outages or found.missing == "number")


def _at_found(turn: Turn, found: Found) -> Step:
    """What is known there; the place is kept for "why?" and "and on Friday?"."""
    return about.kept(_told_at(turn, found), "outage_status", found)


def _told_at(turn: Turn, found: Found) -> Step:
    if town.is_open(turn, found):
        return town.ask(turn, found, "status.address")
    doubt = elsewhere.ask(turn, found, "status")
    if doubt:
        return doubt
    spot = found.spots[0] if len(found.spots) == 1 else None
    if spot:
        active, later = outages_at(turn, spot), outages_at(turn, spot, "scheduled")
        return _tell(turn, active, later, spot.label) or _offer_report(turn, spot)
    active, later = _public(turn, "active"), _soon(turn)
    where = street_label(turn, found.raw, active or later)
    outcome = _tell(turn, active, later, where)
    if outcome:
        return outcome
    if found.missing == "all":
        written: Data = {"street": part_of(turn, found)}
        return turn.ask("status.report", "status.unknown_place", data=written, place=where)
    street: Data = {}
    if turn.facts.streets:
        name, at = turn.facts.streets[0]
        several = len({each for _, each in turn.facts.streets}) > 1
        street = {"street": [name, "", "", "" if several else at]}
    return turn.ask("status.report", "status.nothing", data=street, address=where)


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
    where = Spot(report.address, report.town).label or turn.text("status.place_unknown")
    if report.outage and report.outage.state == "active":
        return turn.end(_with_reason(turn, report.outage, told_with_promise, where))
    return turn.end(turn.reply("status.reported", address=where, when=moment(turn, report.made_at)))


def _each(outages: tuple[Outage, ...], state: str) -> tuple[Outage, ...]:
    return tuple(outage for outage in outages if outage.state == state)


def _public(turn: Turn, state: str) -> tuple[Outage, ...]:
    """In a street or town, each outage once."""
    each = {outage.id: outage for outage in _each(turn.facts.place_outages, state)}
    return tuple(each.values())


def _soon(turn: Turn) -> tuple[Outage, ...]:
    """What begins there by tomorrow: what is later is not told, and does not say which town."""
    return tuple(each for each in _public(turn, "scheduled") if _is_soon(turn, each.starts_at))


def _tell(
    turn: Turn,
    active: tuple[Outage, ...],
    later: tuple[Outage, ...],
    where: str = "",
    *,
    behind: str = "",
) -> Step | None:
    """What is off now, else what will be by tomorrow; None when there is neither.

    `where` is the place that was asked about; else the outages' own addresses are told.
    `behind` is what will be said after it: a list leaves room.
    """
    if len(active) == 1:
        own = active[0].eic in {premises.eic for premises in turn.facts.premises}
        tell = told_with_promise if own else told
        return turn.end(_with_reason(turn, active[0], tell, where))
    if active:
        return turn.end(turn.reply("status.several", outages=_listed(turn, active, behind)))
    soon = [outage for outage in later if _is_soon(turn, outage.starts_at)]
    if not soon:
        return None
    first = soon[0]
    when = dates.span(first.starts_at, first.ends_at, turn.language, turn.facts.now, relative=True)
    reply = turn.reply("status.today", address=where or label(turn, first), when=when)
    return turn.end(reasoned(turn, first, reply) or reply)


def _is_soon(turn: Turn, at: datetime) -> bool:
    """Today or tomorrow, by the calendar in Latvia."""
    return (dates.local(at).date() - dates.local(turn.facts.now).date()).days <= 1


def _with_reason(turn: Turn, outage: Outage, tell: Teller, where: str) -> Reply:
    return reasoned(turn, outage, told(turn, outage, where)) or tell(turn, outage, where)


def _listed(turn: Turn, active: tuple[Outage, ...], behind: str) -> str:
    lines = [brief(turn, outage) for outage in active]
    for count in range(len(lines), 1, -1):
        shown = "; ".join(lines[:count])
        if fits(f"{turn.text('status.several', outages=shown)}\n{behind}"):
            return shown
    return lines[0]


def _offer_report(turn: Turn, spot: Spot) -> Step:
    data: Data = {"spot": spot.kept()}
    return turn.ask("status.report", "status.nothing", data=data, address=spot.label)


def take_report(turn: Turn) -> Step:
    """The answer to 'do you want to report a fault there?'."""
    if said(turn) == "no":
        return turn.end(turn.reply("status.no_report"))
    says_where = turn.heard.entities.scope  # "everywhere" is a yes
    if said(turn) != "yes" and turn.heard.intent not in _FAULTS and not says_where:
        return turn.again()
    spot = spot_from(turn.data.get("spot"))
    if spot is None and "street" in turn.data and named(turn) is None:
        return missing.go_on_from(turn, turn.data["street"], fault.noted(turn))
    if spot is None or named(turn):
        return fault.start(turn)
    return fault.start_at(turn, spot)
