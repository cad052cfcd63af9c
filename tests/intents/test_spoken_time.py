"""Days and hours in words, in three languages: what is heard, and the moments that are meant."""

from dataclasses import fields
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import entities, spoken_time
from intents.spoken_time_words import MEANINGS
from intents.when import When
from locales.dates import RIGA

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Riga


def heard(text: str) -> When | None:
    return entities.find(text).when


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("rīt no rīta|rit no rita|завтра утром|zavtra utrom|tomorrow morning",
         When(days=1, part="morning")),
        ("parīt|послезавтра", When(days=2)),
        ("šodien|segodnja|today", When(days=0)),
        ("vakar vakarā|вчера вечером|yesterday evening", When(days=-1, part="evening")),
        ("šonakt|tonight", When(days=0, part="night")),
        ("piektdien|vai piektdien būs gaisma|в пятницу|v pjatnicu|on Friday", When(weekday=4)),
        ("nākamajā otrdienā|в следующий вторник|next Tuesday", When(weekday=1, week=1)),
        ("nākamnedēļ|nākamajā nedēļā|на следующей неделе|next week", When(week=1)),
        ("šonedēļ|на этой неделе|this week", When(week=0)),
        ("5. decembrī|5.decembri|5 декабря|5-го декабря|5th of December|December 5th|5.12.|5.12",
         When(month=12, day=5)),
        ("2026-12-05|05.12.2026|uz 5.12.2026", When(month=12, day=5)),
        ("31.10|on October 31", When(month=10, day=31)),
        ("5. decembrī plkst. 9|5 декабря в 9|December 5 at 9|5.12. plkst 9.00",
         When(month=12, day=5, start=time(9))),
        ("послезавтра в 9|parīt plkst. 9|parīt 9", When(days=2, start=time(9))),
        ("tomorrow 9|rīt 9:00|завтра в 9 часов", When(days=1, start=time(9))),
        ("rīt no 9 līdz 17|завтра с 9 до 17|tomorrow from 9 to 5|rīt 9-17|tomorrow 9:00–17:00",
         When(days=1, start=time(9), end=time(17))),
        ("līdz plkst. 15.30|до 15:30|until 15:30", When(end=time(15, 30))),
        ("сегодня вечером в 8|šovakar plkst. 8|сегодня в 8 вечера",
         When(days=0, part="evening", start=time(20))),
        ("в 2 часа дня", When(part="day", start=time(14))),
        ("tomorrow at 9am", When(days=1, part="morning", start=time(9))),
        ("at 3 pm", When(start=time(15))),
        ("pēc stundas|через час|cherez chas|in an hour|pēc vienas stundas", When(minutes=60)),
        ("pēc 2 stundām|через 2 часа|in 2 hours", When(minutes=120)),
        ("pēc pusstundas|через полчаса|in half an hour|через 30 минут", When(minutes=30)),
        ("час назад|an hour ago|1 hour ago", When(minutes=-60)),
        ("pēc 3 dienām|через 3 дня|in 3 days", When(days=3)),
        ("nav gaismas kopš rīta", When(part="morning")),
        ("Brīvības 105 rīt", When(days=1)),
    ],
)  # fmt: skip
def test_a_day_or_an_hour_is_heard(texts: str, expected: When) -> None:
    assert {text: heard(text) for text in texts.split("|")} == (
        dict.fromkeys(texts.split("|"), expected)
    )


@pytest.mark.parametrize(
    "text",
    [
        "nav gaismas jau 2 stundas",
        "света нет уже 3 часа",
        "no power for 2 hours",
        "18. novembra iela 5",
        "11. novembra krastmala 5-2",
        "good morning",
        "добрый вечер, нет света",
        "labvakar",
        "I am without power",
        "may I ask something",
        "zvanu 8404",
        "mans numurs 26 123 456",
        "Brīvības 105-12",
        "rādījums 4521.5",
        "LV-1010",
        "par 45 eur",
        "no light to read",
        "",
    ],
)
def test_a_text_without_a_day_or_an_hour_has_none(text: str) -> None:
    assert heard(text) is None


def riga(day: int, hour: int = 0, minute: int = 0, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=RIGA)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("rīt", riga(2), riga(3)),
        ("rīt no rīta", riga(2, 5), riga(2, 12)),
        ("piektdien", riga(4), riga(5)),
        ("otrdien", riga(1), riga(2)),  # today is one
        ("next Friday", riga(11), riga(12)),
        ("nākamnedēļ", riga(7), riga(14)),
        ("šonedēļ", riga(30, month=11), riga(7)),
        ("5. decembrī", riga(5), riga(6)),
        ("30. novembrī", riga(30, month=11), riga(1)),
        ("5. janvārī", riga(5, month=1, year=2027), riga(6, month=1, year=2027)),
        ("29. februārī", riga(29, month=2, year=2028), riga(1, month=3, year=2028)),
        ("rīt no 9 līdz 17", riga(2, 9), riga(2, 17)),
        ("plkst. 15", riga(1, 15), riga(1, 15)),
        ("plkst. 9", riga(2, 9), riga(2, 9)),  # it is ten already
        ("līdz plkst. 17", riga(1, 0), riga(1, 17)),
        ("šonakt", riga(1, 22), riga(2, 6)),
        ("pēc pusstundas", riga(1, 10, 30), riga(1, 10, 30)),
        ("no 22:00 līdz 6:00", riga(1, 22), riga(2, 6)),
        ("31. novembrī", riga(1), riga(2)),  # there is none
    ],
)
def test_what_was_said_is_from_then_to_then(text: str, first: datetime, last: datetime) -> None:
    said = heard(text)
    assert said is not None
    assert spoken_time.span(said, NOW) == (first, last)


def test_only_what_was_said_is_told_as_plain_values() -> None:
    said = heard("rīt no 9 līdz 17.30")
    assert said is not None
    assert said.said() == {"days": 1, "start": "09:00", "end": "17:30"}


def test_midnight_is_not_the_night_before() -> None:
    said = heard("rīt")
    assert said is not None
    assert spoken_time.span(said, datetime(2026, 12, 1, 22, 30, tzinfo=UTC))[0] == riga(3)


WORDS = st.sampled_from([*MEANINGS, "5.", "31.12.", "9:30", "24:00", "99:99", "0", "24", "-", "17"])


@given(
    st.one_of(st.text(), st.lists(WORDS, max_size=12).map(" ".join)),
    st.datetimes(
        min_value=datetime(2000, 1, 3), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
    ),
)
def test_nothing_that_is_said_raises(text: str, now: datetime) -> None:
    said = spoken_time.find(text)
    if said is not None:
        assert any(getattr(said, field.name) not in (None, "") for field in fields(When))
        first, last = spoken_time.span(said, now)
        assert first <= last
