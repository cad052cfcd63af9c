"""A place in more towns than a list can hold: none of them is taken, the town is asked for."""

from __future__ import annotations

from rapidfuzz import fuzz

from intents.address_parse import parse_whole
from intents.address_rows import split_type
from intents.dialogues.halves import ASK_TOWN, asks_town, part_of
from intents.dialogues.places import LABEL, MOST_TOWNS, SURE_LEAD, SURE_SCORE, Found
from intents.dialogues.turn import Data, Turn
from intents.model import Event, Step
from intents.street_words import TRANSLATED
from locales.short import short_address

_SAME = 85.0  # likeness of 100 of a name with a slip in it


def is_open(turn: Turn, found: Found) -> bool:
    """Whether the place that the text names is in so many towns that none may be taken."""
    # The sender's own premises, or an option just offered, are beyond doubt.
    return len(found.spots) != 1 and len(_towns(turn)) > MOST_TOWNS


def _towns(turn: Turn) -> frozenset[str]:
    """The towns that it may be in; none when the text names one that we know."""
    facts, asked = turn.facts, turn.heard.entities.address or parse_whole(turn.heard.text)
    exact = [place for place in facts.places if place.exact]
    away = facts.elsewhere or (bool(exact) and exact[0].score < SURE_SCORE)
    if away and asked.town:
        return frozenset()
    if exact:
        return frozenset(p.town for p in exact if p.score > exact[0].score - SURE_LEAD)
    if asked.house or not all(_is_called(name, asked.street) for name, _ in facts.streets):
        return frozenset()
    return frozenset(town for _, town in facts.streets)


def _is_called(name: str, asked: str) -> bool:
    """Not a farm that is called nearly like the street."""
    (known, kind), (said, said_kind) = split_type(name), split_type(asked)
    spoken = [TRANSLATED.get(word, word) for word in said]
    if said_kind and not kind:
        return False
    return fuzz.ratio(" ".join(known), " ".join(spoken)) >= _SAME


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
