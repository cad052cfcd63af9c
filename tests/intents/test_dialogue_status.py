"""When the power will be back, and which works are planned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from intents.dialogue import needs
from intents.model import Address, FileReport, HandOff, Outage, State
from locales.segments import count_segments
from tests.intents.talk import (
    ADDRESS,
    COTTAGE,
    GARAGE,
    HOME,
    HOUSE,
    NO,
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

WHEN = hear("kad būs gaisma", "outage_status")
WORKS = hear("vai būs atslēgumi", "planned_outages")
STREET = Address("Krasta ielā", "Krasta ielā")


def work(day: int, number: int = 1, **changed: object) -> Outage:
    """Planned works at home in `day` days, 9:00 to 15:00 in Riga."""
    start = NOW.replace(hour=7) + timedelta(days=day)
    end = start + timedelta(hours=6)
    works = outage(
        id=f"work-{number}", kind="planned", state="scheduled", starts_at=start, ends_at=end
    )
    return replace(works, **changed)  # type: ignore[arg-type]


def test_the_outage_at_home_is_told_with_its_time() -> None:
    talk = Talk().say(WHEN, outages=(outage(),))
    assert talk.keys == ["outage.known_time"]
    assert talk.acts == []


def test_a_time_on_another_day_is_told_with_the_day() -> None:
    late = outage(ends_at=NOW + timedelta(hours=20))
    assert "rīt līdz plkst. 8.00" in Talk().say(WHEN, outages=(late,)).text


def test_planned_works_under_way_are_called_so() -> None:
    under_way = outage(kind="planned")
    assert Talk().say(WHEN, outages=(under_way,)).keys == ["outage.planned_now"]


def test_works_later_today_are_told() -> None:
    talk = Talk().say(WHEN, outages=(work(0, starts_at=NOW + timedelta(hours=2)),))
    assert talk.keys == ["status.today"]
    assert "šodien" in talk.text


def test_works_on_another_day_are_not_the_answer_to_when() -> None:
    assert Talk().say(WHEN, outages=(work(7),)).keys == ["status.nothing"]


def test_with_nothing_known_a_report_is_offered_and_made() -> None:
    talk = Talk().say(WHEN)
    assert talk.keys == ["status.nothing"]
    assert talk.say(YES).keys == ["fault.ask_scope"]
    assert talk.say(pick(1)).acts == [FileReport(HOME.address, HOME.town, (HOME.eic,), "whole")]


def test_an_offer_of_a_report_is_declined() -> None:
    assert Talk().say(WHEN, NO).keys == ["status.no_report"]
    assert Talk().say(WHEN, hear("paldies", "thanks")).keys == ["small.thanks"]


def test_several_outages_at_home_are_listed() -> None:
    other = outage(id="out-2", eic=COTTAGE.eic, address=COTTAGE.address, town=COTTAGE.town,
                   ends_at=None)  # fmt: skip
    talk = Talk(OWNER_OF_TWO).say(WHEN, outages=(outage(), other))
    assert talk.keys == ["status.several"]
    assert "plkst. 16.30" in talk.text
    assert "laiks nav zināms" in talk.text


def test_several_premises_without_outages_offer_a_report_of_one_of_them() -> None:
    talk = Talk(OWNER_OF_TWO).say(WHEN)
    assert talk.keys == ["status.nothing_home"]
    assert talk.say(YES).keys == ["fault.choose"]


def test_a_stranger_is_asked_where_and_gets_public_facts() -> None:
    talk = Talk(NOBODY).say(WHEN)
    assert talk.keys == ["status.ask_address"]
    answer = hear("Ganību dambis 7", address=ADDRESS)
    assert needs(talk.state, answer).street == "Ganību dambis"
    there = outage(eic=HOUSE.eics[0], address=HOUSE.address)
    talk.say(answer, places=(HOUSE,), place_outages=(there,))
    assert talk.keys == ["outage.known_time"]
    assert "atrakstīsim" not in talk.text


def test_one_outage_in_a_street_is_told_once_under_the_name_of_the_street() -> None:
    houses = tuple(outage(eic=f"43Z{n}", address=f"Krasta iela {n}") for n in range(9))
    ask = hear("vai Krasta ielā ir elektrība", "outage_status", address=STREET)
    talk = Talk(NOBODY).say(ask, place_outages=houses)
    assert talk.keys == ["outage.known_time"]
    assert talk.text.startswith("Krasta iela, Rīga:")


def test_a_place_that_nobody_knows_is_named_as_such() -> None:
    ask = hear("kad būs Nekurienē", "outage_status", address=Address("Nekurienē", town="Nekurienē"))
    assert Talk(NOBODY).say(ask).keys == ["status.unknown_place"]


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_a_long_list_of_outages_fits_into_two_segments(language: str) -> None:
    many = tuple(outage(id=f"o{n}", address=f"Krišjāņa Barona iela {n}-1") for n in range(9))
    talk = Talk(OWNER).say(replace(WHEN, language=language), outages=many)
    assert count_segments(talk.text) <= 2


# --- planned works --------------------------------------------------------------------------


def test_one_planned_work_at_home_is_told_with_its_span() -> None:
    talk = Talk().say(WORKS, outages=(work(7), outage()))
    assert talk.keys == ["planned.one"]
    assert "8. decembrī no plkst. 9.00 līdz 15.00" in talk.text


def test_no_planned_works_at_home() -> None:
    assert Talk().say(WORKS, outages=(outage(),)).keys == ["planned.none_home"]


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_at_most_three_works_are_listed_and_the_rest_counted(language: str) -> None:
    many = tuple(work(day, day) for day in (9, 3, 5, 7, 8))
    talk = Talk().say(replace(WORKS, language=language), outages=many)
    assert talk.keys == ["planned.list_more"]
    assert count_segments(talk.text) <= 2
    listed = talk.text.count("9.00-") + talk.text.count("9:00-")
    assert 1 <= listed <= 3
    assert str(5 - listed) in talk.text.rsplit(";", 1)[1]


def test_a_stranger_is_asked_for_the_street() -> None:
    talk = Talk(NOBODY).say(WORKS)
    assert talk.keys == ["planned.ask_street"]
    answer = hear("Krasta iela", address=STREET)
    talk.say(answer, place_outages=(work(7, address=GARAGE.address, eic=GARAGE.eic),))
    assert talk.keys == ["planned.one"]


def test_a_street_without_works_says_so() -> None:
    at_flat = work(7, address="Krasta iela 7-3", eic="43ZOTHER")
    ask = hear("vai Krasta ielā būs atslēgumi", "planned_outages", address=STREET)
    assert "7-3" not in Talk(NOBODY).say(ask, place_outages=(at_flat, work(8, 2))).text
    ask = hear("vai Krasta ielā būs atslēgumi", "planned_outages", address=STREET)
    known = Talk(NOBODY).say(ask, streets=(("Krasta iela", "Rīga"),))
    assert known.keys == ["planned.none_place"]


def test_a_place_that_is_not_known_is_asked_for_again_and_never_said_to_have_no_works() -> None:
    ask = hear("vai Krasta ielā būs atslēgumi", "planned_outages", address=STREET)
    talk = Talk(NOBODY).say(ask)
    assert talk.keys == ["planned.unknown_place"]
    assert talk.say(hear("Rīga"), town="Rīga").keys == ["planned.none_place"]


def test_a_town_inside_the_question_is_looked_up() -> None:
    ask = hear("ir kādi plānoti darbi Siguldā?", "planned_outages")
    assert needs(State(), ask).town
    assert Talk(NOBODY).say(ask, town="Sigulda").text.startswith("Sigulda:")


def test_a_stranger_may_register_instead() -> None:
    talk = Talk(NOBODY).say(WORKS, hear("reģistrēties", "register"))
    assert talk.keys == ["register.ask_number"]


def test_the_fault_of_a_street_is_followed_to_a_report() -> None:
    ask = hear("kad būs Krasta ielā", "outage_status", address=STREET)
    talk = Talk(NOBODY).say(ask, YES)
    assert talk.keys == ["fault.missing_number"]
    assert talk.events(HandOff) == []


def test_a_known_street_is_called_by_its_own_name() -> None:
    ask = hear("когда на улице Краста", "outage_status", language="ru",
               address=Address("улице Краста", "улице Краста"))  # fmt: skip
    known = Talk(NOBODY).say(ask, streets=(("Krasta iela", "Rīga"),))
    assert known.keys == ["status.nothing"]
    assert known.text.startswith("Krasta iela, Rīga:")
    from_outage = Talk(NOBODY).say(ask, place_outages=(outage(address="Krasta iela 7-3"),))
    assert from_outage.text.startswith("Krasta iela, Rīga:")
