"""Times, numbers and addresses in words, for a voice that reads them aloud over the telephone.

A voice reads '9.00' as an amount and '105-12' as a subtraction, so hours, days and digits of phone
numbers are words here (of `voice.po`) and the parts of an address are named.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from locales.catalogue import say
from locales.dates import local

_POSTCODE = re.compile(r",?\s*\bLV-?\s?\d{4}\b", re.IGNORECASE)
_QUOTES = re.compile('["„“”«»]')
_STREET = re.compile(r"([^,]+?)\s+iela\b", re.IGNORECASE)
_PARISH = re.compile(r"\bpag(?:\.|asts\b)", re.IGNORECASE)
_COUNTY = re.compile(r"\bnov(?:\.|ads\b)", re.IGNORECASE)
_CORPUS = re.compile(r"\s*\bk-?(\d+)", re.IGNORECASE)
_HOUSE_LETTER = re.compile(r"(?<=\d)([^\W\d_])(?![^\W\d_])")
_FLAT = re.compile(r"(?<=\w)-(\d+)")
# Practical transcription of Latvian into Russian letters: a Russian voice spells out Latin ones.
_PAIRS = {
    "dž": "дж",
    "dz": "дз",
    "ie": "ие",
    "ja": "я",
    "jā": "я",
    "je": "е",
    "jē": "е",
    "ju": "ю",
    "jū": "ю",
    "jo": "йо",
    "ļa": "ля",
    "ļā": "ля",
    "ļu": "лю",
    "ļū": "лю",
    "ņa": "ня",
    "ņā": "ня",
    "ņu": "ню",
    "ņū": "ню",
}
_SINGLE = dict(
    zip(
        "aābcčdeēfgģhiījkķlļmnņoprsštuūvzž",
        "аабцчдеефггхиийккллмннопрсштуувзж",
        strict=True,
    )
)
_SINGLE |= {"ļ": "ль", "ņ": "нь"}
_LETTERS = re.compile("|".join([*_PAIRS, *_SINGLE]))
# At the beginning of a word 'e' is the open sound.
_OPEN_E = re.compile(r"\b[eē]")


def digits(number: str, language: str) -> str:
    """A phone number digit by digit: '8403' gives 'astoņi, četri, nulle, trīs'."""
    words = _list(language, "voice.digits")
    return ", ".join(words[int(each)] for each in number if each.isascii() and each.isdigit())


def span(start: datetime, end: datetime | None, language: str) -> str:
    """'divpadsmitajā decembrī no pulksten deviņiem līdz pulksten piecpadsmitiem'."""
    first_day, opening = day(start, language), _hour(start, language, "from")
    if end is None:
        return say(language, "voice.span_open", day=first_day, start=opening)
    if _same_day(start, end):
        closing = _hour(end, language, "to")
        return say(language, "voice.span_day", day=first_day, start=opening, end=closing)
    closing = _hour(end, language, "to")
    return say(
        language,
        "voice.span_days",
        start=opening,
        start_day=first_day,
        end=closing,
        end_day=day(end, language),
    )


def by(at: datetime, language: str) -> str:
    """'divpadsmitajā decembrī līdz pulksten piecpadsmitiem'."""
    return say(language, "voice.by", day=day(at, language), end=_hour(at, language, "to"))


def day(at: datetime, language: str) -> str:
    """'divpadsmitajā decembrī', 'двенадцатого декабря', 'the twelfth of December'."""
    there = local(at)
    months = _list(language, "date.months.on")
    number = _list(language, "voice.days")[there.day - 1]
    return say(language, "voice.day", day=number, month=months[there.month - 1])


def address(text: str, language: str) -> str:
    """'Brīvības iela 105-12, Rīga, LV-1011' gives 'Brīvības iela 105, dzīvoklis 12, Rīga'."""
    told = _QUOTES.sub("", _POSTCODE.sub("", text))
    # Flats before buildings: both are numbers after a hyphen.
    told = re.sub(r"\bk-(?=\d)", "k", told)
    told = _HOUSE_LETTER.sub(r" \1", told)
    told = name(told, language)
    told = _FLAT.sub(lambda found: ", " + say(language, "voice.flat", number=found[1]), told)
    return " ".join(told.split())


def name(text: str, language: str) -> str:
    """A Latvian name as this language's voice can read it: in Cyrillic for Russian."""
    words = (
        (_CORPUS, lambda found: ", " + say(language, "voice.corpus", number=found[1])),
        (_STREET, lambda found: say(language, "voice.street", name=found[1])),
        (_PARISH, lambda _found: say(language, "voice.parish")),
        (_COUNTY, lambda _found: say(language, "voice.county")),
    )
    for pattern, word in words:
        text = pattern.sub(word, text)
    return cyrillic(text) if language == "ru" else text


def cyrillic(text: str) -> str:
    """Latvian words in Russian letters: 'Brīvības' gives 'Бривибас'. Other letters stay."""
    return re.sub(r"[^\W\d_]+", lambda found: _cyrillic_word(found[0]), text)


def _cyrillic_word(word: str) -> str:
    told = _OPEN_E.sub("э", word.lower())
    told = _LETTERS.sub(lambda found: _PAIRS.get(found[0]) or _SINGLE[found[0]], told)
    return told.capitalize() if word[:1].isupper() else told


def _same_day(start: datetime, end: datetime) -> bool:
    first, last = local(start), local(end)
    at_midnight = last.time() == time(0) and last.date() - first.date() == timedelta(days=1)
    return first.date() == last.date() or at_midnight


def _hour(at: datetime, language: str, case: str) -> str:
    there = local(at)
    part = _list(language, "voice.parts")[there.hour]
    if not there.minute:
        hour = _list(language, f"voice.hours.{case}")[there.hour]
        return say(language, "voice.time", hour=hour, part=part)
    named = {0: "voice.hour_zero", 12: "voice.hour_noon"}.get(there.hour)
    hour = say(language, named) if named else _list(language, f"voice.hours.{case}")[there.hour]
    minutes = say(
        language, "voice.minutes", count=there.minute, number=_number(there.minute, language)
    )
    part = part or _list(language, "voice.parts")[there.hour + 1]
    return say(language, "voice.time_minutes", hour=hour, minutes=minutes, part=part)


def _number(count: int, language: str) -> str:
    small = _list(language, "voice.small")
    if count < len(small):
        return small[count]
    tens, ones = divmod(count, 10)
    return " ".join(
        (
            _list(language, "voice.tens")[tens],
            *_list(language, "voice.ones")[ones : ones + bool(ones)],
        )
    )


def _list(language: str, key: str) -> list[str]:
    return say(language, key).split("|")
