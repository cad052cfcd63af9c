"""What was asked about last: "and on Friday?" and "why?" need not name the place once more."""

from __future__ import annotations

from dataclasses import replace

from intents import leaning_words, towns
from intents.address_parse import parse_whole
from intents.dialogues.places import Found
from intents.dialogues.steps import ASKING
from intents.fold import fold
from intents.model import Address, State, Step, Understanding
from intents.remark_words import asks_only_why

_LONGEST = 6  # words of a question that leans on the one before
_MOST_MORE = 2  # words of a day: "nākamajā nedēļā"
_LIKELY = 0.5
_CLOSING = frozenset({"thanks", "greeting", "yes", "choice"})
_UNCLEAR = frozenset({("", ""), ("small", "meaning")})
# Answers that ask where: there is no place yet.
_WHERE = frozenset({("planned", "street"), ("status", "address"), ("status", "elsewhere")})


def kept(outcome: Step, wish: str, found: Found | None) -> Step:
    """`outcome`, with the place of this answer kept; None: the sender's own premises.

    `wish` is what was asked there: planned_outages or outage_status.
    """
    if (outcome.state.dialogue, outcome.state.step) in _WHERE:
        return outcome
    place = "" if found is None else _place(found)
    data = {**outcome.state.data, "about": [wish, place]}
    return replace(outcome, state=replace(outcome.state, data=data))


def carried(state: State, heard: Understanding, outcome: Step) -> Step:
    """`outcome`, with what was asked about before, after a "thanks" or what was not understood."""
    if "about" not in state.data or "about" in outcome.state.data:
        return outcome
    after = (outcome.state.dialogue, outcome.state.step)
    unclear = after in _UNCLEAR and outcome.state.failures
    if not unclear and (after[0] or heard.intent not in _CLOSING):
        return outcome
    data = {"about": state.data["about"], **outcome.state.data}
    return replace(outcome, state=replace(outcome.state, data=data))


def _place(found: Found) -> str:
    if len(found.spots) == 1:
        spot = found.spots[0]
        return f"{spot.address}, {spot.town}" if spot.town else spot.address
    return found.raw


def resumed(state: State, heard: Understanding) -> tuple[State, Understanding]:
    """The text as if it named what it leaves out, and a state that keeps it no more; or both."""
    last = state.data.get("about")
    if not isinstance(last, list | tuple) or len(last) != 2:
        return state, heard
    full = _filled(heard, *map(str, last))
    if full is None:
        return state, heard
    data = {name: value for name, value in state.data.items() if name != "about"}
    return replace(state, data=data), full


def _filled(heard: Understanding, wish: str, place: str) -> Understanding | None:
    named, words = heard.entities, fold(heard.text).split()
    says_more = named.answer or named.choice is not None or named.life_support or named.phone
    if says_more or heard.reserved or heard.danger or not 0 < len(words) <= _LONGEST:
        return None
    other = heard.intent not in ASKING
    if heard.sure and other and heard.intent != "other":
        return None
    if named.address is not None or not towns.FORMS.keys().isdisjoint(words):
        return (
            _meaning(heard, wish)
            if words[0] in leaning_words.AND and (other or not heard.sure)
            else None
        )
    if not leaning_words.HOME.isdisjoint(words):
        return None
    if named.when is not None:
        more = [word for word in words if word not in leaning_words.BESIDE]
        wish = "planned_outages" if not other or len(more) <= _MOST_MORE else ""
    elif not _asks_why_of_works(heard, wish):
        wish = heard.intent if not other and heard.score >= _LIKELY else ""
    return _meaning(heard, wish, place) if wish else None


def _asks_why_of_works(heard: Understanding, wish: str) -> bool:
    """ "Why?" after works were told is about them, also when they are weeks away."""
    return wish == "planned_outages" and asks_only_why(heard.text)


def _meaning(heard: Understanding, intent: str, place: str = "") -> Understanding:
    entities = replace(heard.entities, address=_address(place)) if place else heard.entities
    return replace(heard, intent=intent, score=1.0, sure=True, entities=entities)


def _address(place: str) -> Address:
    return Address(place) if fold(place) in towns.FORMS else parse_whole(place)
