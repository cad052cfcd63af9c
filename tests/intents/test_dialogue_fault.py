"""Reporting a fault, from the first text to the report or to a known outage."""

from dataclasses import replace
from datetime import timedelta

import pytest

from intents.dialogue import needs
from intents.model import (
    Address,
    CancelReport,
    FileReport,
    FlagLifeSupport,
    HandOff,
    Place,
    Report,
    State,
    StillOut,
    Subscribe,
)
from locales.segments import count_segments
from tests.intents.talk import (
    ADDRESS,
    COTTAGE,
    GIBBERISH,
    HOME,
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
    outage,
    pick,
)

AT_HOUSE = hear("Ganību dambis 7", "other", sure=False, score=0.2, address=ADDRESS)
NOWHERE = hear("Nekur iela 1", address=Address("Nekur iela 1", "Nekur iela", "1"))
OPEN = Report("rep-1", HOME.address, HOME.town, NOW - timedelta(hours=1), HOME.eic)


def filed(scope: str) -> FileReport:
    return FileReport(HOME.address, HOME.town, (HOME.eic,), scope)


def test_one_premises_is_confirmed_then_the_scope_asked_then_reported() -> None:
    talk = Talk().say(NO_POWER)
    assert talk.keys == ["fault.confirm"]
    assert "Brīvības 105-12" in talk.text
    assert talk.say(YES).keys == ["fault.ask_scope"]
    assert talk.say(pick(1)).acts == [filed("whole")]
    assert talk.keys == ["fault.filed"]
    assert "atrakstīsim" in talk.text
    assert talk.at == ""


@pytest.mark.parametrize(
    ("number", "scope"), [(1, "whole"), (2, "part"), (3, "flicker"), (4, "neighbours")]
)
def test_the_scope_is_picked_by_number(number: int, scope: str) -> None:
    assert Talk().say(NO_POWER, YES, pick(number)).acts == [filed(scope)]


def test_a_scope_said_early_is_not_asked() -> None:
    talk = Talk().say(hear("visā mājā nav", "report_fault", scope="whole"), YES)
    assert talk.acts == [filed("whole")]


def test_flickering_needs_no_scope() -> None:
    talk = Talk().say(hear("mirgo gaisma", "power_quality"), YES)
    assert talk.acts == [filed("flicker")]


def test_who_lacks_a_part_is_told_of_their_own_breakers() -> None:
    talk = Talk().say(NO_POWER, YES, pick(2))
    assert talk.keys == ["fault.filed_part"]
    assert "automātslēdžus" in talk.text


def test_a_repeated_fault_confirms_the_address() -> None:
    assert Talk().say(NO_POWER, NO_POWER).keys == ["fault.ask_scope"]


def test_several_premises_are_numbered() -> None:
    talk = Talk(OWNER_OF_TWO).say(NO_POWER)
    assert talk.keys == ["fault.choose"]
    assert "1 Brīvības 105-12, Rīga, 2 Jomas 3, Jūrmala" in talk.text
    talk.say(pick(2), pick(1))
    assert talk.acts == [FileReport(COTTAGE.address, COTTAGE.town, (COTTAGE.eic,), "whole")]


def test_a_number_that_is_not_in_the_list_is_asked_again() -> None:
    talk = Talk(OWNER_OF_TWO).say(NO_POWER, pick(7))
    assert talk.keys == ["fault.choose"]
    assert talk.at == "fault.choose"


def test_five_premises_fit_into_two_segments() -> None:
    names = ("Brīvības iela 105-12", "Krišjāņa Valdemāra iela 33-4", "Kalnciema iela 9",
             "Ganību dambis 7", "Jomas iela 3")  # fmt: skip
    many = tuple(replace(HOME, eic=f"43Z{n}", address=name) for n, name in enumerate(names))
    for language in ("lv", "ru", "en"):
        talk = Talk(replace(OWNER, premises=many)).say(replace(NO_POWER, language=language))
        assert count_segments(talk.text) <= 2
        assert "3 Kalnciema 9" in talk.text


def test_a_stranger_is_asked_for_the_address() -> None:
    talk = Talk(NOBODY).say(NO_POWER)
    assert talk.keys == ["fault.ask_address"]
    assert needs(talk.state, hear("Ganibu 7")).address == "Ganibu 7"


def test_an_address_in_the_first_text_is_not_asked_again() -> None:
    text = hear("Ganību dambī 7 nav gaismas", "report_fault", address=ADDRESS)
    talk = Talk(NOBODY).say(text, places=(HOUSE,))
    assert talk.keys == ["fault.ask_scope"]
    talk.say(pick(1))
    assert talk.acts == [FileReport("Ganību dambis 7", "Rīga", HOUSE.eics, "whole")]


