"""Dates, times and numbers as customers read them, in the time of Latvia.

Names of weekdays and the shapes of numbers are Babel's; the words and the cases of the months
('12. decembrī', 'no 12. decembra') are in `common.po`. Moments must know their zone; they are
shown in Europe/Riga, with both clock changes. Nothing here holds a no-break space: one would turn
an SMS into UCS-2 and double its price.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal

from locales.catalogue import FALLBACK, LANGUAGES, say

RIGA = ZoneInfo("Europe/Riga")
_MIDNIGHT = time(0, 0)
_NEAR = {-1: "date.yesterday", 0: "date.today", 1: "date.tomorrow"}
_BY_NEAR = {0: "date.by.today", 1: "date.by.tomorrow"}
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2212": "-"})
MOST_DAYS = 3  # that are named one by one
_HOURS_UP_TO = 48 * 60  # minutes; longer durations are told in days


def local(moment: datetime) -> datetime:
    """The moment on a clock in Latvia. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(RIGA)


# --- a day ----------------------------------------------------------------------------------


def day(
    moment: datetime, language: str, now: datetime | None = None, *, relative: bool = False,
    year: bool = False,
) -> str:  # fmt: skip
    """'12. decembrī', '12 декабря', '12 December'; with the year when it is not that of `now`.

    With `relative`, 'šodien', 'rīt' and 'vakar' (as in the other languages) when `now` is given;
    with `year`, always with the year.
    """
    near = _near(moment, language, now) if relative else ""
    return near or _dated(local(moment).date(), language, now, "on", year=year)


def on_day(
    moment: datetime, language: str, now: datetime | None = None, *, relative: bool = False,
    year: bool = False,
) -> str:  # fmt: skip
    """As `day`, ready to stand in a sentence: 'on 12 December' in English, but 'tomorrow'."""
    near = _near(moment, language, now) if relative else ""
    return near or say(language, "date.on", day=day(moment, language, now, year=year))


def by_day(
    moment: datetime, language: str, now: datetime | None = None, *, relative: bool = False,
    year: bool = False,
) -> str:  # fmt: skip
    """As `day`, to stand after 'līdz', 'до', 'by': '12. decembrim', '12 декабря'.

    With `relative`, 'rītdienai', and 'šodienas beigām' (as in the other languages).
    """
    near = _BY_NEAR.get(_away(moment, now)) if relative and now is not None else None
    there = local(moment).date()
    return say(language, near) if near else _dated(there, language, now, "to", year=year)


