"""Dates, times and numbers in the words of each language."""

from datetime import UTC, datetime, timedelta

import pytest
from babel import Locale

from locales.alphabet import gsm7, plain
from locales.catalogue import LANGUAGES, say
from locales.dates import (
    by_day,
    clock,
    day,
    decimal,
    duration,
    hour,
    money,
    on_day,
    on_weekday,
    short_span,
    span,
    weekday,
    within,
)


def utc(month: int, day_of_month: int, hours: int, minutes: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day_of_month, hours, minutes, tzinfo=UTC)


# In winter Latvia is two hours ahead: 7:00 UTC is 9:00 there.
START = utc(12, 12, 7)
SAME_DAY = utc(12, 12, 13)
DAYS_LATER = utc(12, 14, 13)
DAY_BEFORE = utc(12, 11, 10)
YEAR_BEFORE = utc(12, 11, 10, year=2025)


@pytest.mark.parametrize(
    ("language", "plain_day", "with_year"),
    [
        ("lv", "12. decembrī", "2026. gada 12. decembrī"),
        ("ru", "12 декабря", "12 декабря 2026 года"),
        ("en", "12 December", "12 December 2026"),
    ],
)
def test_a_day_has_its_year_only_when_it_is_another(
    language: str, plain_day: str, with_year: str
) -> None:
    assert day(START, language) == plain_day
    assert day(START, language, DAY_BEFORE) == plain_day
    assert day(START, language, YEAR_BEFORE) == with_year


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("lv", ["vakar", "šodien", "rīt", "13. decembrī"]),
        ("ru", ["вчера", "сегодня", "завтра", "13 декабря"]),
        ("en", ["yesterday", "today", "tomorrow", "13 December"]),
    ],
)
def test_near_days_have_words(language: str, words: list[str]) -> None:
    told = [
        day(DAY_BEFORE + timedelta(days=away), language, DAY_BEFORE, relative=True)
        for away in (-1, 0, 1, 2)
    ]
    assert told == words


def test_tomorrow_begins_at_midnight_in_latvia() -> None:
    late = utc(12, 11, 21, 30)
    assert day(utc(12, 11, 22, 30), "lv", late, relative=True) == "rīt"
    assert day(utc(12, 11, 22, 30), "lv", late + timedelta(hours=1), relative=True) == "šodien"


@pytest.mark.parametrize(
    ("language", "words", "works"),
    [
        ("lv", ["šodienas beigām", "rītdienai", "13. decembrim"], "rīt 9.00-15.00"),
        ("ru", ["конца дня", "завтра", "13 декабря"], "завтра 9:00-15:00"),
        ("en", ["the end of today", "tomorrow", "13 December"], "tomorrow 9:00-15:00"),
    ],
)
def test_near_days_have_words_after_by_and_in_short_too(
    language: str, words: list[str], works: str
) -> None:
    days = [DAY_BEFORE + timedelta(days=away) for away in (0, 1, 2)]
    assert [by_day(each, language, DAY_BEFORE, relative=True) for each in days] == words
    assert short_span(START, SAME_DAY, language, DAY_BEFORE, relative=True) == works


def test_in_english_a_date_is_on_and_tomorrow_is_not() -> None:
    assert on_day(START, "en") == "on 12 December"
    assert on_day(START, "en", DAY_BEFORE, relative=True) == "tomorrow"
    assert on_day(START, "lv") == "12. decembrī"
    assert on_day(START, "ru") == "12 декабря"


@pytest.mark.parametrize(
    ("language", "name", "on_name"),
    [
        ("lv", "sestdiena", "sestdien"),
        ("ru", "суббота", "в субботу"),
        ("en", "Saturday", "on Saturday"),
    ],
)
def test_weekdays_have_names(language: str, name: str, on_name: str) -> None:
    assert weekday(START, language) == name
    assert on_weekday(START, language) == on_name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_of_the_week_has_its_words(language: str) -> None:
    week = [utc(12, 7 + number, 12) for number in range(7)]
    names = [weekday(moment, language) for moment in week]
    assert names == [Locale(language).days["format"]["wide"][number] for number in range(7)]
    assert len({on_weekday(moment, language) for moment in week}) == 7


