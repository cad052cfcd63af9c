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


def find_danger(folded: str, language: str = "", concepts: Concepts | None = None) -> str:
    """'sure' for a hazard near an electrical thing, 'doubtful' for a hazard alone, else ''.

    `language` keeps words apart that share a skeleton, such as English "dim" and "дым".
    """
    concepts = concepts or load_concepts()
    words = _heard(folded.split(), concepts, _PLAIN_WORDS.get(language, frozenset()))
    found = frozenset().union(*map(concepts.of, words))
    if _is_sure(folded, found):
        return "sure"
    if not _is_doubtful(found):
        return ""
    # A question about a danger that is only a slip of the pen away would be a nuisance.
    return "doubtful" if _is_doubtful(frozenset().union(*map(concepts.exactly, words))) else ""


def _heard(words: Sequence[str], concepts: Concepts, plain: frozenset[str]) -> list[str]:
    """The words that count: "не горит свет" is an outage and no fire."""
    return [
        word
        for before, word in zip(("", *words), words, strict=False)
        if word not in plain and not (before in _NEGATIONS and concepts.of(word) & _FLAMES)
    ]


def _is_sure(folded: str, found: frozenset[str]) -> bool:
    if any(things & found and hazards & found for things, hazards in _PAIRS):
        return True
    if "DOOR" in found and _BOXES & found and {"TORN", "NOT"} & found:
        return True
    if "BURN" in found and _NETWORK & found:
        # A lamp that shines on the meter is no fire: "горит лампочка на счетчике".
        return "LIGHT" not in found
    padded = f" {folded} "
    return any(f" {phrase} " in padded for phrase in _PHRASES)


def _is_doubtful(found: frozenset[str]) -> bool:
    if {"SPARK", "SMOKE", "SHOCK"} & found or {"SMELL", "BURN"} <= found:
        return True
    return "BURN" in found and not {"LIGHT", "POWER", "NOT"} & found
