"""Linking a phone to a contract by two facts, and unlinking it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from intents.dialogue import needs, step
from intents.model import (
    Candidate,
    CountTry,
    HandOff,
    RegisterPhone,
    State,
    Understanding,
    UnregisterPhone,
)
from tests.intents.talk import COTTAGE, HOME, NO, NOBODY, NOW, OWNER, YES, Talk, hear

REGISTER = hear("gribu reģistrēties", "register")
NUMBER = hear("1000001", "meter_reading", customer_number="1000001", digits="1000001")
KNOWN = Candidate("1000001", True, ("4821", "7733"), ("1011",), premises=(HOME, COTTAGE))
UNKNOWN = Candidate("1000001", False)


def digits(text: str) -> Understanding:
    return hear(text, "meter_reading", digits=text)


def asked(candidate: Candidate = KNOWN, **facts: object) -> Talk:
    """A stranger who has given the customer number."""
    return Talk(NOBODY).say(REGISTER, NUMBER, candidate=candidate, **facts)


def test_the_customer_number_is_asked_first() -> None:
    talk = Talk(NOBODY).say(REGISTER)
    assert talk.keys == ["register.ask_number"]
    assert talk.acts == []


def test_the_same_is_asked_whether_or_not_the_number_exists() -> None:
    assert asked(KNOWN).last == asked(UNKNOWN).last
    assert asked(KNOWN).keys == ["register.ask_second"]


def test_the_same_is_refused_whether_or_not_the_number_exists() -> None:
    wrong = digits("0000")
    assert asked(KNOWN).say(wrong).last == asked(UNKNOWN).say(wrong).last


@pytest.mark.parametrize("fact", ["4821", "7733", "1011"])
def test_four_digits_of_the_meter_or_the_postcode_register_the_phone(fact: str) -> None:
    talk = asked().say(digits(fact))
    assert talk.acts == [RegisterPhone("1000001")]
    assert talk.keys == ["register.done"]
    assert "Brīvības 105-12, Jomas 3" in talk.text
    assert "STOP" in talk.text
    assert talk.at == ""


def test_a_written_postcode_registers() -> None:
    talk = asked().say(hear("LV-1011", postcode="LV-1011", wanted_language="lv"))
    assert talk.acts == [RegisterPhone("1000001")]


def test_a_whole_meter_number_counts_by_its_last_four_digits() -> None:
    talk = asked().say(
        hear("40004821", "meter_reading", customer_number="40004821", digits="40004821")
    )
    assert talk.acts == [RegisterPhone("1000001")]


def test_the_number_typed_again_is_not_a_try() -> None:
    talk = asked().say(NUMBER)
    assert talk.acts == []
    assert talk.at == "register.second"


def test_a_number_in_two_parts_is_not_taken_for_a_second_fact() -> None:
    spaced = hear("1000 001", customer_number="1000001", digits="1000001")
    talk = Talk(NOBODY).say(REGISTER, spaced, candidate=KNOWN)
    assert talk.keys == ["register.ask_second"]


def test_both_facts_in_one_text_are_taken_at_once() -> None:
    both = hear("reģistrēt 1000001 LV-1011", "register", customer_number="1000001",
                postcode="LV-1011")  # fmt: skip
    assert Talk(NOBODY).say(both, candidate=KNOWN).acts == [RegisterPhone("1000001")]
    assert needs(State(), both).customer_number == "1000001"


def test_a_wrong_fact_is_counted_and_the_tries_left_are_told() -> None:
    talk = asked(tries_left=4).say(digits("0000"))
    assert talk.acts == [CountTry("1000001")]
    assert talk.keys == ["register.wrong"]
    assert "Vēl 3 mēģinājumi" in talk.text
    assert talk.at == "register.retry"


def test_after_a_wrong_try_only_the_second_fact_may_come() -> None:
    talk = asked().say(digits("0000"), digits("4821"))
    assert talk.acts == [RegisterPhone("1000001")]


def test_after_a_wrong_try_another_number_may_come() -> None:
    other = digits("1000002")
    talk = asked().say(digits("0000"))
    assert needs(talk.state, other).customer_number == "1000002"
    talk.say(other)
    assert talk.keys == ["register.ask_second"]
    assert talk.acts == []


def test_one_text_carries_one_guess() -> None:
    many = hear("0000 1111 4821")
    assert asked().say(many).acts == [CountTry("1000001")]


def test_the_last_wrong_try_locks_and_offers_an_agent() -> None:
    talk = asked(tries_left=1).say(digits("0000"))
    assert talk.acts == [CountTry("1000001")]
    assert talk.keys == ["register.locked"]
    assert "13.00" in talk.text
    assert talk.say(YES).acts == [HandOff("register")]


@pytest.mark.parametrize("said", [REGISTER, NUMBER])
def test_a_locked_phone_is_told_until_when(said: Understanding) -> None:
    locked = NOW + timedelta(minutes=25)
    talk = Talk(NOBODY).say(REGISTER).say(said, locked_until=locked, candidate=KNOWN)
    assert talk.keys == ["register.locked"]
    assert "12.25" in talk.text
    assert talk.acts == []


def test_a_right_fact_does_not_open_a_lock() -> None:
    talk = asked().say(digits("4821"), locked_until=NOW + timedelta(minutes=1))
    assert talk.keys == ["register.locked"]
    assert talk.acts == []


def test_a_mistyped_eic_is_named_at_once() -> None:
    mistyped = hear("43Z000000000001X", eic="43Z000000000001X", eic_valid=False)
    talk = Talk(NOBODY).say(REGISTER, mistyped)
    assert talk.keys == ["register.eic_mistyped"]
    assert "43Z000000000001X" in talk.text
    assert talk.at == "register.number"


def test_a_right_eic_is_told_from_a_customer_number() -> None:
    code = hear("43Z000000000001L", eic="43Z000000000001L", eic_valid=True)
    assert Talk(NOBODY).say(REGISTER, code).keys == ["register.eic"]


def test_a_phone_that_is_registered_hears_so_and_may_add_a_contract() -> None:
    talk = Talk(OWNER).say(REGISTER)
    assert talk.keys == ["register.have_one"]
    assert talk.say(NUMBER).keys == ["register.already"]


def test_a_contract_with_all_its_phones_takes_no_more() -> None:
    talk = asked(replace(KNOWN, phones=5)).say(digits("4821"))
    assert talk.keys == ["register.too_many"]
    assert talk.acts == []


def test_how_many_phones_a_contract_has_is_not_told_before_the_second_fact() -> None:
    talk = asked(replace(KNOWN, phones=5)).say(digits("0000"))
    assert talk.keys == ["register.wrong"]


def test_who_has_stopped_sms_hears_how_to_get_them() -> None:
    talk = asked(opted_out=True).say(digits("4821"))
    assert talk.keys == ["register.done_stopped"]
    assert "START" in talk.text


def test_a_question_in_the_middle_is_followed() -> None:
    talk = asked().say(hear("nav gaismas", "report_fault"))
    assert talk.keys == ["fault.ask_address"]


def test_a_phone_leaves_its_contract_after_a_question() -> None:
    leave = hear("pārdevu dzīvokli", "unregister")
    talk = Talk(OWNER).say(leave)
    assert talk.keys == ["register.confirm_leave"]
    assert talk.say(YES).acts == [UnregisterPhone()]
    assert Talk(OWNER).say(leave, NO).keys == ["register.kept"]


def test_a_stranger_has_nothing_to_leave() -> None:
    talk = Talk(NOBODY).say(hear("dzēsiet manu numuru", "unregister"))
    assert talk.keys == ["register.not_registered"]


def test_no_fact_about_the_contract_is_loaded_for_other_texts() -> None:
    text = hear("nav gaismas 1000001", "report_fault", customer_number="1000001")
    assert needs(State(), text).customer_number == ""
    assert step(State(), text, NOBODY).state.dialogue == "fault"
