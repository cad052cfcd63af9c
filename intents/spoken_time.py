"""Days and hours in words: "rīt no rīta", "в пятницу", "5th of December at 9", "pēc stundas".

`find` reads a text without a clock; `span` makes moments of what was read. Pure, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from intents.fold import fold
from intents.spoken_time_words import (
    AFTER,
    ANY,
    FROM,
    GREETING_WORDS,
    MEANINGS,
    STREET_WORDS,
    TELLING,
    UNITS,
    UNTIL,
    WITH_DIGITS,
)
from intents.when import When
from locales.dates import RIGA

_TOKEN = re.compile(
    r"(?P<iso>\b\d{4}-\d\d-\d\d\b)|(?P<clock>\b\d{1,2}[:.]\d{2}\b(?!\.?\d)(?!\.\s?(?:20\d\d|g\.)))"
    r"|(?P<date>\b\d{1,2}\.\s?\d{1,2}\.(?:\s?20\d\d)?)|(?P<number>\d+)|(?P<dash>[-–—](?=\s?\d))|(?P<word>[^\W\d_]+)"
)
_NUMERIC = re.compile(r"\d[.:]\s?\d|\d{4}-\d|\d\s?[ap]m\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_LONGEST = 60  # tokens looked at
_PART_HOURS = {"morning": (5, 12), "day": (12, 17), "evening": (17, 24), "night": (22, 30)}
_HOURS_OF_CLOCK = tuple(map(fold, ("час", "часа", "часов")))
_OF_DAY = fold("дня")
_PARTS = tuple(_PART_HOURS)
_BEFORE_HOURS = ("from", "at", "until", "after", "dash")
_DAY = 24 * 60  # minutes
_PASSED_DAYS = 60  # a date so long ago is that of the next year
_key = lru_cache(maxsize=4096)(fold)


class _Token(NamedTuple):
    kind: str  # number, clock, date, or what the word means; "" for any other word
    value: int
    text: str


def may_say(words: list[str], text: str, *, has_digits: bool) -> bool:
    """Whether it is worth to `find` a day or an hour in the text of these folded words.

    Half a microsecond for most texts, where reading takes twenty.
    """
    if has_digits and _NUMERIC.search(text):
        return True
    if ANY.isdisjoint(words):
        return False
    if not TELLING.isdisjoint(words) or (has_digits and not WITH_DIGITS.isdisjoint(words)):
        return True
    if not (AFTER.isdisjoint(words) or UNITS.isdisjoint(words)):
        return True
    return has_digits and not (FROM.isdisjoint(words) or UNTIL.isdisjoint(words))


def find(text: str) -> When | None:
    """What `text` says of a day or an hour, or None."""
    tokens = [_token(match) for match in islice(_TOKEN.finditer(text), _LONGEST)]
    found = _NOTHING
    place = 0
    while place < len(tokens):
        for rule in _RULES.get(tokens[place].kind, ()):
            read = rule(tokens, place, found)
            if read is not None:
                found, place = read
                break
        else:
            place += 1
    return found if found is not _NOTHING else None


def _token(match: re.Match[str]) -> _Token:
    text, kind = match.group(), match.lastgroup or ""
    if kind == "word":
        meaning, value = MEANINGS.get(_key(text), ("", 0))
        return _Token(meaning, value, _key(text))
    if kind == "dash":
        return _Token(kind, 0, text)
    numbers = [int(digits) for digits in _DIGITS.findall(text[:12])]
    if kind == "iso":
        return _Token("date", numbers[1] * 100 + numbers[2], text)
    if kind == "date" and 1 <= numbers[1] <= 12:
        return _Token("date", numbers[1] * 100 + numbers[0], text)
    if (
        kind == "clock"
        and "." in text
        and 1 <= numbers[1] <= 12
        and (numbers[1] % 5 or numbers[0] > 24)
    ):
        # "5.12" without the last dot: nobody says an hour to the minute.
        return _Token("date", numbers[1] * 100 + numbers[0], text)
    if kind in ("clock", "date"):
        return _Token("clock", numbers[0] * 60 + numbers[1], text)
    return _Token("number", numbers[0], text)


# --- rules: (tokens, place, so far) -> (what is known then, the next place), or None ---------

_Read = tuple[When, int] | None


def _at(tokens: list[_Token], place: int, *kinds: str) -> bool:
    return 0 <= place < len(tokens) and tokens[place].kind in kinds


def _relative(tokens: list[_Token], place: int, found: When) -> _Read:
    """ "pēc 2 stundām", "через час", "in half an hour", "час назад"."""
    after = _at(tokens, place, "after")
    number = place + after
    count = tokens[number].value if _at(tokens, number, "number") else 1
    unit = number + _at(tokens, number, "number")
    unit += _at(tokens, unit, "article")
    count_of = _at(tokens, unit, "half") and _at(tokens, unit + 1, "article")
    end = unit + 2 if count_of else unit
    if not _at(tokens, end, "unit", "half") or count > 999:
        return None
    minutes = tokens[end].value * count // (2 if count_of else 1)
    if not after:
        if not _at(tokens, end + 1, "ago"):
            return None
        minutes = -minutes
    if minutes % _DAY == 0:
        return replace(found, days=minutes // _DAY), end + 1
    return replace(found, minutes=minutes), end + 1


def _date(tokens: list[_Token], place: int, found: When) -> _Read:
    """ "5. decembrī", "December 5th", "5th of December", "05.12."."""
    if found.month is not None:
        return None
    if _at(tokens, place, "date"):
        month, day, after = *divmod(tokens[place].value, 100), place + 1
    elif _at(tokens, place, "number") and _at(tokens, _month(tokens, place), "month"):
        after = _month(tokens, place)
        month, day, after = tokens[after].value, tokens[place].value, after + 1
    elif _at(tokens, place, "month") and _at(tokens, place + 1, "number"):
        month, day, after = tokens[place].value, tokens[place + 1].value, place + 2
    else:
        return None
    if not (1 <= month <= 12 and 1 <= day <= 31) or _is_street(tokens, after):
        return None
    return replace(found, month=month, day=day), after


def _month(tokens: list[_Token], place: int) -> int:
    """Where the month of a number stands: "5th of December", "5-го декабря"."""
    place += 1
    while _at(tokens, place, "ordinal"):
        place += 1
    return place


def _is_street(tokens: list[_Token], place: int) -> bool:
    """ "18. novembra iela 5" is no date."""
    return place < len(tokens) and tokens[place].text in STREET_WORDS


def _day(tokens: list[_Token], place: int, found: When) -> _Read:
    token = tokens[place]
    if token.kind == "day" and found.days is None:
        return replace(found, days=token.value), place + 1
    if token.kind == "day_part" and found.days is None:
        return replace(found, days=0, part=_PARTS[token.value]), place + 1
    if token.kind == "weekday" and found.weekday is None:
        return replace(found, weekday=token.value), place + 1
    if token.kind == "week" and found.week is None:
        return replace(found, week=token.value), place + 1
    if token.kind in ("next", "this") and _at(tokens, place + 1, "weekday", "bare_week"):
        week = int(token.kind == "next")
        return replace(found, week=week), place + 1 + _at(tokens, place + 1, "bare_week")
    if token.kind == "part" and not found.part and not _greets(tokens, place):
        return replace(found, part=_PARTS[token.value]), place + 1
    return None


def _greets(tokens: list[_Token], place: int) -> bool:
    return place > 0 and tokens[place - 1].text in GREETING_WORDS


def _hours(tokens: list[_Token], place: int, found: When) -> _Read:
    """ "no 9 līdz 17", "в 9", "at 9.30", "9am", "9 утра", "rīt 9", "9:30"."""
    kind = tokens[place].kind if tokens[place].kind in _BEFORE_HOURS else ""
    if kind == "dash" and found.start is None:
        return None
    first = place + bool(kind)
    first += _at(tokens, first, "at")
    read = _clock(tokens, first, sure=bool(kind) or _follows_day(tokens, place))
    if read is None:
        return None
    at, part, after = read
    found = replace(found, part=found.part or part)
    if found.part in ("day", "evening"):
        at = _afternoon(at)
    if kind in ("until", "dash") and found.end is None:
        if found.start is not None and at <= found.start < _afternoon(at):
            at = _afternoon(at)
        return replace(found, end=at), after
    if kind not in ("until", "dash") and found.start is None:
        return replace(found, start=at), after
    return None


def _afternoon(at: time) -> time:
    """ "5" of "from 9 to 5", "8" of "вечером в 8"."""
    return at.replace(hour=at.hour + 12) if at.hour < 12 else at


def _follows_day(tokens: list[_Token], place: int) -> bool:
    return _at(tokens, place - 1, "day", "weekday", "day_part", "part")


def _clock(tokens: list[_Token], place: int, *, sure: bool) -> tuple[time, str, int] | None:
    """(the hour, the part of the day said with it, the next place).

    A bare number is an hour only where `sure`, or before "am", "утра", "vakarā".
    """
    if not _at(tokens, place, "number", "clock"):
        return None
    token, after = tokens[place], place + 1
    if _at(tokens, after, "unit", "month", "ordinal"):
        # "līdz 5 stundām", "до 5 декабря"; but "в 9 часов" is an hour.
        if tokens[after].text not in _HOURS_OF_CLOCK:
            return None
        after += 1
    elif token.kind == "number" and not (sure or _half_of_day(tokens, after)):
        return None
    hour, minute = divmod(token.value, 60) if token.kind == "clock" else (token.value, 0)
    part, later = _half_of_day(tokens, after) or ("", 0)
    hour += later * (hour < 12)
    if hour > 24 or minute > 59:
        return None
    return time(hour % 24, minute), part, after + bool(part or later)


def _half_of_day(tokens: list[_Token], place: int) -> tuple[str, int] | None:
    """(the part of the day, hours to add to one before noon) of "pm", "утра", "дня"."""
    if _at(tokens, place, "half_of_day"):
        return ("", 12) if tokens[place].value else ("morning", 0)
    if _at(tokens, place, "unit") and tokens[place].text == _OF_DAY:
        return "day", 12
    if not _at(tokens, place, "part"):
        return None
    part = _PARTS[tokens[place].value]
    return part, 12 * (part in ("day", "evening"))


_Rule = Callable[[list[_Token], int, When], _Read]
_RULES: dict[str, tuple[_Rule, ...]] = {
    "number": (_relative, _date, _hours),
    "date": (_date,),
    "month": (_date,),
    "clock": (_hours,),
    "dash": (_hours,),
    "from": (_hours,),
    "at": (_hours,),
    "until": (_hours,),
    "after": (_relative, _hours),
    "article": (_relative,),
    "unit": (_relative,),
    "half": (_relative,),
    **dict.fromkeys(("day", "day_part", "weekday", "week", "next", "this", "part"), (_day,)),
}
_NOTHING = When()


# --- with a clock ---------------------------------------------------------------------------


def span(said: When, now: datetime) -> tuple[datetime, datetime]:
    """From when to when `said` may mean, seen at `now`; aware, in Riga's time.

    A day that was not said is today, or tomorrow when that hour is over. "next Friday" is that of
    the next calendar week.
    """
    here = now.astimezone(RIGA)
    if said.minutes is not None:
        at = now.astimezone(RIGA) + timedelta(minutes=said.minutes)
        return at, at
    day = _day_of(said, here.date())
    if said.week is not None and day is None:
        monday = here.date() + timedelta(days=7 * said.week - here.weekday())
        return _moment(monday, 0), _moment(monday + timedelta(days=7), 0)
    first, last = _within(said, day or here.date())
    if day is None and last <= here:
        first, last = _within(said, here.date() + timedelta(days=1))
    return first, last


def _day_of(said: When, today: date) -> date | None:
    if said.month is not None and said.day is not None:
        return _dated(said.month, said.day, today)
    if said.days is not None:
        return today + timedelta(days=said.days)
    if said.weekday is None:
        return None
    if said.week:
        return today + timedelta(days=7 * said.week - today.weekday() + said.weekday)
    return today + timedelta(days=(said.weekday - today.weekday()) % 7)


def _dated(month: int, day: int, today: date) -> date | None:
    for year in range(today.year, today.year + 8):
        try:
            found = date(year, month, day)
        except ValueError:
            continue  # 29 February of another year
        if found > today - timedelta(days=_PASSED_DAYS):
            return found
    return None


def _within(said: When, day: date) -> tuple[datetime, datetime]:
    """The hours of a day that are meant: those said, else those of its part, else all."""
    first, last = _PART_HOURS.get(said.part, (0, 24))
    begins, ends = _moment(day, first), _moment(day, last)
    if said.start is not None:
        begins = ends = datetime.combine(day, said.start, RIGA)
    if said.end is not None:
        ends = datetime.combine(day, said.end, RIGA)
        begins = begins if said.start is not None else min(begins, ends)
    return (begins, ends) if ends >= begins else (begins, ends + timedelta(days=1))


def _moment(day: date, hour: int) -> datetime:
    """An hour of a day; those over 24 are of the next."""
    return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), RIGA)
