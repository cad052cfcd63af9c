"""Find an address in a free text in Latvian, Russian or English, or read a whole text as one.

Conservative: times, sums, dates and durations are no house numbers, and a text without an
address gives None. Which streets exist is not known here; see `intents.addresses`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from intents import street_words as words
from intents import towns
from intents.address_tokens import (
    HOUSE,
    Token,
    could_be_street,
    count_before,
    flat_elsewhere,
    house_elsewhere,
    is_unit,
    name_start,
    names_parish,
    tidy,
    tokens,
    town_of,
)
from intents.fold import fold
from intents.house_first import Street, house_first, number_first
from intents.model import Address

# Words that make a text without digits worth reading.
_CLEAR = words.CLEAR_TYPES | words.PARISH | words.FARM
_NO_NAMES = words.STOP_WORDS | words.GREETINGS | words.STREET_TYPES.keys()
_MOST_NUMBERS = 12  # numbers of a text that are tried as house numbers
_BREAK = frozenset(',;:!?\n()"„“”«»/')
_QUOTED = re.compile(r"[\"„“”«»']([^\"„“”«»']{3,40})[\"„“”«»']")
_FLAT_BEHIND = re.compile(r" ?- ?(\d{1,3})(?![\d.,:]\d)")  # the second flat of a farm
_END = re.compile(r" ?(?:$|[,;.!?])")
_NEXT = re.compile(r"[^\W_]+")
_GENITIVE = re.compile(r"(?:[aeiubcdfgklmnprtvz]s|u|a|oi|ogo|svobodi)$")


def find(text: str, folded: str | None = None) -> Address | None:
    """The address that a text names, or None. Never raises.

    `folded` is `fold(text)` when the caller has it. An address needs a house number, or a clear
    street type ("Brīvības ielā"), or a farm with its parish ("Kalnāji, Lēdurgas pag.").
    """
    has_type = not _CLEAR.isdisjoint((fold(text) if folded is None else folded).split())
    text = tidy(text)
    if not has_type and not HOUSE.search(text):
        return None
    all_ = tokens(text)
    found = _with_number(text, all_)
    if found is None and has_type:
        found = _without_number(text, all_) or _farm(text, all_)
    return found


def parse_whole(text: str) -> Address:
    """The address that the whole text is: the answer to a question for one. Never raises.

    >>> parse_whole("kalnaji, ledurga")
    Address(raw='kalnaji, ledurga', street='kalnaji', house='', flat='', town='ledurga')
    """
    text = tidy(text)
    found = find(text)
    first = None if found and found.house else number_first(text)
    if found is not None and first is None:
        found = _with_first_names(text, found)
        return found if found.town else replace(found, town=_town_behind(text, found.raw))
    all_ = tokens(text)
    if first is not None:
        street, town = _split_town(text[first.end() :].strip(" ,.-!?"))
        return _address(text, first, street, town or town_of(all_, text))
    for match in islice(HOUSE.finditer(text), _MOST_NUMBERS):
        named = any(token.is_name for token in all_[: count_before(all_, match.start())])
        if named and not is_unit(text, match.end("house")):
            street, town = _split_town(text[: match.start()].strip(" ,.-"))
            return _address(text, match, street, town or town_of(all_, text))
    street, town = _split_town(text.strip(" ,.-!?"))
    return Address(raw=text, street=street, town=town)


def _with_first_names(text: str, found: Address) -> Address:
    """ "Anša Upīša iela 5": the one or two words before a street in a text that is an address."""
    before = text[: text.find(found.raw)]
    names = [fold(word) for word in before.split()]
    if not 0 < len(names) <= 2 or not before.replace(" ", "").isalpha():
        return found
    if not (_NO_NAMES.isdisjoint(names) and towns.FORMS.keys().isdisjoint(names)):
        return found
    return replace(found, raw=before + found.raw, street=before + found.street)


def _town_behind(text: str, raw: str) -> str:
    """What is left behind an address in a text that is nothing else: a town, maybe mistyped."""
    rest = text[text.find(raw) + len(raw) :].strip(" ,.;!?")
    is_name = rest.replace(" ", "").isalpha() and len(rest.split()) <= 2
    return rest if is_name and not words.STOP_WORDS.intersection(fold(rest).split()) else ""


# --- a street and a number ------------------------------------------------------------------


def _with_number(text: str, all_: list[Token]) -> Address | None:
    for match in islice(HOUSE.finditer(text), _MOST_NUMBERS):
        street = _street_before(text, all_[: count_before(all_, match.start())], match)
        if street is None:
            street = _street_behind(text, all_, match) or house_first(text, all_, match)
        if street is not None and not _is_measure(text, match, street):
            return _put_together(text, all_, match, street)
    return None


def _put_together(text: str, all_: list[Token], match: re.Match[str], street: Street) -> Address:
    first, last = all_[street.first].start, all_[street.last - 1].end
    span = min(first, match.start()), max(last, match.end())
    rest = [token for token in all_ if token.end <= span[0] or token.start >= span[1]]
    town = town_of(rest, text, span)
    found = _address(text[span[0] : span[1]], match, text[first:last], town)
    flat = "" if found.flat else flat_elsewhere(text, span)
    return replace(found, flat=flat) if flat else found


def _street_before(text: str, before: list[Token], match: re.Match[str]) -> Street | None:
    """The street whose last word stands right before the number, or None."""
    last = len(before)
    while last and (before[last - 1].raw in ",.№#" or before[last - 1].key in words.HOUSE_WORDS):
        last -= 1
    if not last or not before[last - 1].is_name:
        return None
    if last > 1 and words.street_type(before[last - 1].key):
        return _named_before_type(before, last)
    for place in range(last - 2, max(last - 5, -1), -1):
        if before[place].raw in _BREAK:
            break
        if before[place].key in words.STREET_TYPES and not _ends_name(before, place):
            return Street(place, last, True)
    return _untyped(text, before, match, last)


def _ends_name(all_: list[Token], place: int) -> bool:
    """Whether the type at `place` belongs to the name before it: "Brīvības iela ..."."""
    if all_[place].key == "ela" or place == 0:
        return place > 0 and all_[place - 1].is_name
    return all_[place].raw.isascii() and could_be_street(all_[place - 1])


def _named_before_type(all_: list[Token], last: int) -> Street | None:
    """ "Brīvības iela": the name before the type, with its first names, initials, ordinals."""
    first = last - 2
    if first < 0 or not could_be_street(all_[first]):
        return None
    return Street(name_start(all_, first), last, True)


def _untyped(text: str, before: list[Token], match: re.Match[str], last: int) -> Street | None:
    """ "brivibas 105-12": a name that looks like a street's, with nothing that calls it one."""
    name = before[last - 1]
    if name.key in words.STOP_WORDS or name.raw.endswith(".") or len(name.key) < 3:
        return None
    first = name_start(before, last - 1)
    street = Street(first, last, False)
    if name.key in words.COMMON_STREETS or name.key in words.TRANSLATED or first < last - 1:
        return street
    if not _GENITIVE.search(name.key) or _follows_preposition(before, first):
        return None
    begins = first == 0 or before[first - 1].raw in _BREAK or before[first - 1].key in towns.FORMS
    ends = _ends_clause(text, match.end())
    strong = (name.is_capital and first > 0) or match.group("flat") or match.group("block")
    if name.key in towns.FORMS:
        return street if ends and begins and match.group("flat") else None
    return street if strong or (len(name.key) > 3 and (ends or begins)) else None


