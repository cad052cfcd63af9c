"""Danger goes before anything else; STOP works in every state."""

from dataclasses import replace

import pytest

from intents.dialogue import HANDLERS
from intents.model import (
    Address,
    Facts,
    FileReport,
    HandOff,
    OptIn,
    OptOut,
    State,
)
from tests.intents.talk import (
    ADDRESS,
    GIBBERISH,
    HOME,
    HOUSE,
    NO,
    NO_POWER,
    NOBODY,
    OWNER,
    YES,
    Talk,
    hear,
)

WIRE = hear("vads guļ uz zemes", "danger", danger="sure")
DOUBT = hear("deg", sure=False, score=0.3, danger="doubtful")
URGENT = HandOff("danger", urgent=True)
EVERY_STEP = [State(dialogue, step, {}) for dialogue, step in HANDLERS]


@pytest.mark.parametrize("state", EVERY_STEP, ids=lambda s: f"{s.dialogue}.{s.step}")
def test_danger_is_answered_first_in_every_state(state: State) -> None:
    talk = Talk(NOBODY, state).say(WIRE)
    assert talk.keys[0] == "danger.warning"
    assert "112" in talk.text
    assert "8404" in talk.text


def test_a_danger_without_a_place_is_reported_urgently_and_the_place_asked() -> None:
    talk = Talk(NOBODY).say(WIRE)
    assert talk.acts == [URGENT, FileReport("", "", (), "whole", danger=True)]
    assert talk.keys == ["danger.warning", "danger.ask_where"]


def test_a_danger_with_an_address_is_reported_there() -> None:
    wire = hear("pie Ganību 7 vads", "danger", danger="sure", address=ADDRESS)
    talk = Talk(NOBODY).say(wire, places=(HOUSE,))
    assert talk.acts == [URGENT, FileReport(HOUSE.address, "Rīga", HOUSE.eics, danger=True)]
    assert talk.at == ""


def test_the_place_is_taken_as_written_when_nobody_knows_it() -> None:
    talk = Talk(NOBODY).say(WIRE, hear("pie veikala aiz tilta", sure=False))
    assert talk.acts == [FileReport("pie veikala aiz tilta", "", (), danger=True)]
    assert talk.keys == ["danger.noted"]


def test_the_home_of_a_customer_is_assumed_and_asked() -> None:
    talk = Talk(OWNER).say(WIRE)
    assert FileReport(HOME.address, HOME.town, (HOME.eic,), danger=True) in talk.acts
    assert talk.keys == ["danger.warning", "danger.ask_home"]
    assert talk.say(YES).acts == []
    elsewhere = hear("Kalna 2", address=Address("Kalna 2", "Kalna", "2"))
    assert Talk(OWNER).say(WIRE, elsewhere).acts == [FileReport("Kalna 2", "", (), danger=True)]


def test_the_place_of_the_report_under_way_is_taken() -> None:
    talk = Talk(OWNER).say(NO_POWER, YES, WIRE)
    assert talk.acts == [URGENT, FileReport(HOME.address, HOME.town, (HOME.eic,), danger=True)]


def test_a_second_warning_without_a_place_warns_again_without_a_second_hand_off() -> None:
    talk = Talk(NOBODY).say(WIRE, WIRE)
    assert talk.keys == ["danger.warning", "danger.ask_where"]
    assert talk.acts == []


def test_no_address_ends_with_the_warning() -> None:
    assert Talk(NOBODY).say(WIRE, NO).keys == ["danger.noted_no_place"]


def test_a_doubtful_word_asks_one_question() -> None:
    talk = Talk(NOBODY).say(DOUBT)
    assert talk.keys == ["danger.ask_doubt"]
    assert talk.acts == []
    assert talk.say(YES).acts[0] == URGENT


def test_a_fire_that_is_not_electrical_goes_back_to_what_was_under_way() -> None:
    talk = Talk(OWNER).say(NO_POWER, DOUBT, NO)
    assert talk.keys == ["danger.not_electrical", "fault.confirm"]
    assert "112" in talk.text
    assert talk.say(YES).keys == ["fault.ask_scope"]


def test_a_doubt_not_cleared_twice_is_taken_for_danger() -> None:
    talk = Talk(NOBODY).say(DOUBT, GIBBERISH, GIBBERISH)
    assert talk.keys[0] == "danger.warning"


def test_an_answer_by_number_is_never_doubtful() -> None:
    talk = Talk(OWNER).say(NO_POWER, YES, hear("3", "choice", choice=3, danger="doubtful"))
    assert talk.keys == ["fault.filed"]


# --- STOP and START -------------------------------------------------------------------------

STOP = hear("STOP", "opt_out", reserved="opt_out")


@pytest.mark.parametrize("state", [State(), *EVERY_STEP], ids=lambda s: f"{s.dialogue}.{s.step}")
def test_stop_ends_sms_at_once_in_every_state(state: State) -> None:
    talk = Talk(NOBODY, state).say(STOP)
    assert talk.acts == [OptOut()]
    assert talk.keys == ["subscription.stopped"]
    assert "START" in talk.text
    assert talk.at == ""


def test_start_resumes_in_every_state() -> None:
    start = hear("START", "opt_in", reserved="opt_in")
    for state in (State(), *EVERY_STEP):
        talk = Talk(NOBODY, state).say(start)
        assert talk.acts == [OptIn()]
        assert talk.keys == ["subscription.resumed"]


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        (NOBODY, "subscription.stopped"),
        (OWNER, "subscription.stopped_letter"),
        (replace(OWNER, has_email=True), "subscription.stopped_email"),
    ],
)
def test_stop_names_only_the_ways_that_are_left(facts: Facts, key: str) -> None:
    assert Talk(facts).say(STOP).keys == [key]


def test_a_polite_wish_is_asked_about_first() -> None:
    wish = hear("lūdzu nesūtiet vairs", "opt_out")
    talk = Talk().say(wish)
    assert talk.keys == ["subscription.ask_stop_letter"]
    assert talk.acts == []
    assert talk.say(YES).acts == [OptOut()]
    assert Talk().say(wish, NO).keys == ["subscription.kept"]
    assert Talk().say(wish, wish).acts == [OptOut()]


def test_who_has_stopped_is_answered_all_the_same() -> None:
    talk = Talk().say(NO_POWER, opted_out=True)
    assert talk.keys == ["fault.confirm"]
    polite = Talk().say(hear("nesūtiet", "opt_out"), opted_out=True)
    assert polite.keys == ["subscription.stopped_already"]
