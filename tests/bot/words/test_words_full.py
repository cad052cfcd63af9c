"""E-mails and letters in full: the fact first, every fact in the table, nothing left to fill in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.words.documents import read_document, write_document
from bot.words.full import document
from bot.words.keys import missing, needed
from bot.words.subjects import (
    KINDS,
    OF_OUTAGES,
    Announcement,
    Correction,
    Debt,
    Instalment,
    NextWord,
    Reader,
    Work,
    ready_announcement,
)
from bot.words.texts import render
from locales.catalogue import LANGUAGES, SHIPPED, Library
from tests.bot.matters import POLICY, extra, work

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
WORK = Work(
    "W1",
    datetime(2026, 12, 12, 7, tzinfo=UTC),
    datetime(2026, 12, 12, 13, tzinfo=UTC),
    "Brīvības iela 105-12, Rīga, LV-1011",
    "stabu maiņa",
)
READER = Reader("Jānis Bērziņš", "12345678")
DEBT = Debt(
    123_45,
    date(2026, 12, 12),
    "4501",
    date(2026, 12, 22),
    (Instalment(date(2026, 12, 31), 60_00), Instalment(date(2027, 1, 31), 63_45)),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_whole_document(kind: str, language: str) -> None:
    chance = random.Random(f"{kind}{language}")
    for _ in range(20):
        about = work(chance)
        reader = replace(READER, kind=chance.choice(("household", "business")))
        now = about.starts_at + timedelta(hours=chance.choice((-200, 26)))
        matter = extra(kind, about, chance)
        made = document(kind, language, [about], reader, policy=POLICY, now=now, extra=matter)
        text = made.plain_text()
        assert made.subject and made.lead and made.sections
        assert made.lead[0] == made.lead[0].upper()
        assert "{" not in text and "  " not in text and ".." not in text
        assert all(label and value for label, value in made.facts)
        for phone in ("8403", "8404", "112"):
            assert phone in text
        assert read_document(write_document(made)) == made


def test_the_fact_comes_first_and_the_table_repeats_it() -> None:
    made = document("planned_notice", "lv", [WORK], READER, policy=POLICY, now=NOW)
    when = "12. decembrī no plkst. 9.00 līdz 15.00"
    assert made.lead == f"{when} plānotu darbu dēļ Jums nebūs elektrības."
    assert made.facts == (
        ("Klients", "Jānis Bērziņš, klienta numurs 12345678"),
        ("Kad", when),
        ("Kur", "Brīvības iela 105-12, Rīga, LV-1011"),
        ("Iemesls", "stabu maiņa"),
    )
    assert "vismaz 5 dienas iepriekš" in made.plain_text()


def test_a_business_is_told_how_to_ask_for_a_generator() -> None:
    business = replace(READER, kind="business")
    for kind in ("planned_notice", "reminder"):
        made = document(kind, "en", [WORK], business, policy=POLICY, now=NOW)
        assert "generator" in made.plain_text()
        home = document(kind, "en", [WORK], READER, policy=POLICY, now=NOW)
        assert "generator" not in home.plain_text()
    text = render("planned_notice", "lv", [WORK], POLICY, now=NOW, reader_kind="business")
    assert text.endswith("Par generatoru un barosanas liniju: 8403.")


def test_a_long_list_of_addresses_has_a_section_of_its_own() -> None:
    works = [replace(WORK, address=f"Kalna iela {house}, Cēsis") for house in range(1, 13)]
    made = document("planned_notice", "ru", works, READER, policy=POLICY, now=NOW)
    assert ("Где", "12 адресов, список ниже") in made.facts
    assert made.sections[0].paragraphs == tuple(each.address for each in works)
    few = document("planned_notice", "ru", works[:3], READER, policy=POLICY, now=NOW)
    assert [value for label, value in few.facts if label == "Где"] == [
        each.address for each in works[:3]
    ]


def test_several_cancelled_works_are_one_document_with_every_time() -> None:
    other = replace(WORK, outage_id="W2", starts_at=WORK.starts_at + timedelta(days=1))
    made = document("cancelled_many", "lv", [WORK, other], READER, policy=POLICY, now=NOW)
    assert made.lead.startswith("Tālāk norādītie plānotie darbi ir atcelti")
    assert len([value for label, value in made.facts if label == "Kur"]) == 2


def test_a_debt_names_sums_days_and_rights() -> None:
    made = document(
        "debt_disconnection", "lv", [], READER, policy=POLICY, now=NOW, extra=DEBT
    ).plain_text()
    assert "Elektrību 2026. gada 22. decembrī atslēgsim" in made
    assert "123,45 EUR" in made
    assert "vismaz 10 dienas iepriekš un vēlreiz ar SMS vai e-pastu vismaz 48 stundas" in made
    assert "regulatora" in made
    plan = document("debt_plan", "ru", [], READER, policy=POLICY, now=NOW, extra=DEBT)
    assert plan.facts[-1] == ("Платёж 2", "63,45 EUR до 31 января 2027 года")


def test_a_moratorium_says_that_nobody_is_disconnected_and_the_debt_stays() -> None:
    made = document("debt_held", "lv", [], READER, policy=POLICY, now=NOW, extra=DEBT)
    assert made.lead.startswith("Parādu dēļ elektrību pašlaik neatslēdzam.")
    assert "Parāds netiek dzēsts" in made.plain_text()


@pytest.mark.parametrize("kind", ["debt_first", "complaint_received", "announcement", "reminder"])
def test_what_a_message_is_about_cannot_be_left_out(kind: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        document(kind, "lv", [], READER, policy=POLICY, now=NOW)


def test_a_disconnection_cannot_be_told_without_its_day() -> None:
    unset = replace(DEBT, disconnect_on=None)
    with pytest.raises(ValueError, match="day"):
        render("debt_disconnection", "lv", [], POLICY, extra=unset)
    with pytest.raises(ValueError, match="day"):
        document("debt_disconnection", "lv", [], READER, policy=POLICY, now=NOW, extra=unset)


def test_an_announcement_needs_the_language_of_the_reader() -> None:
    with pytest.raises(ValueError, match="no text in ru"):
        render("announcement", "ru", [], POLICY, extra=Announcement({"lv": "Rīt slēgts."}))


def test_ready_announcements_say_when_in_every_language() -> None:
    made = ready_announcement("storm_warning", WORK.starts_at, WORK.ends_at, POLICY, NOW)
    assert set(made.texts) == set(made.subjects) == set(LANGUAGES)
    assert render("announcement", "lv", [], POLICY, extra=made) == (
        "Sadales tikls: gaidama vetra 12.12. 9.00-15.00, iespejami elektribas partraukumi. "
        "Parrautiem vadiem netuvojieties, zvaniet 112. Jautajumi: 8403."
    )


def test_a_correction_says_that_the_last_message_was_wrong() -> None:
    own = Correction({"lv": "Darbi notiks 13. decembrī."})
    wrong = "Sadales tikls: iepriekseja zina bija kludaina"
    for matter, works in ((None, [WORK]), (own, []), (None, [replace(WORK, state="cancelled")])):
        text = render("correction", "lv", works, POLICY, now=NOW, extra=matter)
        assert text.startswith(wrong)
        made = document("correction", "lv", works, READER, policy=POLICY, now=NOW, extra=matter)
        assert made.lead.startswith("Mūsu iepriekšējā ziņa bija kļūdaina")


def test_no_news_promises_the_next_word_by_the_clock() -> None:
    works = [replace(WORK, ends_at=None, reason="")]
    text = render("no_news", "lv", works, POLICY, now=NOW)
    assert text.endswith("nakama zina sodien lidz plkst. 13.00. Bojajumu talrunis: 8404.")
    later = NextWord(NOW + timedelta(hours=14))
    text = render("no_news", "ru", works, POLICY, now=NOW, extra=later)
    assert "сообщим завтра до 2:00" in text


def test_a_long_outage_says_how_long_and_where_to_ask_for_compensation() -> None:
    off = replace(WORK, starts_at=NOW - timedelta(hours=31), ends_at=None, reason="")
    text = render("long_outage", "ru", [off], POLICY, now=NOW)
    assert "света нет более 31 часа" in text and "О возмещении: 8403" in text
    made = document("long_outage", "lv", [off], READER, policy=POLICY, now=NOW)
    assert "ilgāk par 31 stundu." in made.lead


def test_a_restoration_time_that_is_over_is_not_promised() -> None:
    late = replace(WORK, starts_at=NOW - timedelta(hours=30), ends_at=NOW - timedelta(hours=1))
    assert "planojam" not in render("crew_working", "lv", [late], POLICY, now=NOW)
    made = document("crew_working", "lv", [late], READER, policy=POLICY, now=NOW)
    assert dict(made.facts)["Atjaunošanas laiks"].startswith("vēl nav zināms; ziņosim")


def test_nothing_is_missing_and_a_gap_is_named(tmp_path: Path) -> None:
    for kind in KINDS:
        for language in LANGUAGES:
            assert missing(kind, language) == []
    empty = Library(tmp_path)
    assert missing("debt_second", "ru", empty) == list(needed("debt_second"))


def test_what_is_said_is_what_is_known_to_be_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[str] = set()

    class Noting(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            said.add(key)
            return super().__getitem__(key)

    book = SHIPPED.books["lv"]
    monkeypatch.setattr(book, "single", Noting(book.single))
    chance = random.Random(7)
    for kind in KINDS:
        said.clear()
        for _ in range(30):
            about = work(chance)
            matter = extra(kind, about, chance)
            works = [about] if kind in OF_OUTAGES else []
            document(kind, "lv", works, READER, policy=POLICY, now=NOW, extra=matter)
            render(kind, "lv", works, POLICY, now=NOW, extra=matter)
        told = {key for key in said if key.startswith(("notice.", "letter."))}
        plain = {key.removesuffix(".short").removesuffix(".many") for key in told}
        assert plain <= set(needed(kind)), (kind, plain - set(needed(kind)))


def test_a_letter_names_the_town() -> None:
    there = replace(WORK, address="Meža iela 1", town="Ogre")
    made = document("planned_notice", "lv", [there], READER, policy=POLICY, now=NOW)
    assert "Meža iela 1, Ogre" in [value for _, value in made.facts]
    assert "Ogre" not in render("planned_notice", "lv", [there], POLICY, now=NOW)


def test_the_subject_names_every_day_of_the_works() -> None:
    next_day = timedelta(days=1)
    second = replace(WORK, outage_id="W2", starts_at=WORK.starts_at + next_day, ends_at=None)
    subjects = [
        document("planned_notice", name, [WORK, second], READER, policy=POLICY, now=NOW).subject
        for name in LANGUAGES
    ]
    assert sorted(subjects) == [
        "Planned works: no electricity on 12 and 13 December",
        "Plānoti darbi: elektrības nebūs 12. un 13. decembrī",
        "Плановые работы: 12 и 13 декабря не будет электричества",
    ]
    over_night = replace(WORK, ends_at=WORK.starts_at + next_day)
    moved = document("moved", "en", [over_night], READER, policy=POLICY, now=NOW).subject
    assert moved == "Works moved: no electricity on 12 and 13 December"