def _street_behind(text: str, all_: list[Token], match: re.Match[str]) -> Street | None:
    """ "105 Brivibas street": the English order, only with the type said."""
    if text[match.end("house") : match.end("house") + 1] == ".":
        return None
    first = count_before(all_, match.end())
    for place in range(first + 1, min(first + 4, len(all_))):
        if all_[place].key in words.STREET_TYPES:
            named = all(could_be_street(token) for token in all_[first:place])
            return Street(first, place + 1, True) if named and _is_english(all_[place]) else None
    return None


def _is_english(token: Token) -> bool:
    return token.raw.lower().rstrip(".") in ("street", "str", "st", "avenue", "road", "boulevard")


def _follows_preposition(before: list[Token], first: int) -> bool:
    """ "no rīta 9", "par rēķinu 45" are no addresses; "no Brīvības 9" with a capital is one."""
    return (
        first > 0 and not before[first].is_capital and before[first - 1].key in words.PREPOSITIONS
    )


def _ends_clause(text: str, position: int) -> bool:
    if _END.match(text, position):
        return True
    following = _NEXT.search(text, position)
    if following is None:
        return False
    key = fold(following.group())
    return key in words.GOES_ON or key in towns.FORMS


def _is_measure(text: str, match: re.Match[str], street: Street) -> bool:
    """Whether the number counts something ("2 stundas", "5. maijs") and is no house."""
    if match.group("flat") or match.group("block"):
        return False
    end = match.end("house")
    if not street.typed and match.group("house")[-1] in "vVwWВв":
        return True  # "195V"
    return is_unit(text, end) or (not street.typed and is_unit(text, end, soft=True))


