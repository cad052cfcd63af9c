"""Latvian addresses as short as an SMS wants them, never so short that the house is lost.

Understands addresses as the state register writes them: 'Brīvības iela 105 k-1-12, Rīga, LV-1011'
in towns, '"Kalnāji", Lēdurgas pag., Limbažu nov.' in the country. What it does not understand it
leaves in its own words.
"""

from __future__ import annotations

import re

from locales.alphabet import plain

# By the word without diacritics. A "gatve" stays: Rīga has a street and a gatve of one name.
_STREET_TYPES = {
    "iela": "",
    "bulvaris": "bulv.",
    "prospekts": "pr.",
    "soseja": "šos.",
    "laukums": "lauk.",
    "krastmala": "krastm.",
}
_SHORT_TYPES = frozenset(filter(None, _STREET_TYPES.values()))
_QUOTES = re.compile('["„“”«»]')
_FLAT = re.compile(r",?\s*\bdz(?:īvoklis|ivoklis)?\.?\s*(?=\d)", re.IGNORECASE)
_BARE_FLAT = re.compile(r"(?<=\d),\s*(?=\d{1,3}[^\W\d_]?\s*(?:,|$))")
_HYPHEN = re.compile(r"(?<=[\w\"”“»])\s*[-–]\s*(?=\d)")
# House, letter, corpus and flat at the end: '105', '105A-12', '3/5 k-1-12'.
_HOUSE = re.compile(
    r"\s(\d+(?:\s?[^\W\d_](?![^\W\d_]))?(?:[-/]\w+)*(?:\s(?:k|korp)[-.]?\s?\d\w*(?:-\w+)*)?)$"
)
_FARM_FLAT = re.compile(r"(-\d\w*)$")
_POSTCODE = re.compile(r"(?:LV-?\s?)?\d{4}", re.IGNORECASE)
_PARISH = re.compile(r"\s+pag(?:\.|asts|\b)", re.IGNORECASE)
_SAYS_NOTHING = 2  # letters: an initial, "Kr."
_TAIL = re.compile(r"(?:\s+\d\S*|[\s,]+)$")  # a number there would be read as the house
_ROOMY = 20  # characters from which no word is cut; the tightest alerts have fewer
_COUNTY = re.compile(r"\s+nov(?:\.|ads|\b)|^latvija$", re.IGNORECASE)


def short_address(address: str, town: str = "", limit: int = 40) -> str:
    """An address for an SMS: 'Brīvības iela 105-12, Rīga' gives 'Brīvības 105-12'.

    A farm keeps its parish ('Kalnāji, Lēdurgas pag.'). A street gets a town only when `town` is
    given. `limit` is in characters: first the place goes, then first names become initials, then
    words of the name. House and flat numbers stay whole even if the limit is then broken, and so
    does the last word of the name unless the limit is under 20.
    """
    parts = _parts(_BARE_FLAT.sub("-", _FLAT.sub("-", address)))
    if not parts:
        return _cut(" ".join(_parts(town)[:1]), limit)
    at = next((number for number, part in enumerate(parts) if _is_head(part)), 0)
    head = _QUOTES.sub("", parts[at]).strip()
    name, house = _divide(head)
    places = parts[at + 1 :] + _parts(town)
    if _QUOTES.search(parts[at]) or not house or _is_farm(name, places):
        return _fit(name, house, _parish(places), limit)
    return _fit(_without_type(name), house, "".join(_parts(town)[:1]), limit)


def _parts(text: str) -> list[str]:
    """The parts between commas that say more than a county or a postcode."""
    parts = (_HYPHEN.sub("-", " ".join(part.split())) for part in text.split(","))
    return [p for p in parts if p and not _POSTCODE.fullmatch(p) and not _COUNTY.search(p)]


def _is_head(part: str) -> bool:
    return bool(_QUOTES.search(part) or _HOUSE.search(part))


def _divide(head: str) -> tuple[str, str]:
    """Name and number; the number keeps what stands before it (a space or a hyphen)."""
    found = _HOUSE.search(head) or _FARM_FLAT.search(head)
    return (head[: found.start()], found[0]) if found else (head, "")


def _parish(places: list[str]) -> str:
    parish = next((place for place in places if _PARISH.search(place)), "")
    return _PARISH.sub(" pag.", parish) or "".join(places[:1])


def _is_farm(name: str, places: list[str]) -> bool:
    return any(map(_PARISH.search, places)) and _without_type(name) == name


def _without_type(name: str) -> str:
    before, _, kind = name.rpartition(" ")
    short = _STREET_TYPES.get(plain(kind).lower())
    if not before or short is None:
        return name
    return f"{before} {short}".rstrip()


def _fit(name: str, house: str, place: str, limit: int) -> str:
    if place and len(name) + len(house) + 2 + len(place) <= limit:
        return f"{name}{house}, {place}"
    room = limit - len(house)
    without = _without_short_type(name)
    shorter = (name, without, _initials(without))
    kept = next((each for each in shorter if len(each) <= room), shorter[-1])
    return _cut(kept, room, whole=limit >= _ROOMY) + house


def _without_short_type(name: str) -> str:
    before, _, last = name.rpartition(" ")
    return before if before and last in _SHORT_TYPES else name


def _initials(name: str) -> str:
    """'K. Valdemāra'; a name with a number would only become a riddle."""
    if not name or any(map(str.isdigit, name)):
        return name
    *first, last = name.split()
    return "".join(f"{word[0]}. " for word in first) + last


def _cut(name: str, room: int, *, whole: bool = True) -> str:
    """The first words that fit; the longest word when they would say nothing.

    Not `whole`: a word is cut rather than the limit broken.
    """
    if len(name) <= room:
        return name
    kept = _TAIL.sub("", name[: max(room, 0) + 1].rpartition(" ")[0])
    if any(len(word) > _SAYS_NOTHING and word.isalpha() for word in kept.split()):
        return kept
    longest = max(name.split(), key=len, default="")
    if whole or len(longest) <= room:
        return longest
    return name[: room - 1].rstrip(" .") + "." if room > 1 else name[:1]