@pytest.mark.parametrize("case", ["on", "from", "to"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_months_are_those_of_babel(language: str, case: str) -> None:
    names = Locale(language).months["format"]["wide"]
    assert say(language, f"date.months.{case}").split("|") == [names[n] for n in range(1, 13)]


@pytest.mark.parametrize(
    ("case", "endings"),
    [
        ("on", {"is": "ī", "s": "ā"}),
        ("from", {"is": "a", "s": "a"}),
        ("to", {"is": "im", "s": "am"}),
    ],
)
def test_latvian_months_are_declined(case: str, endings: dict[str, str]) -> None:
    names = Locale("lv").months["format"]["wide"]
    expected = []
    for number in range(1, 13):
        ending = "is" if names[number].endswith("is") else "s"
        expected.append(names[number].removesuffix(ending) + endings[ending])
    if case == "from":
        expected[3] = "aprīļa"
    assert say("lv", f"date.months.{case}").split("|") == expected


def test_times_are_those_of_a_clock_in_latvia() -> None:
    assert clock(START) == "09:00"
    assert hour(START, "lv") == "9.00"
    assert hour(START, "ru") == hour(START, "en") == "9:00"
    assert clock(utc(7, 12, 6)) == "09:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        clock(datetime(2026, 12, 12, 9, 0))


@pytest.mark.parametrize(
    ("language", "one_day", "tomorrow", "other_year"),
    [
        (
            "lv",
            "12. decembrī no plkst. 9.00 līdz 15.00",
            "rīt no plkst. 9.00 līdz 15.00",
            "2026. gada 12. decembrī no plkst. 9.00 līdz 15.00",
        ),
        (
            "ru",
            "12 декабря с 9:00 до 15:00",
            "завтра с 9:00 до 15:00",
            "12 декабря 2026 года с 9:00 до 15:00",
        ),
        (
            "en",
            "on 12 December from 9:00 to 15:00",
            "tomorrow from 9:00 to 15:00",
            "on 12 December 2026 from 9:00 to 15:00",
        ),
    ],
)
def test_a_span_within_a_day_names_the_day_once(
    language: str, one_day: str, tomorrow: str, other_year: str
) -> None:
    assert span(START, SAME_DAY, language) == one_day
    assert span(START, SAME_DAY, language, DAY_BEFORE) == one_day
    assert span(START, SAME_DAY, language, DAY_BEFORE, relative=True) == tomorrow
    assert span(START, SAME_DAY, language, YEAR_BEFORE) == other_year


@pytest.mark.parametrize(
    ("language", "days", "opened"),
    [
        (
            "lv",
            "no 12. decembra plkst. 9.00 līdz 14. decembrim plkst. 15.00",
            "no 12. decembra plkst. 9.00",
        ),
        ("ru", "с 9:00 12 декабря до 15:00 14 декабря", "с 9:00 12 декабря"),
        ("en", "from 9:00 on 12 December to 15:00 on 14 December", "from 9:00 on 12 December"),
    ],
)
def test_a_span_of_days_names_both_and_an_open_one_its_start(
    language: str, days: str, opened: str
) -> None:
    assert span(START, DAYS_LATER, language) == days
    assert span(START, None, language) == opened


def test_only_the_day_of_another_year_has_its_year() -> None:
    told = span(utc(12, 31, 7), utc(1, 1, 13, year=2027), "lv", DAY_BEFORE)
    assert told == "no 31. decembra plkst. 9.00 līdz 2027. gada 1. janvārim plkst. 15.00"


@pytest.mark.parametrize(
    ("language", "told", "short"),
    [
        ("lv", "12. decembrī no plkst. 9.00 līdz 24.00", "12.12. 9.00-24.00"),
        ("ru", "12 декабря с 9:00 до 24:00", "12.12 9:00-24:00"),
        ("en", "on 12 December from 9:00 to 24:00", "12 Dec 9:00-24:00"),
    ],
)
def test_midnight_belongs_to_the_day_that_ends(language: str, told: str, short: str) -> None:
    midnight = utc(12, 12, 22)
    assert span(START, midnight, language) == told
    assert short_span(START, midnight, language) == short


@pytest.mark.parametrize(
    ("language", "one_day", "days", "opened", "other_year"),
    [
        (
            "lv",
            "12.12. 9.00-15.00",
            "12.12. 9.00-14.12. 15.00",
            "no 12.12. 9.00",
            "12.12.2026. 9.00-15.00",
        ),
        (
            "ru",
            "12.12 9:00-15:00",
            "12.12 9:00-14.12 15:00",
            "с 12.12 9:00",
            "12.12.2026 9:00-15:00",
        ),
        (
            "en",
            "12 Dec 9:00-15:00",
            "12 Dec 9:00-14 Dec 15:00",
            "from 12 Dec 9:00",
            "12 Dec 2026 9:00-15:00",
        ),
    ],
)
def test_a_short_span_is_short(
    language: str, one_day: str, days: str, opened: str, other_year: str
) -> None:
    assert short_span(START, SAME_DAY, language, DAY_BEFORE) == one_day
    assert short_span(START, DAYS_LATER, language) == days
    assert short_span(START, None, language) == opened
    assert short_span(START, SAME_DAY, language, YEAR_BEFORE) == other_year


def test_summer_time_begins_with_a_missing_hour() -> None:
    start, end = utc(3, 29, 0, 59), utc(3, 29, 1, 0)
    assert span(start, end, "lv") == "29. martā no plkst. 2.59 līdz 4.00"
    assert span(start, end, "en") == "on 29 March from 2:59 to 4:00"


def test_summer_time_ends_with_an_hour_that_says_which_it_is() -> None:
    start, end = utc(10, 25, 0, 30), utc(10, 25, 1, 30)
    assert span(start, end, "lv") == (
        "25. oktobrī no plkst. 3.30 (vasaras laiks) līdz 3.30 (ziemas laiks)"
    )
    assert span(start, end, "ru") == "25 октября с 3:30 (летнее время) до 3:30 (зимнее время)"
    assert span(start, end, "en") == "on 25 October from 3:30 (summer time) to 3:30 (winter time)"


def test_the_hours_around_the_end_of_summer_time_say_nothing_of_it() -> None:
    assert span(utc(10, 24, 23, 59), utc(10, 25, 2), "lv") == "25. oktobrī no plkst. 2.59 līdz 4.00"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("lv", ["1 stunda", "2 stundas", "5 stundas", "11 stundas", "21 stunda"]),
        ("ru", ["1 час", "2 часа", "5 часов", "11 часов", "21 час"]),
        ("en", ["1 hour", "2 hours", "5 hours", "11 hours", "21 hours"]),
    ],
)
def test_hours_have_the_plural_of_their_language(language: str, told: list[str]) -> None:
    assert [duration(60 * hours, language) for hours in (1, 2, 5, 11, 21)] == told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "lv",
            ["0 minūšu", "1 minūte", "45 minūtes", "1 stunda 30 minūtes", "47 stundas", "2 dienas"],
        ),
        ("ru", ["0 минут", "1 минута", "45 минут", "1 час 30 минут", "47 часов", "2 дня"]),
        (
            "en",
            ["0 minutes", "1 minute", "45 minutes", "1 hour 30 minutes", "47 hours", "2 days"],
        ),
    ],
)
def test_durations_are_told_in_units_that_fit(language: str, told: list[str]) -> None:
    lengths = (0, 1, 45, 90, 47 * 60, 48 * 60)
    assert [duration(minutes, language) for minutes in lengths] == told