def test_an_address_that_is_not_a_sure_match_is_confirmed() -> None:
    doubtful = replace(HOUSE, score=70.0)
    talk = Talk(NOBODY).say(NO_POWER, AT_HOUSE, places=(doubtful,))
    assert talk.keys == ["fault.confirm"]
    assert talk.say(YES).keys == ["fault.ask_scope"]


def test_one_street_in_two_towns_is_numbered_with_the_towns() -> None:
    places = (HOUSE, Place("Ganību dambis 7", "Ventspils", ("43ZVENT",)))
    talk = Talk(NOBODY).say(NO_POWER, AT_HOUSE, places=places)
    assert talk.keys == ["fault.choose"]
    assert "Rīga, 2 Ganību dambis 7, Ventspils" in talk.text


def test_the_flat_of_a_customer_is_meant_by_the_house() -> None:
    house = Place("Brīvības iela 105", "Rīga", (HOME.eic, "43ZNEIGHBOUR"))
    text = hear("Brīvības 105 nav gaismas", "report_fault", address=Address("Brīvības 105"))
    talk = Talk().say(text, pick(1), places=(house,))
    assert talk.acts == [filed("whole")]


def test_a_known_street_with_an_unknown_house_is_told_as_such() -> None:
    street = (replace(HOUSE, exact=False),)
    assert Talk(NOBODY).say(NO_POWER, AT_HOUSE, places=street).keys == ["fault.missing_house"]


def test_a_street_without_a_house_asks_for_the_house() -> None:
    only = hear("Ganību dambī", "report_fault", address=Address("Ganību dambis", "Ganību dambis"))
    street = (replace(HOUSE, exact=False),)
    assert Talk(NOBODY).say(only, places=street).keys == ["fault.missing_number"]


def test_an_address_not_found_twice_is_kept_as_written_and_handed_off() -> None:
    talk = Talk(NOBODY).say(NO_POWER, NOWHERE)
    assert talk.keys == ["fault.missing_all"]
    talk.say(NOWHERE)
    assert talk.acts == [FileReport("Nekur iela 1", "", (), "whole"), HandOff("report_fault")]
    assert talk.keys == ["fault.unplaced"]


def test_no_to_the_only_premises_asks_for_the_address() -> None:
    talk = Talk().say(NO_POWER, NO)
    assert talk.keys == ["fault.ask_address"]


def test_another_address_instead_of_yes_is_taken() -> None:
    talk = Talk().say(NO_POWER, AT_HOUSE, places=(HOUSE,))
    assert talk.keys == ["fault.ask_scope"]


def test_a_known_outage_is_told_with_its_time_and_subscribed_not_reported() -> None:
    talk = Talk().say(NO_POWER, outages=(outage(),))
    assert talk.keys == ["outage.known_time"]
    assert "plkst. 16.30" in talk.text
    assert talk.acts == [Subscribe("out-1")]


def test_a_known_outage_without_a_time_says_so() -> None:
    talk = Talk().say(NO_POWER, outages=(outage(ends_at=None),))
    assert talk.keys == ["outage.no_time"]
    later = outage(ends_at=None, next_word_at=NOW + timedelta(minutes=40))
    assert "12.40" in Talk().say(NO_POWER, outages=(later,)).text


def test_a_time_that_has_passed_is_not_promised_again() -> None:
    late = outage(ends_at=NOW - timedelta(minutes=5))
    assert Talk().say(NO_POWER, outages=(late,)).keys == ["outage.overdue"]


def test_nothing_is_promised_to_who_stopped_sms() -> None:
    talk = Talk().say(NO_POWER, outages=(outage(),), opted_out=True)
    assert "atrakstīsim" not in talk.text


def test_a_known_outage_at_a_place_that_was_picked_is_told() -> None:
    talk = Talk(OWNER_OF_TWO).say(NO_POWER)
    assert set(needs(talk.state, pick(1)).eics) == {HOME.eic, COTTAGE.eic}
    talk.say(pick(1), outages=(outage(),))
    assert talk.acts == [Subscribe("out-1")]


def test_an_open_report_is_not_filed_twice() -> None:
    talk = Talk().say(NO_POWER, reports=(OPEN,))
    assert talk.keys == ["fault.already_reported"]
    assert talk.acts == []


