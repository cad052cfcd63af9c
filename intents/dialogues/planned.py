"""Planned works: at the sender's premises, or in a street that they name."""

from __future__ import annotations

from intents import spoken_time
from intents.dialogues import about, elsewhere, town
from intents.dialogues.outages import label, reasoned
from intents.dialogues.places import Found, cut, named, outages_at, street_label
from intents.dialogues.turn import Turn, fits, said
from intents.model import Outage, Reply, Step
from intents.works_words import wants_moved
from locales import dates

MAX_LISTED = 3
_AHEAD = ("scheduled", "active")
_OF_WORKS = ("planned_outages", "outage_status", "other", "complaint", "agent")


def start(turn: Turn) -> Step:
    found = named(turn)
    if asks_to_move(turn):
        return about.kept(cannot_move(turn), "planned_outages", found)
    known = turn.facts.place_outages or turn.facts.town
    if found is not None and (found.spots or known or not turn.facts.premises):
        return at_place(turn)
    if not turn.facts.premises:
        return turn.ask("planned.street", "planned.ask_street")
    works = _ahead(turn.facts.outages)
    outcome = _told(turn, works) if works else turn.end(turn.reply("planned.none_home"))
    return about.kept(outcome, "planned_outages", None)


def asks_to_move(turn: Turn) -> bool:
    """Whether the text asks for the works at another time."""
    heard = turn.heard
    if heard.sure and heard.intent not in _OF_WORKS:
        return False
    return wants_moved(heard.text, announced=bool(_ahead(turn.facts.outages)))


def cannot_move(turn: Turn) -> Step:
    """That no text can move works, with who can tell more; the works first where they are known."""
    told = turn.reply("planned.cannot_move", service=turn.facts.service_phone)
    works = _ahead(turn.facts.place_outages) or _ahead(turn.facts.outages)
    for known in (_listed(turn, works), _list_of(turn, works, 1)) if works else ():
        if fits(f"{known.text}\n{told.text}"):
            return turn.end(known, told)
    return turn.end(told)


def take_street(turn: Turn) -> Step:
    """The answer to 'which street or town?'."""
    if said(turn) == "no":
        return turn.end(turn.reply("small.cancelled"))
    if asks_to_move(turn):
        return cannot_move(turn)
    again = turn.heard.sure and turn.heard.intent == "planned_outages" and _names_nothing(turn)
    if again or said(turn) or turn.heard.entities.choice is not None:
        return turn.again()
    return at_place(turn)


def _names_nothing(turn: Turn) -> bool:
    """ "When?" once more is no place."""
    facts = turn.facts
    return not (turn.heard.entities.address or facts.places or facts.streets or facts.town)


def at_place(turn: Turn) -> Step:
    """What is planned at the place that the text names; kept for "and on Friday?"."""
    found = named(turn, asked=True) or Found(missing="all", raw=turn.heard.text)
    return about.kept(_at(turn, found), "planned_outages", found)


def _at(turn: Turn, found: Found) -> Step:
    if town.is_open(turn, found):
        return town.ask(turn, found, "planned.street")
    doubt = elsewhere.ask(turn, found, "planned")
    if doubt:
        return doubt
    each = {outage.id: outage for outage in turn.facts.place_outages}
    works = _ahead(tuple(each.values()))
    if len(found.spots) == 1:
        spot = found.spots[0]
        works = _ahead(tuple(o for state in _AHEAD for o in outages_at(turn, spot, state)))
        where = spot.label
    else:
        where = street_label(turn, found.raw, works)
    if works and found.missing == "house":
        return turn.end(*_beside(turn, found.raw, works))
    if works:
        return _told(turn, works, where)
    if found.missing == "all":
        return turn.ask("planned.street", "planned.unknown_place", place=where)
    return turn.end(turn.reply("planned.none_place", place=where))


def _beside(turn: Turn, asked: str, works: tuple[Outage, ...]) -> tuple[Reply, ...]:
    """Nothing is known of the house that was asked about; what is, elsewhere in such streets."""
    none = turn.reply("planned.none_place", place=cut(asked[:1].upper() + asked[1:]))
    for known in (_listed(turn, works), _list_of(turn, works, 1)):
        if fits(f"{none.text}\n{known.text}"):
            return none, known
    return (none,)


def _told(turn: Turn, works: tuple[Outage, ...], where: str = "") -> Step:
    """The works of the day that was asked about; when there are none then, so, and the next."""
    then = _then(turn, works)
    if then:
        return turn.end(_listed(turn, then, where))
    none, following = turn.reply("planned.none_then"), _listed(turn, works[:1], where)
    if not fits(f"{none.text}\n{following.text}"):
        following = _list_of(turn, works, 1)
    return turn.end(none, following)


def _then(turn: Turn, works: tuple[Outage, ...]) -> tuple[Outage, ...]:
    """Those of the works that touch the day or hour of the text; all when it says none ahead."""
    when, now = turn.heard.entities.when, turn.facts.now
    if when is None:
        return works
    first, last = spoken_time.span(when, now)
    if last < now:
        return works
    return tuple(o for o in works if o.starts_at <= last and first < (o.ends_at or last))


def _ahead(outages: tuple[Outage, ...]) -> tuple[Outage, ...]:
    planned = [o for o in outages if o.kind == "planned" and o.state in _AHEAD]
    return tuple(sorted(planned, key=lambda outage: outage.starts_at))


def _listed(turn: Turn, works: tuple[Outage, ...], where: str = "") -> Reply:
    """The next ones with their dates, as many as fit; the rest are counted."""
    if len(works) == 1:
        where = where or label(turn, works[0])
        reply = turn.reply("planned.one", address=where, when=_when(turn, works[0]))
        return reasoned(turn, works[0], reply) or reply
    reply = _list_of(turn, works, 1)
    for count in range(min(MAX_LISTED, len(works)), 1, -1):
        longer = _list_of(turn, works, count)
        if fits(longer.text):
            return longer
    return reply


def _list_of(turn: Turn, works: tuple[Outage, ...], count: int) -> Reply:
    lines = "; ".join(_line(turn, work) for work in works[:count])
    more = len(works) - count
    if more:
        return turn.reply("planned.list_more", works=lines, more=more)
    return turn.reply("planned.list", works=lines)


def _line(turn: Turn, work: Outage) -> str:
    span = (work.starts_at, work.ends_at)
    when = dates.short_span(*span, turn.language, turn.facts.now, relative=True)
    return turn.text("planned.line", address=label(turn, work), when=when)


def _when(turn: Turn, work: Outage) -> str:
    return dates.span(work.starts_at, work.ends_at, turn.language, turn.facts.now, relative=True)