def test_a_long_duration_is_rounded_to_hours_and_a_negative_one_is_nothing() -> None:
    assert duration(3 * 1440 + 4 * 60 + 29, "en") == "3 days 4 hours"
    assert duration(3 * 1440 + 4 * 60 + 30, "en") == "3 days 5 hours"
    assert duration(-5, "en") == "0 minutes"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("lv", ["21 minūtes laikā", "30 minūšu laikā", "1 stundas laikā", "2 stundu laikā"]),
        (
            "ru",
            ["в течение 21 минуты", "в течение 30 минут", "в течение 1 часа", "в течение 2 часов"],
        ),
        ("en", ["within 21 minutes", "within 30 minutes", "within 1 hour", "within 2 hours"]),
    ],
)
def test_a_promise_declines_its_time(language: str, told: list[str]) -> None:
    assert [within(minutes, language) for minutes in (21, 30, 60, 120)] == told


@pytest.mark.parametrize(
    ("language", "number", "sum_"),
    [
        ("lv", "-12 345,5", "1 234,05 EUR"),
        ("ru", "-12 345,5", "1 234,05 EUR"),
        ("en", "-12,345.5", "1,234.05 EUR"),
    ],
)
def test_numbers_have_no_dear_spaces(language: str, number: str, sum_: str) -> None:
    assert decimal(-12345.5, language) == number
    assert money(123405, language) == sum_


def test_large_sums_keep_every_cent() -> None:
    assert money(123_456_789_012_345_67, "en") == "123,456,789,012,345.67 EUR"


@pytest.mark.parametrize("language", ["lv", "en"])
def test_dates_cost_one_segment_letter_each(language: str) -> None:
    told = span(START, DAYS_LATER, language, YEAR_BEFORE) + short_span(START, None, language)
    assert gsm7(plain(told))
    assert gsm7(short_span(START, DAYS_LATER, language, YEAR_BEFORE))


def test_an_unknown_language_is_told_in_latvian() -> None:
    assert span(START, SAME_DAY, "de") == "12. decembrī no plkst. 9.00 līdz 15.00"
    assert weekday(START, "de") == "sestdiena"
    assert decimal(1.5, "de") == "1,5"
