"""The texts of notices, word for word, and that every one fits."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.policy import read_policy
from bot.words.short import Tightness, Writer
from bot.words.subjects import Announcement, Correction
from bot.words.texts import Work, render
from locales.catalogue import LANGUAGES, gaps, say
from locales.segments import count_segments
from tests.bot.matters import address, work

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


def at(*addresses: str) -> list[Work]:
    return [replace(WORK, address=each) for each in addresses]


def test_several_premises_are_all_named_houses_of_a_street_together() -> None:
    street = at("Rūpniecības iela 11", "Rūpniecības iela 7", "Rūpniecības iela 9")
    text = render("planned_notice", "lv", street, POLICY)
    assert "lidz 15.00, Rupniecibas 7, 9, 11. Iemesls: stabu maina." in text
    streets = at("Kalna iela 1", "Miera iela 3", "Kalna iela 10", "Kalna iela 2A k-1-3")
    text = render("planned_notice", "lv", streets, POLICY)
    assert "Kalna 1, 2A k-1-3, 10, Miera 3. Iemesls:" in text
    flats = at("Kalna iela 1-12", "Kalna iela 1-2", "11. novembra krastmala 3")
    text = render("planned_notice", "en", flats, POLICY)
    assert "Kalna 1-2, 1-12, 11. novembra krastm. 3. Reason:" in text


@pytest.mark.parametrize(
    ("language", "count", "more"),
    [
        ("lv", 64, r" un vel \d+ adreses\."),
        ("lv", 200, r" un vel (\d*1 adrese|\d+ adreses)\."),
        ("ru", 40, r" и ещё (\d*1 адрес|\d*[2-4] адреса|\d+ адресов)\."),
        ("ru", 41, r" и ещё (\d*1 адрес|\d*[2-4] адреса|\d+ адресов)\."),
        ("en", 90, r" and \d+ more addresses\."),
    ],
)
def test_addresses_that_do_not_fit_are_counted(language: str, count: int, more: str) -> None:
    text = render(
        "planned_notice", language, at(*(f"Kalna iela {n + 1}" for n in range(count))), POLICY
    )
    found = re.search(more, text)
    assert found and count_segments(text) == 2, text
    told = int(re.sub(r"\D", "", found[0]))
    named = count - told
    assert f" {named}{found[0]}" in text and f" {named + 1}{found[0]}" not in text
    # One more would not have fitted, its comma and space included.
    room = 2 * (67 if language == "ru" else 153)
    assert room - len(text) < len(f", {named + 1}") + 6


@pytest.mark.parametrize(
    ("language", "count", "more"),
    [
        ("lv", 1, "un vēl 1 adresē"),
        ("lv", 11, "un vēl 11 adresēs"),
        ("lv", 21, "un vēl 21 adresē"),
        ("ru", 1, "и ещё 1 адрес"),
        ("ru", 3, "и ещё 3 адреса"),
        ("ru", 12, "и ещё 12 адресов"),
        ("ru", 22, "и ещё 22 адреса"),
        ("en", 1, "and 1 more address"),
        ("en", 2, "and 2 more addresses"),
    ],
)
def test_more_addresses_take_the_plural_of_the_language(
    language: str, count: int, more: str
) -> None:
    assert say(language, "notice.more_addresses", where="Kalna 1", count=count) == f"Kalna 1 {more}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_addresses_fit_two_parts(language: str) -> None:
    chance = random.Random(language)
    for number in range(66):
        kind = KINDS[number % len(KINDS)]
        about = work(chance)
        many = chance.choice((2, 3, 5, 12, 40))
        works = [replace(about, address=address(chance)) for _ in range(many)]
        for reader in ("household", "business"):
            text = render(kind, language, works, POLICY, towns=chance.random() < 0.3,
                          reader_kind=reader)  # fmt: skip
            assert count_segments(text) <= 2, text
            assert "{" not in text and not re.search(r"  | ,|;\.|,\.", text), text


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("x", "x. Jautajumi: 8403."),
        ("x \n", "x. Jautajumi: 8403."),
        ("x (y)", "x (y). Jautajumi: 8403."),
        ("x.", "x. Jautajumi: 8403."),
        ("x!", "x! Jautajumi: 8403."),
        ('x "y."', 'x "y." Jautajumi: 8403.'),
    ],
)
def test_an_operators_words_end_with_a_stop(written: str, sent: str) -> None:
    words = Announcement({"lv": written})
    assert render("announcement", "lv", [], POLICY, extra=words) == f"Sadales tikls: {sent}"


def test_a_corrections_words_end_with_a_stop() -> None:
    text = render("correction", "en", [WORK], POLICY, extra=Correction({"en": "It is 8 May"}))
    assert " It is 8 May. We apologise." in text


def test_works_in_several_towns_are_told_with_their_towns() -> None:
    here = replace(WORK, address="Miera iela 3", town="Rīga")
    there = replace(here, town="Jūrmala")
    text = render("planned_notice", "lv", [here, there], POLICY)
    assert "Miera 3, Riga; Miera 3, Jurmala. Iemesls:" in text
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


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Ремонт", " Причина: Ремонт."),
        ("Ремонт низковольтнойвоздушнойлинииэлектропередачи 0,4 кВ", ""),
        ("Ремонт в распределительномустройствеподстанцииОгре", ""),
        ("Замена опор высоковольтнойвоздушнойлинииэлектропередачи", " Причина: Замена опор..."),
    ],
)
def test_of_a_reason_that_is_cut_enough_is_left_to_say_something(reason: str, told: str) -> None:
    works = [replace(WORK, reason=reason, address="Kalna iela 5, Ogre")]
    text = Writer("planned_notice", "ru", Tightness(reason=24), POLICY).write(works)
    assert text == f"{_before_why(works)}{told} Вопросы: 8403."


def _before_why(works: list[Work]) -> str:
    bare = Writer("planned_notice", "ru", Tightness(reason=0), POLICY).write(works)
    return bare.removesuffix(" Вопросы: 8403.")
