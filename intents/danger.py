"""Is somebody near an electrical hazard? Told by meanings, before and above any other intent.

A danger that is missed may cost a life; one too many costs a call. So a hazard near anything
electrical is enough, whatever else the text says.
"""

from __future__ import annotations

from collections.abc import Sequence

from intents.concepts import Concepts, load_concepts
from intents.fold import fold

_WIRES = frozenset(("WIRE", "LINE"))
_BOXES = frozenset(("TRANSFORMER", "CABINET"))
_NETWORK = _WIRES | _BOXES | {"POLE", "METER", "SOCKET"}
_FLAMES = frozenset(("SPARK", "BURN", "SMOKE", "SMELL", "EXPLODE"))
# Each line: any of the first near any of the second.
_PAIRS = (
    (_NETWORK, frozenset(("SPARK", "SMOKE", "SMELL", "EXPLODE", "SHOCK", "MELT", "DANGER"))),
    (_WIRES | {"POLE"}, frozenset(("FALL", "HANG", "TORN", "LYING", "CRASH"))),
    (_WIRES, frozenset(("BARE", "TOUCH", "TREE", "DUG", "WATER"))),
    (_BOXES, frozenset(("OPEN", "WATER", "CRASH", "FALL", "BARE", "DUG", "HOT", "CHILD"))),
    (frozenset(("METER", "SOCKET")), frozenset(("WATER", "HOT", "BARE"))),
    (frozenset(("WIRE",)), frozenset(("HOT", "CHILD", "GROUND"))),
    (frozenset(("POLE",)), frozenset(("CHILD", "TOUCH"))),
    (frozenset(("ELECTRIC", "CURRENT")), frozenset(("SPARK", "SMOKE", "SMELL", "SHOCK"))),
    (frozenset(("TAP", "DEVICE", "TOUCH")), frozenset(("ZAP",))),
    (
        frozenset(("LINEWORD",)),
        frozenset(("SPARK", "SMOKE", "TORN", "FALL", "HANG", "TREE", "GROUND")),
    ),
)
# Skeletons that are a plain word of another language: "поле", "бьют", "дым".
_PLAIN_WORDS = {
    "en": frozenset(("dim", "but", "sit")),
    "ru": frozenset(("pole", "poles", "visi")),
    "lv": frozenset(("bet", "but")),
}
# "sit" is Latvian for "hits" and the skeleton of "щит": one word is never thing and hazard.
_TWO_THINGS = fold("щит")
_NOT_IN = {"lv": frozenset(("CABINET",)), "ru": frozenset(("SHOCK", "ZAP"))}
_BESIDE = frozenset(
    fold(word)
    for word in ("pie", "gar", "zem", "у", "возле", "около", "вдоль", "под", "by", "near", "along")
)
_PHRASES = tuple(
    fold(words)
    for words in (
        "zem strāvas", "zem sprieguma", "под напряжением", "под током", "under voltage",
        "live wire", "live cable", "electric shock", "power line down", "line is down",
        "uz vadiem", "на проводах", "strāvas trieciens", "dabūja strāvas", "īssavienojums",
        "короткое замыкание", "short circuit",
    )
)  # fmt: skip
_NEGATIONS = frozenset(fold(word) for word in ("не", "ne", "nav", "not", "isn't", "no", "doesn't"))
_DENIED = _FLAMES | {"BARE"}
_FORWARD = fold("не")  # denies the next word; "nav" may belong to the word before it


def find_danger(folded: str, language: str = "", concepts: Concepts | None = None) -> str:
    """'sure' for a hazard near an electrical thing, 'doubtful' for a hazard alone, else ''.

    `language` keeps words apart that share a skeleton, such as English "dim" and "дым".
    """
    concepts = concepts or load_concepts()
    words = _heard(folded.split(), concepts, language)
    found = frozenset().union(*map(concepts.of, words))
    if _TWO_THINGS in words:
        others = [word for word in words if word != _TWO_THINGS]
        told = concepts.of(_TWO_THINGS) - _NOT_IN.get(language, frozenset())
        found = told.union(*map(concepts.of, others))
    if _is_sure(folded, _counting(found, words)):
        return "sure"
    if not _is_doubtful(found):
        return ""
    # A question about a danger that is only a slip of the pen away would be a nuisance.
    return "doubtful" if _is_doubtful(frozenset().union(*map(concepts.exactly, words))) else ""


def _heard(words: Sequence[str], concepts: Concepts, language: str) -> list[str]:
    """The words that count: "не горит свет" is an outage and no fire."""
    plain = _PLAIN_WORDS.get(language, frozenset())
    heard = []
    before, still_before = "", ""
    for word in words:
        if word not in plain and not (
            before in _NEGATIONS and _denied(word, (still_before, before), concepts)
        ):
            heard.append(word)
        before, still_before = word, before
    return heard


def _denied(word: str, negation: tuple[str, str], concepts: Concepts) -> bool:
    """Do the two words before deny it? "vads nav nokritis" does, "strāvas nav, nokritis" not."""
    meant = concepts.of(word)
    if meant & _DENIED:
        return True
    thing, no = negation
    return "FALL" in meant and (no == _FORWARD or bool(concepts.of(thing) & (_WIRES | {"POLE"})))


def _counting(found: frozenset[str], words: Sequence[str]) -> frozenset[str]:
    """Without what asks about works ("kad zāģēsiet kokus pie līnijas") or tells of every year."""
    every_year = {"EVERY", "SEASON"} <= found
    if "CUT" in found and (every_year or not _BESIDE.isdisjoint(words)):
        found -= {"TREE"}
    return found - {"TORN"} if every_year else found


def _is_sure(folded: str, found: frozenset[str]) -> bool:
    if any(things & found and hazards & found for things, hazards in _PAIRS):
        return True
    if _stands_open(found):
        return True
    if "BURN" in found and _NETWORK & found:
        # A lamp that shines on the meter is no fire: "горит лампочка на счетчике".
        return "LIGHT" not in found
    padded = f" {folded} "
    return any(f" {phrase} " in padded for phrase in _PHRASES)


def _stands_open(found: frozenset[str]) -> bool:
    """A box of the network that anybody can reach into."""
    if _BOXES & found:
        if "DOOR" in found and {"TORN", "NOT"} & found:
            return True
        if {"CAN", "ENTER"} <= found and "NOT" not in found:
            return True
        return {"LOCK", "NOT"} <= found
    return {"BOX", "WIRE"} <= found and bool({"DOOR", "LOCK", "OPEN"} & found)


def _is_doubtful(found: frozenset[str]) -> bool:
    if "ELSEWHERE" in found:
        return False
    if {"SPARK", "SMOKE", "SHOCK"} & found or {"SMELL", "BURN"} <= found:
        return True
    return "BURN" in found and not {"LIGHT", "POWER", "NOT"} & found
