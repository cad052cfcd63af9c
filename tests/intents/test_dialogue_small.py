"""Hand-off, help, language, what others take care of, and texts that are not understood."""

from dataclasses import replace
from datetime import timedelta

import pytest

from intents.dialogue import expired, forget
from intents.model import Facts, HandOff, SetLanguage, State
from locales.segments import count_segments
from tests.intents.talk import (
    ADDRESS,
    GIBBERISH,
    HOUSE,
    NO,
    NO_POWER,
    NOBODY,
    NOW,
    OWNER,
    OWNER_OF_TWO,
    YES,
    Talk,
    hear,
    pick,
)

AGENT = hear("gribu runāt ar cilvēku", "agent")
THANKS = hear("paldies", "thanks")


def test_a_person_is_called_with_the_place_in_the_queue_and_the_hours() -> None:
    talk = Talk().say(AGENT, waiting=2, agents_until=NOW + timedelta(hours=6))
    assert talk.acts == [HandOff("agent")]
    assert "Vieta rindā: 3" in talk.text
    assert "18.00" in talk.text


def test_outside_hours_it_is_said_when_a_person_answers() -> None:
    talk = Talk().say(AGENT, agents_from=NOW + timedelta(hours=20))
    assert talk.acts == [HandOff("agent")]
    assert "rīt plkst. 8.00" in talk.text


def test_a_second_wish_tells_the_place_again_without_a_second_hand_off() -> None:
    talk = Talk().say(AGENT, handed_off=True, waiting=1)
    assert talk.acts == []
    assert talk.keys == ["handoff.again_any"]
    assert "2" in talk.text


@pytest.mark.parametrize("intent", ["billing", "meter_reading", "compensation", "my_data"])
def test_what_others_do_is_answered_truly_and_an_agent_offered(intent: str) -> None:
    talk = Talk().say(hear("...", intent))
    assert talk.keys == [f"info.{intent}"]
    assert talk.say(YES).acts == [HandOff(intent)]
    assert Talk().say(hear("...", intent), NO).keys == ["handoff.declined"]
    assert Talk().say(hear("...", intent), AGENT).acts == [HandOff(intent)]


def test_the_moratorium_changes_what_is_said_about_bills() -> None:
    talk = Talk().say(hear("atslēgsiet par parādu?", "billing"), moratorium=True)
    assert talk.keys == ["debt.none", "debt.held", "debt.offer"]
    assert Talk().say(hear("...", "billing"), moratorium=True).keys == ["info.billing_moratorium"]


@pytest.mark.parametrize(
    ("intent", "key"),
    [
        ("greeting", "small.greeting"),
        ("thanks", "small.thanks"),
        ("help", "small.help"),
        ("cancel", "small.nothing_to_cancel"),
        ("yes", "small.nothing_asked"),
        ("choice", "small.nothing_asked"),
    ],
)
def test_small_talk_is_answered_shortly(intent: str, key: str) -> None:
    assert Talk().say(hear("...", intent)).keys == [key]


def test_a_side_remark_does_not_lose_the_question() -> None:
    talk = Talk().say(NO_POWER, hear("labdien", "greeting"))
    assert talk.keys == ["small.hello", "fault.confirm"]
    assert talk.say(THANKS).keys == ["small.welcome", "fault.confirm"]
    assert talk.say(hear("palīdzība", "help")).keys == ["small.help_here", "fault.confirm"]
    assert talk.say(YES).keys == ["fault.ask_scope"]


# --- language -------------------------------------------------------------------------------


def test_another_language_is_kept_for_good_and_the_question_asked_again_in_it() -> None:
    wish = hear("по-русски", "language", wanted_language="ru", language="ru")
    talk = Talk().say(NO_POWER, wish)
    assert talk.acts == [SetLanguage("ru")]
    assert talk.keys == ["small.language_switched", "fault.confirm"]
    assert "Ответьте да или нет" in talk.text


def test_a_language_wanted_beside_something_else_is_kept_too() -> None:
    talk = Talk().say(hear("no power, english", "report_fault", wanted_language="en"))
    assert talk.acts == [SetLanguage("en")]
    assert talk.keys == ["fault.confirm"]
    assert talk.text.startswith("Is it at Brivibas 105-12")


def test_a_wish_for_another_language_without_its_name_is_asked() -> None:
    talk = Talk().say(NO_POWER, hear("citā valodā", "language"))
    assert talk.keys == ["small.ask_language"]
    assert talk.say(pick(3)).acts == [SetLanguage("en")]
    assert talk.keys == ["small.language_switched", "fault.confirm"]


def test_the_answer_is_in_the_language_of_a_sure_text_else_of_the_sender_else_latvian() -> None:
    russian = replace(NO_POWER, language="ru")
    unsure = replace(russian, language_sure=False)
    assert Talk().say(russian).last.language == "ru"
    assert Talk(OWNER).say(unsure).last.language == "lv"
    assert Talk(replace(OWNER, language="en")).say(unsure).last.language == "en"
    assert Talk(NOBODY).say(unsure).last.language == "lv"


def test_a_number_or_an_address_does_not_change_the_language_of_a_dialogue() -> None:
    talk = Talk(OWNER_OF_TWO).say(replace(NO_POWER, language="ru"), pick(1))
    assert talk.last.language == "ru"
    latvian = hear("Ganību dambis 7", address=ADDRESS)
    talk = Talk(NOBODY).say(replace(NO_POWER, language="ru"), latvian, places=(HOUSE,))
    assert talk.last.language == "ru"


