"""Did you mean: what is asked of an unsure text, how it is answered, and what never happens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intents.dialogue import STARTERS, needs
from intents.dialogues.unclear import only_asks
from intents.meant import settled
from intents.model import Address, Facts, HandOff, Meant, OptOut, Report, State, Understanding
from tests.intents.talk import (
    GIBBERISH,
    HOME,
    HOUSE,
    NO,
    NOBODY,
    NOW,
    OWNER,
    YES,
    Talk,
    hear,
    pick,
)

TEXT = "gaisma vai darbi Ganību dambī 7"
UNSURE = hear(
    TEXT, "report_fault", sure=False, score=0.4, also=(("outage_status", 0.3), ("other", 0.2))
)
OPEN = Report("r", HOME.address, HOME.town, NOW, HOME.eic)


def asked(facts: Facts = NOBODY, unsure: Understanding = UNSURE) -> Talk:
    """After the question what the text meant."""
    talk = Talk(facts).say(unsure)
    assert talk.keys == ["small.ask_meaning"]
    return talk


@pytest.mark.parametrize(
    "answer",
    [
        pick(2),
        hear("otrais", "choice", choice=2),
        hear("2. lūdzu", "choice", digits="2"),
        hear("kad būs elektrība", "outage_status"),
        hear("kad būs", "outage_status", sure=False, score=0.6),
    ],
)
def test_the_answer_is_taken_by_number_and_in_words(answer: Understanding) -> None:
    talk = asked().say(answer, places=(HOUSE,))
    assert talk.events(Meant) == [Meant("outage_status", TEXT)]
    assert talk.keys == ["status.nothing"]
    assert "Ganību dambis 7" in talk.text


def test_what_the_first_text_names_is_loaded_for_the_answer() -> None:
    state = asked().state
    assert needs(state, pick(2)).address == "Ganību dambī 7"
    billing = replace(state, data={**state.data, "meanings": ["billing", "something_else"]})
    assert needs(billing, pick(1)).debts


def test_an_answer_with_a_place_of_its_own_stands_for_itself() -> None:
    there = Address("Miera 3", "Miera", "3")
    answer = hear("pieteikt Miera 3", "report_fault", address=there)
    state, heard = settled(asked().state, answer)
    assert heard.entities.address == there
    assert state.data["text"] == TEXT


@pytest.mark.parametrize(
    "answer",
    [
        pick(3),
        NO,
        hear("kas cits", "outage_status", sure=False, score=0.6),
        hear("something else"),
        hear("другое", "unregister", sure=False),
        hear("ничего из этого"),
    ],
)
def test_none_of_them_asks_for_other_words(answer: Understanding) -> None:
    talk = asked().say(answer)
    assert talk.keys == ["small.other_meaning"]
    assert talk.acts == []


def test_the_same_text_is_never_asked_about_twice_in_a_row() -> None:
    assert asked().say(UNSURE).keys == ["handoff.offer"]
    assert asked().say(pick(3), UNSURE).keys == ["handoff.offer"]
    assert asked().say(GIBBERISH, YES).acts == [HandOff("other")]


def test_yes_takes_the_only_meaning() -> None:
    alone = replace(UNSURE, also=())
    assert asked(unsure=alone).say(YES).events(Meant) == [Meant("report_fault", TEXT)]
    assert asked().say(YES).acts == []


def test_danger_and_stop_come_before_the_answer() -> None:
    wire = hear("1 vads uz zemes", "danger", danger="sure", digits="1")
    assert asked().say(wire).keys[0].startswith("danger.")
    stop = hear("STOP", "opt_out", reserved="opt_out")
    assert OptOut() in asked().say(stop).acts
    assert not asked().say(stop).events(Meant)


def test_at_most_three_meanings_are_asked_and_they_fit() -> None:
    many = (("still_out", 0.26), ("danger", 0.2), ("complaint", 0.16), ("billing", 0.15))
    for language in ("lv", "ru", "en"):
        heard = replace(UNSURE, intent="report_fault", score=0.3, also=many, language=language)
        talk = asked(unsure=heard)
        assert talk.state.data["meanings"] == [
            "report_fault", "still_out", "complaint", "something_else",
        ]  # fmt: skip


def test_to_cancel_is_asked_only_where_something_can_be_cancelled() -> None:
    unsure = hear("nevajag", "cancel", sure=False, score=0.4)
    assert Talk(OWNER).say(unsure).keys == ["small.unclear"]
    talk = asked(replace(OWNER, reports=(OPEN,)), unsure)
    assert talk.say(pick(1)).keys == ["fault.ask_withdraw"]


@pytest.mark.parametrize("intent", sorted(STARTERS))
@pytest.mark.parametrize("facts", [NOBODY, OWNER, replace(OWNER, reports=(OPEN,))])
@pytest.mark.parametrize("score", [0.3, 0.7, 0.99])
def test_an_unsure_text_alone_changes_nothing(intent: str, facts: Facts, score: float) -> None:
    talk = Talk(facts).say(hear("kaut kas", intent, sure=False, score=score))
    assert talk.acts == []


def test_an_unsure_text_begins_only_what_asks_for_a_yes() -> None:
    unsure = hear("nav kaut kā", "report_fault", sure=False, score=0.7)
    assert Talk(OWNER).say(unsure).at == "fault.confirm"
    assert Talk(NOBODY).say(unsure).at == "small.meaning"
    registering = hear("numurs", "register", sure=False, score=0.7)
    assert Talk(NOBODY).say(registering).at == "small.meaning"
    asking = hear("kad", "outage_status", sure=False, score=0.7)
    assert Talk(NOBODY).say(asking).at == "status.address"
    assert not only_asks("agent", Talk().say(hear("cilvēku", "agent")).last)


def test_other_dialogues_and_odd_states_are_left_as_they_are() -> None:
    state = State("fault", "address")
    assert settled(state, YES) == (state, YES)
    odd = State("small", "meaning", {"meanings": None})
    assert settled(odd, pick(1)) == (odd, pick(1))
