"""Bills, debts and complaints in dialogues: what is told to whom, and that it fits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from intents import debt_words
from intents.dialogue import needs
from intents.model import AddToComplaint, Complaint, Debt, FileComplaint, HandOff, State
from locales.segments import count_segments
from tests.intents.talk import NO_POWER, NOBODY, NOW, YES, Talk, hear

BILL = Debt("R-2041", 12345, NOW + timedelta(days=3), "first")
CUT = Debt("R-2041", 12345, NOW, "disconnection", off_at=NOW + timedelta(days=9))
GONE = Debt("R-2041", 12345, NOW, "disconnected")
PLAN = Debt(
    "R-2041", 12345, NOW, "plan", part_at=NOW + timedelta(days=5), part_cents=5000
)  # fmt: skip
LATE = Debt("R-2041", 12345, NOW - timedelta(days=30))
OWE = {"lv": "cik esmu parādā", "ru": "какой у меня долг", "en": "how much do I owe"}


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("samaksāju", "paid"), ("jau apmaksāju rēķinu", "paid"), ("оплатил", "paid"),
        ("я уже заплатила", "paid"), ("paid", "paid"), ("i have paid the bill", "paid"),
        ("vēl neesmu samaksājis", ""), ("не оплатил ещё", ""), ("nesamaksāju", ""),
        ("vai var maksāt pa daļām", "parts"), ("можно рассрочку", "parts"),
        ("can i pay in parts", "parts"), ("cik esmu parādā", "owed"), ("мой долг", "owed"),
        ("do i owe anything", "owed"), ("cik man jāmaksā", "sum"), ("сколько платить", "sum"),
        ("kad mani atslēgs", "off"), ("when will you disconnect me", "off"),
        ("kad man jāmaksā?", "sum"), ("когда мне платить", "sum"), ("when do i have to pay", "sum"),
        ("vai man ir maksājumu plāns", "parts"), ("do i have a payment plan", "parts"),
        ("когда подключат после оплаты", "back"), ("kāpēc tik liels rēķins", ""),
    ],
)  # fmt: skip
def test_what_a_text_about_money_says(text: str, about: str) -> None:
    assert debt_words.about(text) == about


@pytest.mark.parametrize(
    ("text", "fears"),
    [("kad mani atslēgs", True), ("когда меня отключат", True), ("will you disconnect me", True),
     ("kad atslēgs elektrību", False), ("когда отключат свет", False), ("nav gaismas", False)],
)  # fmt: skip
def test_who_asks_of_themselves_is_told_from_who_asks_of_works(text: str, fears: bool) -> None:
    assert debt_words.fears_cut(text) is fears


@pytest.mark.parametrize(
    ("debt", "moratorium", "key"),
    [
        (BILL, False, "debt.due"), (LATE, False, "debt.overdue"), (CUT, False, "debt.off_on"),
        (GONE, False, "debt.is_off"), (PLAN, False, "debt.next_part"), (CUT, True, "debt.held"),
        (GONE, True, "debt.is_off"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_the_sum_is_told_with_what_follows(
    debt: Debt, moratorium: bool, key: str, language: str
) -> None:
    heard = hear(OWE[language], "billing", language=language)
    talk = Talk().say(heard, debts=(debt,), moratorium=moratorium)
    assert talk.keys == ["debt.owes", key, "debt.offer"]
    assert "123" in talk.text
    assert count_segments(talk.text) <= 2
    assert talk.say(hear("jā", "yes", answer="yes")).acts == [HandOff("billing")]


@pytest.mark.parametrize("asked", ["cik esmu parādā", "kad man jāmaksā?", "vai man ir grafiks?"])
def test_a_plan_is_not_forgotten_in_a_moratorium(asked: str) -> None:
    talk = Talk().say(hear(asked, "billing"), debts=(PLAN,), moratorium=True)
    assert talk.keys == ["debt.owes", "debt.next_part", "debt.held", "debt.offer"]


@pytest.mark.parametrize("stage", ["", "first", "second"])
def test_before_the_letter_there_is_no_day_and_a_letter_comes_first(stage: str) -> None:
    debt = Debt("R-2041", 12345, NOW + timedelta(days=3), stage)
    talk = Talk().say(hear("kad mani atslēgs", "billing"), debts=(debt,), written_days=10)
    assert talk.keys == ["debt.owes", "debt.no_day", "debt.offer"]
    assert "10 dienas" in talk.text


def test_several_debts_are_told_as_one_sum() -> None:
    talk = Talk().say(hear(OWE["lv"], "billing"), debts=(BILL, CUT))
    assert talk.keys == ["debt.several", "debt.off_on", "debt.offer"]
    assert "246,90 EUR" in talk.text


def test_no_sum_to_a_phone_that_is_not_registered() -> None:
    talk = Talk(NOBODY).say(hear(OWE["lv"], "billing"), debts=(BILL,))
    assert talk.keys == ["debt.unregistered"]
    assert "123" not in talk.text


def test_a_payment_is_thanked_for_and_a_person_offered() -> None:
    talk = Talk().say(hear("samaksāju", "billing"), debts=(GONE,), payment_days=3)
    assert talk.keys == ["debt.paid", "debt.back", "debt.offer"]
    assert "3 dienu laikā" in talk.text


def test_a_reason_without_room_is_left_out() -> None:
    why = (("lv", "x" * 400),)
    heard = hear("vai atslēgsiet par parādu", "billing")
    talk = Talk(NOBODY).say(heard, moratorium=True, moratorium_why=why)
    assert talk.keys == ["debt.held", "debt.offer"]
    short = Talk(NOBODY).say(heard, moratorium=True, moratorium_why=(("lv", "vētra"),))
    assert "vētra" in short.text


def test_debts_are_loaded_only_for_texts_about_them() -> None:
    assert needs(State(), hear("samaksāju", "billing")).debts
    assert needs(State(), hear("kad mani atslēgs", "outage_status")).debts
    assert not needs(State(), hear("kad būs gaisma", "outage_status")).debts
    assert needs(State(), hear("sūdzība", "complaint")).complaint
    assert not needs(State(), NO_POWER).complaint


# --- complaints -----------------------------------------------------------------------------

ANGRY = hear("jūsu brigāde salauza sētu", "complaint")
OPEN = Complaint("S1007", NOW + timedelta(days=10))


def test_a_complaint_is_filed_at_once_and_agents_see_it() -> None:
    talk = Talk().say(ANGRY, complaint_number="S1008", complaint_days=15)
    assert talk.acts == [FileComplaint("S1008", 15), HandOff("complaint")]
    assert "S1008" in talk.text


def test_with_one_open_the_words_are_added_to_it() -> None:
    talk = Talk().say(ANGRY, complaint=OPEN, handed_off=True)
    assert talk.acts == [AddToComplaint("S1007")]
    assert talk.keys == ["complaint.added"]


def test_an_unsure_complaint_is_asked_about_and_its_own_words_are_filed() -> None:
    unsure = hear("nu jūs gan", "complaint", sure=False, score=0.6)
    talk = Talk().say(unsure)
    assert talk.keys == ["complaint.confirm"]
    talk.say(YES, complaint_number="S1008")
    assert talk.acts[0] == FileComplaint("S1008", 15, "nu jūs gan")


def test_an_announced_complaint_is_asked_for() -> None:
    talk = Talk().say(hear("gribu iesniegt sūdzību", "complaint"))
    assert talk.keys == ["complaint.ask"]
    talk.say(hear("katru dienu pazūd gaisma", "report_fault"), complaint_number="S1008")
    assert talk.acts[0] == FileComplaint("S1008", 15)
    assert talk.keys == ["complaint.filed", "complaint.dark"]


def test_a_complaint_beside_a_question_leaves_the_question_open() -> None:
    talk = Talk().say(NO_POWER).say(ANGRY, complaint_number="S1008")
    assert talk.keys == ["complaint.filed", "fault.confirm"]
    assert talk.say(YES).keys == ["fault.ask_scope"]
