"""The texts of notices, word for word, and that every one fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.policy import read_policy
from bot.texts import Work, render
from locales.catalogue import LANGUAGES, gaps
from locales.segments import count_segments

POLICY = read_policy()
KINDS = (
    "planned_notice",
    "reminder",
    "moved",
    "cancelled",
    "unplanned",
    "time_changed",
    "restored",
    "crew_on_way",
    "crew_working",
    "long_outage",
    "correction",
)
WORK = Work(
    "W1",
    starts_at=datetime(2026, 12, 12, 7, 0, tzinfo=UTC),
    ends_at=datetime(2026, 12, 12, 13, 0, tzinfo=UTC),
    address="Brīvības iela 105-12, Rīga",
    reason="stabu maiņa",
)
OLD = {
    "old_starts_at": datetime(2026, 12, 10, 7, 0, tzinfo=UTC),
    "old_ends_at": datetime(2026, 12, 10, 13, 0, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "lv",
            "Sadales tikls: planoti darbi, elektribas nebus 12. decembri no plkst. 9.00 lidz "
            "15.00, Brivibas 105-12. Iemesls: stabu maina. Jautajumi: 8403.",
        ),
        (
            "ru",
            "Sadales tikls: плановые работы, электричества не будет 12.12 9:00-15:00, "
            "Brīvības 105-12. Причина: замена опор. Вопросы: 8403.",
        ),
        (
            "en",
            "Sadales tikls: planned works, no electricity on 12 December from 9:00 to 15:00, "
            "Brivibas 105-12. Reason: replacement of poles. Questions: 8403.",
        ),
    ],
)
def test_planned_works_in_three_languages(language: str, text: str) -> None:
    assert render("planned_notice", language, [WORK], POLICY) == text


def test_moved_works_name_the_old_and_the_new_time() -> None:
    assert render("moved", "lv", [replace(WORK, **OLD)], POLICY) == (
        "Sadales tikls: darbi parcelti. Bija 10. decembri no plkst. 9.00 lidz 15.00, tagad "
        "elektribas nebus 12. decembri no plkst. 9.00 lidz 15.00, Brivibas 105-12. "
        "Iemesls: stabu maina. Jautajumi: 8403."
    )


def test_cancelled_works_name_the_time_that_was_told() -> None:
    assert render("cancelled", "ru", [replace(WORK, **OLD, reason="")], POLICY) == (
        "Sadales tikls: плановые работы 10 декабря с 9:00 до 15:00, Brīvības 105-12, отменены, "
        "отключения не будет. Вопросы: 8403."
    )


def test_several_cancelled_works_are_listed_and_the_rest_counted() -> None:
    works = [
        replace(WORK, outage_id=f"W{day}", reason="", old_starts_at=start, old_ends_at=start)
        for day in range(12)
        if (start := WORK.starts_at + timedelta(days=day))
    ]
    text = render("cancelled", "lv", works, POLICY)
    assert text.startswith("Sadales tikls: atcelti planotie darbi: 12.12. 9.00")
    assert " un vel 7. Elektriba netiks atslegta." in text


def test_an_unknown_restoration_time_is_said_with_the_promise_of_a_next_word() -> None:
    assert render("unplanned", "lv", [replace(WORK, ends_at=None, reason="")], POLICY) == (
        "Sadales tikls: elektrotikla bojajums, Brivibas 105-12. Kad elektriba bus, vel nav "
        "zinams; zinosim 1 stundas laika. Bojajumu talrunis: 8404."
    )


@pytest.mark.parametrize(
    ("language", "promise"),
    [
        ("lv", "vel nav zinams; zinosim 1 stundas laika."),
        ("ru", "ообщим в течение 1 часа."),
        ("en", "not known yet when power will be back; we will write within 1 hour."),
    ],
)
@pytest.mark.parametrize("kind", ["crew_on_way", "crew_working", "correction", "long_outage"])
@pytest.mark.parametrize("ends", [None, WORK.starts_at])
def test_no_news_of_a_fault_without_a_time_lacks_a_next_word(
    kind: str, language: str, promise: str, ends: datetime | None
) -> None:
    work = replace(WORK, ends_at=ends, state="active")
    assert promise in render(kind, language, [work], POLICY, now=WORK.starts_at)


def test_power_back_asks_to_answer_if_it_is_not() -> None:
    assert render("restored", "ru", [WORK], POLICY) == (
        "Sadales tikls: электричество включено, Brīvības 105-12. Спасибо за терпение, просим "
        "извинить. Если света всё ещё нет, ответьте 1."
    )


def test_several_premises_are_the_first_and_a_count() -> None:
    more = [replace(WORK, address=f"Brīvības iela 105-{flat}, Rīga") for flat in (12, 13, 14)]
    assert "Brivibas 105-12 un vel 2" in render("planned_notice", "lv", more, POLICY)


def test_works_in_several_towns_are_told_with_their_towns() -> None:
    here = replace(WORK, address="Miera iela 3", town="Rīga")
    there = replace(here, town="Jūrmala")
    text = render("planned_notice", "lv", [here, there], POLICY)
    assert "Miera 3, Riga un vel 1" in text
    several = [here, replace(there, outage_id="W2")]
    text = render("planned_notice", "lv", several, POLICY)
    assert "Miera 3, Riga;" in text and "Miera 3, Jurmala" in text
    assert "Riga" not in render("planned_notice", "lv", [here], POLICY)
    assert "Miera 3, Riga." in render("planned_notice", "lv", [here], POLICY, towns=True)


def test_a_farm_is_told_with_its_parish() -> None:
    farm = replace(WORK, address="Kalnāji", town="Lēdurgas pag.")
    assert "Kalnaji, Ledurgas pag. Iemesls:" in render("planned_notice", "lv", [farm], POLICY)
    flat = replace(farm, address='"Kalnāji"-2')
    assert "Kalnaji-2, Ledurgas pag. Iemesls:" in render("planned_notice", "lv", [flat], POLICY)


def test_the_policy_decides_on_the_letters() -> None:
    full = replace(POLICY, text_lv="full")
    assert "plānoti darbi" in render("planned_notice", "lv", [WORK], full)


def test_an_english_text_below_the_limit_pays_for_no_latvian_letter() -> None:
    text = render("planned_notice", "en", [WORK], POLICY)
    assert "Brivibas 105-12" in text and count_segments(text) == 1


def test_a_reason_that_is_not_known_in_a_language_is_left_out_there() -> None:
    odd = replace(WORK, reason="Salas ielas rakumi")
    assert "Iemesls: Salas ielas rakumi." in render("planned_notice", "lv", [odd], POLICY)
    assert "Причина" not in render("planned_notice", "ru", [odd], POLICY)


def test_the_reason_is_shortened_before_anything_else() -> None:
    long = replace(WORK, reason="ļoti " * 60 + "garš iemesls")
    text = render("planned_notice", "lv", [long], POLICY)
    assert "12. decembri no plkst. 9.00 lidz 15.00, Brivibas 105-12. Iemesls: loti" in text
    assert "loti... Jautajumi: 8403." in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize(
    "address",
    [
        "Brīvības iela 105-12, Rīga",
        "Krišjāņa Valdemāra iela 145A k-2-118, Daugavpils, LV-5401",
        '"Vecais Lāčplēša Kalnāju nams"-12, Jaunpiebalgas pag., Cēsu nov., LV-4125',
        "",
    ],
)
def test_every_text_fits_two_parts(kind: str, language: str, days: int, address: str) -> None:
    ends = datetime(2026, 12, 12, 13, 0, tzinfo=UTC) + timedelta(days=days)
    work = replace(WORK, address=address, ends_at=ends, reason="transformatora rekonstrukcija " * 4)
    work = replace(work, **OLD)
    assert count_segments(render(kind, language, [work], POLICY)) <= 2
    far = [replace(work, town="Daugavpils"), replace(work, town="Jaunpiebalgas pag.")]
    assert count_segments(render(kind, language, far, POLICY)) <= 2
    open_ = replace(work, ends_at=None, state="active")
    assert count_segments(render(kind, language, [open_], POLICY)) <= 2


def test_no_notice_lacks_a_language() -> None:
    assert [gap for gap in gaps() if gap.startswith("notice.")] == []


@pytest.mark.parametrize(
    ("language", "year"),
    [("lv", "2026. gada 12. decembri"), ("ru", "12 декабря 2026 года"), ("en", "12 December 2026")],
)
def test_a_day_of_another_year_is_told_with_the_year(language: str, year: str) -> None:
    for kind in ("planned_notice", "reminder", "moved", "unplanned", "time_changed"):
        early, then = (
            render(kind, language, [replace(WORK, **OLD)], POLICY, now=now)
            for now in (datetime(2025, 12, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
        )
        assert year in early or "12.12.2026" in early, kind  # in figures where room is short
        assert "2026" not in then, kind
        assert count_segments(early) <= 2


def test_several_cancelled_works_say_the_year_of_each() -> None:
    other = replace(
        WORK,
        outage_id="W2",
        starts_at=datetime(2027, 1, 5, 7, 0, tzinfo=UTC),
        ends_at=datetime(2027, 1, 5, 13, 0, tzinfo=UTC),
    )
    now = datetime(2026, 12, 1, tzinfo=UTC)
    text = render("cancelled", "en", [WORK, other], POLICY, now=now)
    assert "12 Dec 9:00-15:00" in text
    assert "5 Jan 2027 9:00-15:00" in text
