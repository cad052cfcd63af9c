"""Words and numbers of a text as `intents.address_parse` sees them: patterns, tokens, towns."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from intents import street_words as words
from intents import towns
from intents.fold import fold

_LONGEST = 1000  # characters looked at; an SMS of ten segments has fewer
_DASH = r"\-‐‑‒–—"
# The looks behind stand after the first digit, so that a search leaps from digit to digit.
# "Brivibas105" but not "15.30"; "12A", "5/7", "12 b"; "k-2", "korpuss 2"; "-12", "dz. 12", "кв 12".
HOUSE = re.compile(
    rf"""
    (?P<house>\d (?:(?<![\w+]\d)|(?<=[^\W\d_]{{4}}\d)) (?<!\d[.,:/{_DASH}]\d)
        \d{{,2}}(?:[^\W\d_](?!\w))?(?:/\d{{1,3}}(?:[^\W\d_](?!\w))?)?(?!\w)
        (?:[ ][a-jl-zа-йл-я](?=[ ]?(?:$|[,.{_DASH}][ ]?\d|[,.]?$)))?)
    (?![.,:/]\d)(?![ ]\d{{2,}}[ ]?\d{{2,}})
    (?:[ ,]*\b(?:(?:korp(?:uss)?|корп(?:ус)?|building|bldg)\.?|[kк]\.?)
        [ ]?[{_DASH}]?[ ]?(?P<block>\d{{1,2}})(?![\d.,:]?\d|[ ]?(?:час|утра|вечера)))?
    (?:(?:[ ]?[{_DASH}][ ]?
        |[ ,.;]*(?:\b(?:dz(?:[īi]?v\w*)?|кв\w*|kv|kvart\w*|flat|ap|apt|apartment)\b\.?|\#)
            [ ]?(?:nr\.?|№)?[ ]?[{_DASH}]?[ ]?
        |[ ](?=\d{{1,3}}[ ]?(?:$|[,;])))
        (?P<flat>\d{{1,3}}(?:[a-zа-я](?!\w))?)(?![\d.,:]?\d|\w))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FLAT = re.compile(
    r"\b(?:dz(?:īv|iv)\w*|dz|кв|квартир\w|kv|kvartir\w|flat|apt|apartment)\b"
    r"\.? ?(?:nr\.?|№)? ?-? ?(\d{1,3})(?!\w|[.,:]\d)",
    re.IGNORECASE,
)
_HOUSE_SAID = re.compile(
    r"\b(?:дом|dom|māja|maja|house|nr\.?)[ ]?(\d{1,3}[a-zа-я]?)(?!\w|[.,:]\d)"
    r"|(?<![\w.,:])(\d{1,3}[a-zа-я]?)\.? (?:māj|maj|дом)\w*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\d{1,4}\.?(?= ?[^\W\d_])|[^\W\d_]+(?:['’][^\W\d_]+)*\.?|[^\s\w]|\w+")
_SPACES = re.compile(r"[^\S\n]+")
_FOLLOWING = re.compile(r"\.?[ ]?([^\W_]+|%|€|\$)")
_IN = re.compile(r" [вv] ([^\W\d_]{3,})")
_INITIAL = re.compile(r"[^\W\d_]\.?$")
_BEHIND = re.compile(r" ?, ?([^\W\d_]{3,25}) ?(?:$|[,;.!?])")
_BEFORE = re.compile(r"(?:^|[,;.!?]) ?([^\W\d_]{3,25}) ?, ?$")


# The same few words make up most texts.
_key = lru_cache(maxsize=8192)(fold)


class Token(NamedTuple):
    """A word (with its dot), a number or a sign of the text at `start` to `end`."""

    raw: str
    start: int
    end: int
    key: str  # folded

    @property
    def is_name(self) -> bool:
        return self.raw[0].isalpha() and len(self.key) > 1

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital and the customer does not shout."""
        return self.raw[0].isupper() and not (len(self.raw) > 3 and self.raw.isupper())


def tidy(text: str) -> str:
    """The beginning of a text with single spaces, a comma for each line end.

    Single spaces keep the patterns above fast whatever is sent.
    """
    return _SPACES.sub(" ", text[:_LONGEST].strip().replace("\n", ", "))


def tokens(text: str) -> list[Token]:
    """The tokens of a tidy text."""
    return [
        Token(raw := match.group(), match.start(), match.end(), _key(raw))
        for match in _WORD.finditer(text)
    ]


def count_before(all_: list[Token], position: int) -> int:
    """How many tokens end before a place in the text."""
    count = 0
    while count < len(all_) and all_[count].end <= position:
        count += 1
    return count


def could_be_street(token: Token) -> bool:
    if token.key in words.MONTHS:
        return True
    return token.is_name and token.key not in words.STOP_WORDS and len(token.key) > 2


def names_parish(token: Token) -> bool:
    """Whether the word before "pagasts" is its name: "mūsu pagastā" names none."""
    return could_be_street(token) and (token.is_capital or token.key.endswith(("s", "u", "a")))


def name_start(before: list[Token], last: int) -> int:
    """Where a name whose last word is at `last` begins.

    "Krišjāņa Barona", "18. novembra", "K. Barona", "Lielā Nometņu".
    """
    dated = before[last].key in words.MONTHS
    while last > 0:
        token = before[last - 1]
        if dated and token.raw.rstrip(".").isdigit():
            return last - 1
        if not (
            token.key in words.NAME_STARTS
            or _is_initial(token, last - 1)
            or _is_capital_name(before, last - 1)
        ):
            return last
        last -= 1
    return last


def _is_initial(token: Token, place: int) -> bool:
    if not _INITIAL.match(token.raw) or not token.raw[0].isupper():
        return False
    # "С Бривибас 5 ..." begins with a preposition.
    return place > 0 or token.raw.endswith(".")


def _is_capital_name(all_: list[Token], place: int) -> bool:
    token = all_[place]
    return (
        place > 0
        and token.is_capital
        and token.is_name
        and all_[place + 1].is_capital
        and not token.raw.endswith(".")
        and all_[place - 1].raw not in ".!?"
        and token.key not in towns.FORMS
        and token.key not in words.STOP_WORDS
        and token.key not in words.STREET_TYPES
    )


def is_unit(text: str, position: int, soft: bool = False) -> bool:
    """Whether the word at `position` says that the number before it counts something."""
    following = _FOLLOWING.match(text, position)
    if following is None:
        return False
    key = fold(following.group(1))
    if soft:
        return key.startswith(words.SOFT_UNITS)
    if key == "v" and _is_in_town(text, position):
        return False  # no volts: "Бривибас 105 в Риге"
    return not key or key in words.UNITS or key.startswith(words.UNIT_STEMS)


def _is_in_town(text: str, position: int) -> bool:
    found = _IN.match(text, position)
    return found is not None and (found[1][0].isupper() or _key(found[1]) in towns.FORMS)


def flat_elsewhere(text: str, span: tuple[int, int]) -> str:
    """The flat said apart from the address: "apt 14 no power, Brivibas 5"."""
    for match in _FLAT.finditer(text):
        if match.end() <= span[0] or match.start() >= span[1]:
            return match.group(1)
    return ""


def house_elsewhere(text: str) -> str:
    """The house said apart from the street: "дом 5 на улице Свободы", "105. mājā"."""
    found = _HOUSE_SAID.search(text)
    return (found.group(1) or found.group(2)) if found else ""


def town_of(rest: list[Token], text: str, span: tuple[int, int] = (0, 0)) -> str:
    """The town named among the tokens around an address at `span`, as it is written."""
    for place, token in enumerate(rest):
        if token.key in words.PARISH and place and names_parish(rest[place - 1]):
            return text[rest[place - 1].start : token.end]
    for token in rest:
        if token.key in towns.FORMS and len(token.key) > 2:
            return token.raw.rstrip(".")
    return _town_beside(text, span) if span[1] else ""


def _town_beside(text: str, span: tuple[int, int]) -> str:
    """ "Skolas iela 3, Vecsalaca": one capitalised word between the commas next to the address."""
    for found in (_BEHIND.match(text, span[1]), _BEFORE.search(text[: span[0]])):
        if found and found.group(1)[0].isupper():
            key = fold(found.group(1))
            if key not in words.GREETINGS and key not in words.STOP_WORDS:
                return found.group(1)
    return ""