def days_of(start: datetime, end: datetime | None) -> list[date]:
    """The days in Latvia that a time touches; one that ends at midnight does not touch the next."""
    first = local(start).date()
    if end is None or end <= start:
        return [first]
    last = local(end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def on_days(days: Iterable[date], language: str, now: datetime | None = None) -> str:
    """As `on_day`, of several: 'on 2 and 3 December', 'on 30 November and 2 December'.

    Many in a row are told as '2–9 December', many others as the first 'and on other days'.
    """
    told = sorted(set(days))
    in_a_row = (told[-1] - told[0]).days == len(told) - 1
    if len(told) <= MOST_DAYS:
        return say(language, "date.on", day=_listed(told, language, now))
    if not in_a_row:
        first = say(language, "date.on", day=_dated(told[0], language, now, "on"))
        return say(language, "date.and_others", day=first)
    if told[0].replace(day=1) == told[-1].replace(day=1):
        days_only = say(language, "date.range", first=told[0].day, last=told[-1].day)
        return say(language, "date.on", day=_of_month(days_only, told[0], language, now))
    return say(
        language,
        "date.range_months",
        first=_dated(told[0], language, now, "from"),
        last=_dated(told[-1], language, now, "to"),
    )


def _listed(days: Sequence[date], language: str, now: datetime | None) -> str:
    months = [list(of_one) for _, of_one in groupby(days, key=lambda day: (day.year, day.month))]
    parts = [
        _of_month(_joined([day.day for day in of_one], language), of_one[0], language, now)
        for of_one in months
    ]
    *others, last = parts
    if others and len(months[-1]) == 1:
        return say(language, "date.and", first=", ".join(others), last=last)
    return ", ".join(parts)


def _joined(days: Sequence[int], language: str) -> str:
    *others, last = days
    if not others:
        return str(last)
    first = ", ".join(say(language, "date.one_of_several", day=day) for day in others)
    return say(language, "date.and", first=first, last=last)


def _of_month(days: str, day: date, language: str, now: datetime | None) -> str:
    month = _names(language, "date.months.on")[day.month - 1]
    if now is None or local(now).year == day.year:
        return say(language, "date.day", day=days, month=month)
    return say(language, "date.day_year", day=days, month=month, year=day.year)


def short_day(moment: datetime, language: str, now: datetime | None = None) -> str:
    """'12.12.', '12.12', '12 Dec'; with the year when it is not that of `now`."""
    return _short_day(local(moment), language, now)


def weekday(moment: datetime, language: str) -> str:
    """'pirmdiena', 'понедельник', 'Monday'."""
    return _weekdays(language)[local(moment).weekday()]


def on_weekday(moment: datetime, language: str) -> str:
    """'pirmdien', 'в понедельник', 'on Monday'."""
    return _names(language, "date.weekdays.on")[local(moment).weekday()]


def _near(moment: datetime, language: str, now: datetime | None) -> str:
    if now is None:
        return ""
    near = _NEAR.get(_away(moment, now))
    return say(language, near) if near else ""


def _away(moment: datetime, now: datetime) -> int:
    """Days from `now`, by the calendar in Latvia."""
    return (local(moment).date() - local(now).date()).days


def _dated(
    when: date, language: str, now: datetime | None, case: str, *, year: bool = False
) -> str:  # fmt: skip
    month = _names(language, f"date.months.{case}")[when.month - 1]
    if not year and (now is None or local(now).year == when.year):
        return say(language, "date.day", day=when.day, month=month)
    return say(language, "date.day_year", day=when.day, month=month, year=when.year)


# --- a time ---------------------------------------------------------------------------------


def month(first: date, language: str) -> str:
    """'2026. gada novembris', 'ноябрь 2026 г.', 'November 2026'."""
    return str(format_skeleton("yMMMM", first, locale=_locale(language))).translate(_SPACES)


def clock(moment: datetime) -> str:
    """'09:00', for lists and tables."""
    return f"{local(moment):%H:%M}"


def hour(moment: datetime, language: str) -> str:
    """'9.00' in Latvian, '9:00' in Russian and English, to stand after 'plkst.', 'в', 'at'.

    In the hour that comes twice when summer time ends, it says which of the two is meant.
    """
    there = local(moment)
    told = _hour(there.hour, there.minute, language)
    if there.replace(fold=0).utcoffset() == there.replace(fold=1).utcoffset():
        return told
    return say(language, "date.hour_winter" if there.fold else "date.hour_summer", hour=told)


def _hour(hours: int, minutes: int, language: str) -> str:
    return say(language, "date.hour", hour=hours, minute=f"{minutes:02}")


# --- from when to when ----------------------------------------------------------------------


def span(
    start: datetime,
    end: datetime | None,
    language: str,
    now: datetime | None = None,
    *,
    relative: bool = False,
) -> str:
    """'12. decembrī no plkst. 9.00 līdz 15.00'; over several days both dates; `end` may be open.

    An end at midnight of the same night is told as 24.00. `relative` ('rīt no plkst. ...') is for
    spans within one day.
    """
    first = local(start)
    opening = hour(start, language)
    if end is not None and _same_day(first, local(end)):
        when = on_day(start, language, now, relative=relative)
        closing = _end_hour(first, end, language)
        return say(language, "date.span_day", day=when, start=opening, end=closing)
    first_day = _dated(first.date(), language, now, "from")
    if end is None:
        return say(language, "date.span_open", start_day=first_day, start=opening)
    return say(
        language,
        "date.span_days",
        start_day=first_day,
        start=opening,
        end_day=_dated(local(end).date(), language, now, "to"),
        end=hour(end, language),
    )


def short_span(
    start: datetime,
    end: datetime | None,
    language: str,
    now: datetime | None = None,
    *,
    relative: bool = False,
) -> str:
    """As short as it can be: '12.12. 9.00-15.00', '12.12. 9.00-14.12. 15.00', 'no 12.12. 9.00'.

    `relative` ('rīt 9.00-15.00') is for spans within one day.
    """
    first = local(start)
    first_day = _short_day(first, language, now)
    opening = _hour(first.hour, first.minute, language)
    if end is None:
        return say(language, "date.short_open", start_day=first_day, start=opening)
    last = local(end)
    closing = _hour(last.hour, last.minute, language)
    if _same_day(first, last):
        closing = closing if last.date() == first.date() else _hour(24, 0, language)
        near = _near(start, language, now) if relative else ""
        first_day = near or first_day
        return say(language, "date.short_day", start_day=first_day, start=opening, end=closing)
    return say(
        language,
        "date.short_days",
        start_day=first_day,
        start=opening,
        end_day=_short_day(last, language, now),
        end=closing,
    )


def _same_day(first: datetime, last: datetime) -> bool:
    if first.date() == last.date():
        return True
    return last.time() == _MIDNIGHT and last.date() - first.date() == timedelta(days=1)


def _end_hour(first: datetime, end: datetime, language: str) -> str:
    if local(end).date() > first.date():
        return _hour(24, 0, language)
    return hour(end, language)


def _short_day(there: datetime, language: str, now: datetime | None) -> str:
    month = _names(language, "date.months.short")[there.month - 1]
    if now is None or local(now).year == there.year:
        return say(language, "date.short", day=there.day, month=month)
    return say(language, "date.short_year", day=there.day, month=month, year=there.year)


# --- how long -------------------------------------------------------------------------------


def duration(minutes: int, language: str) -> str:
    """'1 stunda', '21 stunda', '2 часа 30 минут'; from two days on, days and whole hours."""
    return _lasting(minutes, language, "date.duration")


def within(minutes: int, language: str) -> str:
    """'2 stundu laikā', 'в течение 2 часов', 'within 2 hours'."""
    return say(language, "date.within", time=_lasting(minutes, language, "date.within"))


def _lasting(minutes: int, language: str, key: str) -> str:
    minutes = max(0, minutes)
    if minutes < _HOURS_UP_TO:
        large, small = divmod(minutes, 60)
        units = ("hours", "minutes")
    else:
        large, small = divmod((minutes + 30) // 60, 24)
        units = ("days", "hours")
    amounts = [(count, unit) for count, unit in zip((large, small), units, strict=True) if count]
    told = [say(language, f"{key}.{unit}", count=count) for count, unit in amounts]
    return " ".join(told) or say(language, f"{key}.minutes", count=0)


# --- numbers --------------------------------------------------------------------------------


def decimal(x: float | Decimal, language: str) -> str:
    """'12 345,5' in Latvian and Russian, '12,345.5' in English."""
    return str(format_decimal(x, locale=_locale(language))).translate(_SPACES)


def money(cents: int, language: str) -> str:
    """Integer cents as '12,34 EUR'; the letters cost one unit each, the sign of the euro two."""
    return say(language, "money", amount=amount(cents, language))


def amount(cents: int, language: str) -> str:
    """Integer cents as '12,34'."""
    made = format_decimal(Decimal(cents) / 100, format="#,##0.00", locale=_locale(language))
    return str(made).translate(_SPACES)


# --- names ----------------------------------------------------------------------------------


@cache
def _names(language: str, key: str) -> tuple[str, ...]:
    """The words of an entry that holds several, divided by '|'."""
    return tuple(say(language, key).split("|"))


@cache
def _weekdays(language: str) -> tuple[str, ...]:
    names = _locale(language).days["format"]["wide"]
    return tuple(names[number] for number in range(7))


@cache
def _locale(language: str) -> Locale:
    return Locale(language if language in LANGUAGES else FALLBACK)
