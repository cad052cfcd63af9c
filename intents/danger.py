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
    (_WIRES | {"TRANSFORMER", "POLE"}, frozenset(("FLASH",))),
    (_BOXES, frozenset(("OPEN", "WATER", "CRASH", "FALL", "BARE", "DUG", "HOT", "CHILD"))),
    (frozenset(("METER", "SOCKET")), frozenset(("WATER", "HOT", "BARE"))),
    (frozenset(("WIRE",)), frozenset(("HOT", "CHILD", "GROUND"))),
    (frozenset(("POLE",)), frozenset(("CHILD", "TOUCH"))),
    (frozenset(("ELECTRIC", "CURRENT")), frozenset(("SPARK", "SMOKE", "SMELL", "SHOCK"))),
    (frozenset(("TAP", "DEVICE", "TOUCH")), frozenset(("ZAP",))),
    (
        frozenset(("LINEWORD",)),
        frozenset(("SPARK", "SMOKE", "TORN", "FALL", "HANG", "TREE", "GROUND", "LYING", "TOUCH")),
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
# What a body felt; a hazard when a thing that may be live is told as well.
_FELT = tuple(
    fold(words)
    for words in (
        "is live", "are live", "was live", "thrown back", "threw me back", "knocked me back",
        "got a belt", "gave me a belt", "arm numb", "hand numb",
    )
)  # fmt: skip
_MAYBE_LIVE = _NETWORK | {"ELECTRIC", "TAP", "DEVICE", "DOOR", "GROUND", "BOX"}
_IDIOMS = tuple(
    fold(words)
    for words in (
        "drop me a line",
        "drop us a line",
        "live wire that",
        "real live wire",
        "a line to",
    )
)
# Long ago, or asked in general: a real danger may hide in it, so it is asked about.
_NOT_NOW = tuple(
    fold(words)
    for words in (
        "last year", "years ago", "last month", "last winter", "last summer", "years back",
        "pirms gada", "pirms gadiem",
        "pagājušajā gadā", "pagājušogad", "pērn", "gadus atpakaļ", "pagājušajā ziemā",
        "в прошлом году", "лет назад", "год назад", "года назад", "прошлой зимой", "прошлым летом",
        "is it dangerous", "is it safe", "what if", "what to do if", "what should i do if",
        "what do i do if", "vai ir bīstami", "vai bīstami", "vai ir droši", "ko darīt ja",
        "kā rīkoties ja", "опасно ли", "безопасно ли", "что делать если", "как быть если",
    )
)  # fmt: skip
_RIGHT_NOW = frozenset(("NOW", "AGAIN", "STILL", "HURRY", "TODAY"))
_SMALL_WIRES = frozenset(
    fold(word)
    for word in (
        "usb", "hdmi", "lan", "ethernet", "internet", "interneta", "интернет", "phone", "telefona",
        "телефона", "laptop", "charger", "lādētāja", "зарядки", "наушников", "headphone",
    )
)  # fmt: skip
_KILLED = frozenset(
    fold(word) for word in ("kill", "kills", "killed", "убило", "убил", "убила", "nosita", "nosit")
)
_STRICTLY_CURRENT = frozenset(
    fold(word) for word in ("strāva", "strāvas", "strāvu", "ток", "тока", "током", "current")
)
_OF_SUPPLY = frozenset(("NOT", "OUT", "WHEN", "BACK", "PAY", "LOW", "CAN"))
_SHINING = ("deg", "gorit", "gore", "gorat", "burn")  # beginnings of what lamps and fires do
_NEAR = 2  # words between which a lamp is what burns, and a box is what is electric
_NEGATIONS = frozenset(
    fold(word) for word in ("не", "ne", "nav", "not", "isn't", "no", "doesn't", "nothing")
)
_DENIED = _FLAMES | {"BARE"}
_FORWARD = frozenset(fold(word) for word in ("не", "nothing"))  # "nav" may deny what is before it
_NOTHING = frozenset(fold(word) for word in ("nekas", "ничего", "nothing", "nekur"))


def find_danger(folded: str, language: str = "", concepts: Concepts | None = None) -> str:
    """'sure' for a hazard near an electrical thing, 'doubtful' for a hazard alone, else ''.

    `language` keeps words apart that share a skeleton, such as English "dim" and "дым".
    """
    concepts = concepts or load_concepts()
    folded = _without_idioms(folded)
    words = _heard(folded.split(), concepts, language)
    found = frozenset().union(*map(concepts.of, words))
    if _TWO_THINGS in words:
        others = [word for word in words if word != _TWO_THINGS]
        told = concepts.of(_TWO_THINGS) - _NOT_IN.get(language, frozenset())
        found = told.union(*map(concepts.of, others))
    text = _Text(folded, words, concepts)
    if _is_sure(text, _counting(found, text)):
        return "doubtful" if _is_not_now(folded, found) else "sure"
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
        denied = before in _NEGATIONS and _denied(word, (still_before, before), concepts)
        # English "no wire is down"; in Latvian "no" is "from".
        denied |= language == "en" and before == "no" and bool(concepts.of(word) & _WIRES)
        if word not in plain and not denied:
            heard.append(word)
        before, still_before = word, before
    return heard


def _denied(word: str, negation: tuple[str, str], concepts: Concepts) -> bool:
    """Do the two words before deny it? "vads nav nokritis" does, "strāvas nav, nokritis" not."""
    meant = concepts.of(word)
    if meant & _DENIED:
        return True
    thing, no = negation
    return "FALL" in meant and (
        no in _FORWARD or thing in _NOTHING or bool(concepts.of(thing) & (_WIRES | {"POLE"}))
    )


def _without_idioms(folded: str) -> str:
    for idiom in _IDIOMS:
        if idiom in folded:
            folded = f" {folded} ".replace(f" {idiom} ", " ").strip()
    return folded


def _is_not_now(folded: str, found: frozenset[str]) -> bool:
    return any(words in folded for words in _NOT_NOW) and not _RIGHT_NOW & found


class _Text:
    """The words that count, and where meanings stand among them."""

    def __init__(self, folded: str, words: Sequence[str], concepts: Concepts) -> None:
        self.folded, self.words, self._of = folded, words, concepts.of

    def says(self, phrases: Sequence[str]) -> bool:
        padded = f" {self.folded} "
        return any(f" {phrase} " in padded for phrase in phrases)

    def places(self, name: str) -> list[int]:
        """Where words of this meaning stand."""
        return [place for place, word in enumerate(self.words) if name in self._of(word)]

    def near(self, first: str, second: str, most: int = _NEAR) -> bool:
        """Whether words of the two meanings stand at most so many words apart."""
        others = self.places(second)
        return any(
            0 < abs(place - other) <= most for place in self.places(first) for other in others
        )


def _counting(found: frozenset[str], text: _Text) -> frozenset[str]:
    """Without what asks about works ("kad zāģēsiet kokus pie līnijas") or tells of every year,
    what befell an appliance, and the cable of a gadget."""
    words = text.words
    every_year = {"EVERY", "SEASON"} <= found
    if "CUT" in found and (every_year or not _BESIDE.isdisjoint(words)):
        found -= {"TREE"}
    if {"SHOCK", "DEVICE"} <= found and not (found & _NETWORK or {"TOUCH", "CHILD"} & found):
        shocks = [words[place] for place in text.places("SHOCK")]
        found -= {"SHOCK"} if _KILLED.issuperset(shocks) else set()
    if "WIRE" in found and not _SMALL_WIRES.isdisjoint(words):
        found -= {"TORN", "DUG", "BARE"}
    return found - {"TORN"} if every_year else found


def _is_sure(text: _Text, found: frozenset[str]) -> bool:
    if any(things & found and hazards & found for things, hazards in _PAIRS):
        return "FLASH" not in found or _is_more_than_flashes(found)
    if _stands_open(found) or _is_live(text, found) or _is_handled(text, found):
        return True
    if "BURN" in found and _NETWORK & found:
        # A lamp that shines on the meter is no fire: "горит лампочка на счетчике".
        return not ({"LIGHT", "LAMPSTATE"} & found and _is_lamp(text, found))
    if {"ELECTRIC", "BOX", "OPEN"} <= found and text.near("ELECTRIC", "BOX"):
        return True
    return text.says(_PHRASES)


def _is_more_than_flashes(found: frozenset[str]) -> bool:
    """Lamps that flash are no danger: "the light on the pole is flashing"."""
    rest = found - {"FLASH"}
    return "LIGHT" not in found or any(
        things & rest and hazards & rest for things, hazards in _PAIRS
    )


def _is_live(text: _Text, found: frozenset[str]) -> bool:
    """Current where none should be: in water, or felt."""
    if _MAYBE_LIVE & found and text.says(_FELT):
        return True
    if not {"TAP", "WATER"} & found or _OF_SUPPLY & found:
        return False
    if "TAP" in found:
        return "CURRENT" in found
    return not _STRICTLY_CURRENT.isdisjoint(text.words) and text.near("CURRENT", "WATER", 3)


def _is_handled(text: _Text, found: frozenset[str]) -> bool:
    """Somebody saws a pole, a child pokes about in a socket."""
    if {"CHILD", "SOCKET", "POKE"} <= found:
        return True
    if not {"POLE", "CUT"} <= found or {"POWER", "TREE", "WHEN", "CAN", "PLAN"} & found:
        return False
    return _BESIDE.isdisjoint(text.words) and text.near("POLE", "CUT")


def _is_lamp(text: _Text, found: frozenset[str]) -> bool:
    """Whether all that burns is a lamp, close by: but not in "no light, the pole burns"."""
    burning = text.places("BURN")
    if not all(text.words[place].startswith(_SHINING) for place in burning):
        return False
    no = text.places("NOT")
    lit = text.places("LIGHT")
    if not found & (_WIRES | {"POLE", "TRANSFORMER"}):
        lit += text.places("LAMPSTATE")  # only meters and cabinets have lamps of their own
    lights = [place for place in lit if place - 1 not in no and place + 1 not in no]
    return all(any(abs(place - light) <= _NEAR for light in lights) for place in burning)


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
    return "BURN" in found and not {"LIGHT", "LAMPSTATE", "POWER", "NOT"} & found
