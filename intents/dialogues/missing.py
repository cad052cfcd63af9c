"""An address that was not found, or only a part of it: the rest is asked, and nothing is lost."""

from __future__ import annotations

from intents import answer_words
from intents.dialogues import filing, several
from intents.dialogues.halves import part_of
from intents.dialogues.places import Found, cut
from intents.dialogues.turn import Data, Turn, said
from intents.model import FileReport, HandOff, Step

MAX_MISSES = 2  # addresses that were not found, before a person looks


def ask(turn: Turn, found: Found, data: Data) -> Step:
    """Asks for what is missing once more, then lets a person look."""
    if is_unknown_place(turn, found):
        return _ask_rest(turn, "fault.missing_place", found, data, place=cut(found.raw))
    # The first half of an address is no miss: the rest is asked.
    half = found.missing in ("number", "street") and "part" not in turn.data
    before = data.get("misses", 0)
    misses = (before if isinstance(before, int) else 0) + (not half)
    if misses >= MAX_MISSES:
        return unplaced(turn, found, data)
    town: Data = {"town": found.raw} if found.missing == "street" else {}
    key = f"fault.missing_{found.missing}"
    return _ask_rest(turn, key, found, {**data, "misses": misses}, **town)


def is_unknown_place(turn: Turn, found: Found) -> bool:
    """A town where nobody is known, alone or after a street: said once, and all of it is kept."""
    address = turn.heard.entities.address
    if found.sure or len(found.spots) > 1 or (address and address.house):
        return False
    if not found.spots and found.missing != "all":
        return False
    asked = turn.data.get("asked")
    told = isinstance(asked, dict) and asked.get("key") == "fault.missing_place"
    return not told and bool(answer_words.town(turn.heard.text))


def _in_words(turn: Turn, found: Found) -> str:
    """As written, with what was written before it and is not said again."""
    part = turn.data.get("part")
    if not isinstance(part, list | tuple):
        return found.raw
    street, house, _, town = map(str, part)
    address = turn.heard.entities.address
    whole = any(map(str.isdigit, found.raw))
    before = "" if whole else f"{street} {house}".strip()
    behind = "" if address and address.town else town
    told = dict.fromkeys((before, found.raw, behind))
    return ", ".join(each for each in told if each and (each == found.raw or each not in found.raw))


def _ask_rest(turn: Turn, key: str, found: Found, data: Data, **values: object) -> Step:
    kept: Data = {**data, "part": part_of(turn, found)}
    if found.missing in ("house", "all"):
        kept["written"] = _in_words(turn, found)
    return turn.ask("fault.address", key, data=kept, **values)


def insisted(turn: Turn, data: Data) -> Step | None:
    """An address that nobody knows is right all the same: "yes", or only how much is dark there."""
    written = turn.data.get("written")
    scope = turn.heard.entities.scope and not any(map(str.isdigit, turn.heard.text))
    if not written or turn.heard.entities.address or not (scope or said(turn) == "yes"):
        return None
    return _keep(turn, str(written), data)


def unplaced(turn: Turn, found: Found, data: Data) -> Step:
    """Nobody knows the address: the report is kept as written, and a person finds the place."""
    return _keep(turn, _in_words(turn, found), data)


def _keep(turn: Turn, written: str, data: Data) -> Step:
    report = FileReport(written, "", (), filing.scope_of(data))
    told = turn.reply("fault.unplaced")
    return several.then(turn, data, report, HandOff("report_fault"), told)


def go_on_from(turn: Turn, part: object, data: Data) -> Step:
    """A report at a place of which a `part` is known: [street, house, flat, town]."""
    data = {**data, "part": part}
    street, house, _, town = map(str, part) if isinstance(part, list | tuple) else ("",) * 4
    if house or not (street or town):
        return turn.ask("fault.address", "fault.ask_address", data=data)
    if street:
        return turn.ask("fault.address", "fault.missing_number", data=data)
    return turn.ask("fault.address", "fault.missing_street", data=data, town=town)