def test_cancel_leaves_in_the_middle() -> None:
    talk = Talk().say(NO_POWER, hear("atcelt", "cancel"))
    assert talk.keys == ["small.cancelled"]
    assert talk.at == ""


def test_an_open_report_is_taken_back_after_a_question() -> None:
    talk = Talk().say(hear("atcelt pieteikumu", "cancel"), reports=(OPEN,))
    assert talk.keys == ["fault.ask_withdraw"]
    assert talk.say(YES).acts == [CancelReport("rep-1")]


def test_asking_when_instead_of_the_scope_does_not_lose_the_report() -> None:
    talk = Talk().say(NO_POWER, YES, hear("kad būs?", "outage_status"))
    assert talk.acts == [filed("whole")]


def test_a_scope_not_understood_twice_does_not_lose_the_report() -> None:
    talk = Talk().say(NO_POWER, YES, GIBBERISH)
    assert talk.at == "fault.scope"
    assert talk.say(GIBBERISH).acts == [filed("whole")]


def test_a_change_of_mind_is_followed_not_taken_for_an_address() -> None:
    talk = Talk(NOBODY).say(NO_POWER, hear("cik man jāmaksā", "billing"))
    assert talk.keys == ["info.billing"]


def test_light_again_closes_the_open_reports() -> None:
    back = hear("paldies, gaisma ir", "restored")
    assert Talk().say(back, reports=(OPEN,)).acts == [CancelReport("rep-1")]
    assert Talk().say(back, reports=()).keys == ["fault.restored"]


@pytest.mark.parametrize("text", [pick(1), NO, hear("nav", "report_fault", sure=False)])
def test_still_dark_after_the_check_reopens(text: object) -> None:
    talk = Talk().say(text, awaits_restored_check="out-9")  # type: ignore[arg-type]
    assert talk.acts == [StillOut("out-9", (HOME.eic,)), HandOff("still_out")]


def test_a_yes_to_the_check_is_asked_about() -> None:
    talk = Talk().say(YES, awaits_restored_check="out-9")
    assert talk.keys == ["still.ask_back"]
    assert Talk(talk.facts, talk.state).say(YES).keys == ["fault.restored"]
    assert Talk(talk.facts, talk.state).say(NO).acts[0] == StillOut("out-9", (HOME.eic,))


def test_still_dark_with_nothing_known_is_reported_and_seen_by_an_agent() -> None:
    talk = Talk().say(hear("joprojām nav", "still_out"))
    assert talk.acts == [filed("whole"), HandOff("still_out")]


def test_still_dark_with_an_open_report_is_seen_by_an_agent() -> None:
    talk = Talk().say(hear("joprojām nav", "still_out"), reports=(OPEN,))
    assert talk.acts == [HandOff("still_out")]


def test_life_support_is_flagged_and_handed_off_before_the_report() -> None:
    text = hear("nav gaismas, bērns uz aparāta", "report_fault", life_support=True)
    talk = Talk().say(text)
    assert talk.acts == [FlagLifeSupport((HOME.eic,)), HandOff("life_support", urgent=True)]
    assert talk.keys == ["danger.life_support_short", "fault.confirm"]
    assert "112" in talk.text
    assert talk.say(YES).acts == [FlagLifeSupport((HOME.eic,)), filed("whole")]


def test_life_support_of_a_stranger_is_flagged_when_the_address_is_known() -> None:
    text = hear("нет света, ребёнок на аппарате", "report_fault", life_support=True, language="ru")
    talk = Talk(NOBODY).say(text)
    assert talk.acts == [HandOff("life_support", urgent=True)]
    talk.say(AT_HOUSE, places=(HOUSE,))
    assert FlagLifeSupport(HOUSE.eics) in talk.acts


def test_life_support_alone_is_handed_off() -> None:
    talk = Talk().say(hear("mums ir skābekļa aparāts", life_support=True))
    assert talk.acts == [FlagLifeSupport((HOME.eic,)), HandOff("life_support", urgent=True)]
    assert talk.state.dialogue == ""
    assert isinstance(talk.state, State)


def test_life_support_beside_a_danger_that_was_passed_on_fits_into_two_segments() -> None:
    told = Report("r1", HOME.address, HOME.town, NOW, danger=True)
    talk = Talk().say(replace(NO_POWER, language="ru"))
    hurry = hear("срочно!!!", life_support=True, language="ru")
    talk.say(hurry, reports=(told,), urgent=True)
    assert HandOff("life_support", urgent=True) in talk.acts
    assert "danger.passed_on" in talk.keys
    assert "112" in talk.text
    assert count_segments(talk.text) <= 2