def test_the_letters_of_a_postcode_do_not_ask_for_latvian() -> None:
    code = hear("LV-1010", postcode="LV-1010", wanted_language="lv")
    talk = Talk(NOBODY).say(hear("register", "register", language="en"), code)
    assert talk.acts == []


# --- not understood -------------------------------------------------------------------------


def test_not_understood_twice_offers_an_agent_once() -> None:
    talk = Talk().say(GIBBERISH)
    assert talk.keys == ["small.unclear"]
    assert talk.say(GIBBERISH).keys == ["handoff.offer"]
    assert Talk(talk.facts, talk.state).say(YES).acts == [HandOff("other")]
    assert talk.say(GIBBERISH, GIBBERISH).keys == ["small.unclear"]
    assert talk.at == ""


def test_an_understood_text_between_resets_the_count() -> None:
    assert Talk().say(GIBBERISH, THANKS, GIBBERISH).keys == ["small.unclear"]


def test_not_understood_twice_in_a_dialogue_offers_an_agent() -> None:
    talk = Talk().say(NO_POWER, GIBBERISH)
    assert talk.keys == ["fault.confirm"]
    assert talk.say(GIBBERISH).keys == ["handoff.offer"]
    assert talk.say(YES).acts == [HandOff("report_fault")]


def test_surely_something_else_is_told_what_this_number_is_for() -> None:
    assert Talk().say(hear("kur mana paka", "other")).keys == ["small.out_of_scope"]


def test_two_likely_meanings_are_asked_by_number_and_lead_on() -> None:
    unsure = hear("gaisma", "report_fault", sure=False, score=0.5, also=(("outage_status", 0.4),))
    talk = Talk().say(unsure)
    assert talk.keys == ["small.ask_meaning"]
    assert "1 pieteikt bojājumu, 2 kad būs elektrība, 3 kas cits" in talk.text
    assert Talk(talk.facts, talk.state).say(pick(1)).keys == ["fault.confirm"]
    assert Talk(talk.facts, talk.state).say(pick(2)).keys == ["status.nothing"]
    assert Talk(talk.facts, talk.state).say(pick(3)).keys == ["small.other_meaning"]


def test_one_likely_meaning_is_followed_when_it_only_asks_or_tells() -> None:
    unsure = hear("nav kaut kā", "report_fault", sure=False, score=0.6)
    assert Talk().say(unsure).keys == ["fault.confirm"]
    acting = hear("laikam ir", "restored", sure=False, score=0.6)
    assert Talk().say(acting).keys == ["small.ask_meaning"]


def test_a_sure_text_instead_of_the_number_is_followed() -> None:
    unsure = hear("gaisma", "report_fault", sure=False, score=0.4)
    assert Talk().say(unsure, hear("kad būs", "outage_status")).keys == ["status.nothing"]


# --- forgotten ------------------------------------------------------------------------------


def test_a_dialogue_left_alone_expires() -> None:
    under_way = State("fault", "scope")
    assert not expired(under_way, NOW - timedelta(minutes=30), NOW, 30)
    assert expired(under_way, NOW - timedelta(minutes=31), NOW, 30)
    assert not expired(State(), NOW - timedelta(days=1), NOW, 30)
    assert not expired(under_way, None, NOW, 30)


@pytest.mark.parametrize("late", [YES, pick(2)])
def test_the_answer_to_a_forgotten_question_is_asked_anew(late: object) -> None:
    talk = Talk().say(NO_POWER)
    talk = Talk(OWNER, forget(talk.state)).say(late)  # type: ignore[arg-type]
    assert talk.keys == ["small.anew", "fault.confirm"]


def test_a_late_no_ends_politely() -> None:
    talk = Talk().say(NO_POWER)
    assert Talk(OWNER, forget(talk.state)).say(NO).keys == ["small.forgotten"]


def test_another_text_after_a_forgotten_dialogue_is_taken_as_new() -> None:
    talk = Talk().say(NO_POWER)
    assert Talk(OWNER, forget(talk.state)).say(THANKS).keys == ["small.thanks"]


def test_a_number_is_answered_in_the_language_of_the_talk_and_later_in_the_senders_own() -> None:
    talk = Talk(replace(OWNER, language="ru")).say(replace(THANKS, language="en"))
    state = talk.state
    assert talk.say(pick(4)).last.language == "en"
    assert expired(state, NOW - timedelta(minutes=31), NOW, 30)
    assert Talk(talk.facts, forget(state)).say(pick(4)).last.language == "ru"
    # Of somebody who is not registered nothing else is known.
    assert Talk(NOBODY, forget(forget(state))).say(pick(4)).last.language == "en"


@pytest.mark.parametrize("home", [OWNER, OWNER_OF_TWO])
def test_a_new_language_and_the_question_in_it_fit_into_two_segments(home: Facts) -> None:
    named = [replace(each, address="Krišjāņa Barona iela 105-120") for each in home.premises]
    talk = Talk(replace(home, premises=tuple(named))).say(NO_POWER)
    switch = hear("по-русски", "language", language="ru", wanted_language="ru")
    talk.say(switch)
    assert talk.acts == [SetLanguage("ru")]
    assert talk.at.startswith("fault")
    assert count_segments(talk.text) <= 2
