"""An address in two texts: what was said of it is kept, and what comes next is joined with it."""

from __future__ import annotations

from dataclasses import replace

from intents import answer_words
from intents.address_parse import parse_whole
from intents.dialogues.places import Found
from intents.dialogues.turn import Turn
from intents.model import Address, State, Understanding

ASK_TOWN = "place.ask_town"
_LONGEST_TOWN = 6  # words of an answer that is a town: "it is in the town of Ogre"


def part_of(turn: Turn, found: Found) -> list[object]:
    """What is known of an address that was not found, to be kept until the rest is said."""
    address = turn.heard.entities.address
    if address is None and turn.facts.town and not (turn.facts.streets or turn.facts.places):
        return ["", "", "", turn.facts.town]
    if address is None and answer_words.town(found.raw):
        return ["", "", "", found.raw]
    address = address or parse_whole(found.raw)
    return [address.street, address.house, address.flat, address.town]


def joined(state: State, heard: Understanding) -> Address | None:
    """The address that the text makes with what was said before; None when it makes none."""
    part = state.data.get("part")
    if not isinstance(part, list | tuple) or len(part) != 4:
        return None
    street, house, flat, town = map(str, part)
    if said := _town(state, heard):
        written = f"{street} {house}{'-' * bool(flat)}{flat}".strip()
        return Address(f"{written}, {said}", street, house, flat, said)
    if _asked(state) in ("fault.missing_all", ASK_TOWN) and answer_words.house(heard.text):
        return None  # a number makes nothing of a street that nobody knows
    if state.step == "scope" and not answer_words.town(heard.text):
        return None
    before = Address("", street, house, flat, town)
    return answer_words.join(before, heard.text, heard.entities.address)


def _asked(state: State) -> str:
    asked = state.data.get("asked")
    return str(asked.get("key", "")) if isinstance(asked, dict) else ""


def asks_town(state: State) -> bool:
    """Whether the question under way is in which town the place is."""
    return _asked(state) == ASK_TOWN


def _town(state: State, heard: Understanding) -> str:
    """What the text says in answer to that question; '' for anything else."""
    entities, text = heard.entities, heard.text.strip(" .,!?")
    if not asks_town(state) or (heard.sure and heard.intent != "other"):
        return ""
    if entities.answer or entities.choice is not None or entities.address or heard.danger:
        return ""
    if answer_words.is_remark(text) or answer_words.asks(text) or any(map(str.isdigit, text)):
        return ""
    return text if 0 < len(text.split()) <= _LONGEST_TOWN else ""


def completed(state: State, heard: Understanding) -> Understanding:
    """The text with the address that it completes, if it does."""
    if "part" not in state.data:
        return heard
    address = joined(state, heard)
    if address is None:
        return heard
    entities = replace(heard.entities, address=address, choice=None, answer="")
    intent = "other" if heard.intent in ("choice", "yes", "no") else heard.intent
    return replace(heard, intent=intent, entities=entities)
