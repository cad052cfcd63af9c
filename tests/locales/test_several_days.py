"""Several days in one sentence, as subjects of e-mails and letters name them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from locales import dates

NOVEMBER_30, DECEMBER = date(2026, 11, 30), [date(2026, 12, day) for day in range(1, 32)]


@pytest.mark.parametrize(
    ("days", "lv", "ru", "en"),
    [
        (DECEMBER[1:2], "2. decembrī", "2 декабря", "on 2 December"),
        (DECEMBER[1:3], "2. un 3. decembrī", "2 и 3 декабря", "on 2 and 3 December"),
        (
            [*DECEMBER[1:3], DECEMBER[4]],
            "2., 3. un 5. decembrī", "2, 3 и 5 декабря", "on 2, 3 and 5 December",
        ),
        (
            [NOVEMBER_30, DECEMBER[1]],
            "30. novembrī un 2. decembrī", "30 ноября и 2 декабря",
            "on 30 November and 2 December",
        ),
        (
            [NOVEMBER_30, *DECEMBER[1:3]],
            "30. novembrī, 2. un 3. decembrī", "30 ноября, 2 и 3 декабря",
            "on 30 November, 2 and 3 December",
        ),
        (DECEMBER[1:9], "2.–9. decembrī", "2–9 декабря", "on 2–9 December"),
        (
            [NOVEMBER_30, *DECEMBER[:4]],
            "no 30. novembra līdz 4. decembrim", "30 ноября – 4 декабря",
            "from 30 November to 4 December",
        ),
        (
            DECEMBER[1:12:3],
            "2. decembrī un citās dienās", "2 декабря и в другие дни",
            "on 2 December and on other days",
        ),
    ],
)  # fmt: skip
def test_several_days_stand_in_a_sentence(days: list[date], lv: str, ru: str, en: str) -> None:
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    told = [dates.on_days(reversed(days), language, now) for language in ("lv", "ru", "en")]
    assert told == [lv, ru, en]


def test_days_of_another_year_have_the_year() -> None:
    now = datetime(2026, 12, 20, 9, tzinfo=UTC)
    days = [date(2027, 1, 4), date(2027, 1, 5)]
    assert dates.on_days(days, "lv", now) == "2027. gada 4. un 5. janvārī"
    assert dates.on_days(days, "ru", now) == "4 и 5 января 2027 года"
    assert dates.on_days(days, "en", now) == "on 4 and 5 January 2027"


def test_works_until_midnight_do_not_touch_the_next_day() -> None:
    start = datetime(2026, 12, 2, 6, tzinfo=UTC)
    midnight = datetime(2026, 12, 2, 22, tzinfo=UTC)  # 0:00 in Riga
    assert dates.days_of(start, midnight) == [date(2026, 12, 2)]
    after = midnight + timedelta(minutes=1)
    assert dates.days_of(start, after) == [date(2026, 12, 2), date(2026, 12, 3)]
    assert dates.days_of(start, None) == [date(2026, 12, 2)]