def _address(raw: str, match: re.Match[str], street: str, town: str) -> Address:
    house = match.group("house").replace(" ", "")
    if match.group("block"):
        house += f" k-{match.group('block')}"
    flat = match.group("flat") or ""
    if flat and is_unit(match.string, match.end("flat")):
        flat = ""
    return Address(raw.strip(" ,"), street.strip(' ,"„“”«»'), house, flat, town)


# --- without a number -----------------------------------------------------------------------


def _without_number(text: str, all_: list[Token]) -> Address | None:
    """ "Brīvības ielā nav gaismas", "на улице Бривибас": a street whose type is said."""
    for place, token in enumerate(all_):
        if token.key not in words.CLEAR_TYPES:
            continue
        street = _named_before_type(all_, place + 1) if place else None
        if street is None or _only_a_verb(all_, street):
            street = _named_behind_type(all_, place)
        if street is not None:
            span = all_[street.first].start, all_[street.last - 1].end
            rest = all_[: street.first] + all_[street.last :]
            name, town = text[span[0] : span[1]], town_of(rest, text, span)
            return Address(name, name, house_elsewhere(text), flat_elsewhere(text, span), town)
    return None


def _only_a_verb(all_: list[Token], street: Street) -> bool:
    """Whether the word before the type is hardly a name: small and of no known ending."""
    name = all_[street.last - 2]
    return not name.is_capital and not _GENITIVE.search(name.key)


def _named_behind_type(all_: list[Token], place: int) -> Street | None:
    """The Russian order, with a capital or a known name: "на улице темно" names none."""
    last = place + 1
    if all_[place].key == "ela" or last >= len(all_):
        return None
    name = all_[last]
    known = name.key in words.COMMON_STREETS or name.key in words.TRANSLATED
    if not could_be_street(name) or not (known or name.is_capital):
        return None
    return Street(place, last + 1, True)


def _farm(text: str, all_: list[Token]) -> Address | None:
    """ "Kalnāji, Lēdurgas pag.": a house with a name, known by its parish or the word farm."""
    parish = next(
        (
            i
            for i in range(1, len(all_))
            if all_[i].key in words.PARISH and names_parish(all_[i - 1])
        ),
        None,
    )
    quoted = _QUOTED.search(text)
    if parish is None:
        return _farm_by_word(text, all_, quoted)
    town = text[all_[parish - 1].start : all_[parish].end]
    if quoted:
        flat = _FLAT_BEHIND.match(text, quoted.end())
        # The name may stand behind its parish: 'Lēdurgas pagastā, "Vējiņi"'.
        first = min(quoted.start(), all_[parish - 1].start)
        raw = text[first : max(quoted.end(), all_[parish].end)]
        return Address(raw, quoted.group(1), flat.group(1) if flat else "", town=town)
    name = parish - 2
    if name >= 0 and all_[name].raw == ",":
        name -= 1
    if name < 0 or not all_[name].is_name or all_[name].key in words.STOP_WORDS:
        return None
    raw = text[all_[name].start : all_[parish].end]
    return Address(raw, all_[name].raw, town=town)


def _farm_by_word(text: str, all_: list[Token], quoted: re.Match[str] | None) -> Address | None:
    for place, token in enumerate(all_[:-1]):
        if token.key in words.FARM:
            rest = all_[place + 1 :]
            name = quoted.group(1) if quoted else rest[0].raw
            if quoted or (rest[0].is_capital and could_be_street(rest[0])):
                return Address(name, name, town=town_of(rest[1:], text))
    return None


def _split_town(text: str) -> tuple[str, str]:
    """A street or farm and the town behind or before it: ("kalnaji", "ledurga")."""
    parts = [part.strip(' ."„“”«»') for part in re.split(r"[,;\n]", text) if part.strip()]
    if len(parts) > 1:
        first_is_town = fold(parts[0]) in towns.FORMS and fold(parts[1]) not in towns.FORMS
        return (parts[1], parts[0]) if first_is_town else (parts[0], parts[1])
    spaced = text.split()
    if len(spaced) > 1 and fold(spaced[-1]) in towns.FORMS:
        return " ".join(spaced[:-1]), spaced[-1]
    if len(spaced) > 1 and fold(spaced[0]) in towns.FORMS:
        return " ".join(spaced[1:]), spaced[0]
    return text.strip(' "„“”«»'), ""
