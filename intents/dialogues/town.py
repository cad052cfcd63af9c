"""A place in more towns than a list can hold: none of them is taken, the town is asked for."""

from __future__ import annotations

from intents.address_parse import parse_whole
from intents.dialogues.halves import ASK_TOWN, asks_town, part_of
from intents.dialogues.places import LABEL, MOST_TOWNS, SURE_LEAD, SURE_SCORE, Found
from intents.dialogues.turn import Data, Turn
from intents.model import Event, Step
from locales.short import short_address


def is_open(turn: Turn, found: Found) -> bool:
    """Whether the place that the text names is in so many towns that none may be taken."""
    # The sender's own premises, or an option just offered, are beyond doubt.
    return len(found.spots) != 1 and len(_towns(turn)) > MOST_TOWNS


def _towns(turn: Turn) -> frozenset[str]:
    """The towns that it may be in; none when the text names one that we know."""
    address, facts = turn.heard.entities.address, turn.facts
    exact = [place for place in facts.places if place.exact]
    away = facts.elsewhere or (bool(exact) and exact[0].score < SURE_SCORE)
    if away and (address or parse_whole(turn.heard.text)).town:
        return frozenset()
    if exact:
        return frozenset(p.town for p in exact if p.score > exact[0].score - SURE_LEAD)
    return frozenset(town for _, town in facts.streets)


def ask(turn: Turn, found: Found, at: str, *events: Event, data: Data | None = None) -> Step:
    """In which town? What was named is kept; the answer is taken `at` this step."""
    if asks_town(turn.state):
        return turn.again()
    kept: Data = {**(data or {}), "part": part_of(turn, found)}
    return turn.ask(at, ASK_TOWN, *events, data=kept, place=_name(turn))


def _name(turn: Turn) -> str:
    """As it is called, not as it was inflected; without the parish that a farm is in."""
    facts = turn.facts
    exact = next((place.address for place in facts.places if place.exact), "")
    return short_address((exact or facts.streets[0][0]).partition(",")[0], limit=LABEL)
