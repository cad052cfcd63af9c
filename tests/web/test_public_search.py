"""The search of the public page, the gate before it, and the door for what is made already."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.service import Service
from bot.web.public.answers import Answer, make
from bot.web.public.door import Door, best_language
from bot.web.public.kept import Budget, Crowded, Shelf
from tests.web.network_world import text_of
from tests.web.public_world import Visitor, outage, people, works


@pytest.fixture
def visitor(service: Service) -> Visitor:
    people(service.database)
    outage(service.database, "TP-1")
    works(service.database, "TP-2")
    return Visitor(service)


def found(visitor: Visitor, q: str) -> str:
    """What a search says below its form."""
    page = text_of(visitor.read(f"/search?q={q}"))
    return page[page.rindex("Search") :].split("Your power is off")[0]


@pytest.mark.parametrize(
    "q", ["Ozolu iela", "ozolu", "ozolu cesis", "озолу", "улица Озолу", "Ozolu street", "Ozoul"]
)
def test_a_street_is_found_in_three_languages_and_any_spelling(visitor: Visitor, q: str) -> None:
    told = found(visitor, q)
    assert "Ozolu iela, Cēsis" in told
    assert "Power is due back" in told


@pytest.mark.parametrize("q", ["Ogre", "огре", "Ogrē"])
def test_a_town_is_found(visitor: Visitor, q: str) -> None:
    assert "Power will be off tomorrow" in found(visitor, q)


@pytest.mark.parametrize(
    ("q", "town"), [("Dobel", "Dobele"), ("dobbele", "Dobele"), ("Ogree", "Ogre")]
)
def test_a_mistyped_town_is_found(visitor: Visitor, q: str, town: str) -> None:
    assert found(visitor, q).strip().startswith(f"Search {town}")


def test_a_street_that_is_called_so_goes_before_a_town_that_nearly_is(visitor: Visitor) -> None:
    assert "Ozolu iela, Cēsis" in found(visitor, "ozolu")


def test_a_street_of_several_towns_is_told_for_each(visitor: Visitor) -> None:
    told = found(visitor, "Skolas")
    assert "Streets of this name are in several places:" in told
    assert "Skolas iela, Ogre" in told
    assert "Skolas iela, Dobele No outage is known here." in told


def test_a_house_hears_whether_it_is_concerned(visitor: Visitor) -> None:
    assert "This house is among those concerned:" in found(visitor, "Ozolu 5")
    assert "This house is among those concerned:" not in found(visitor, "Ozolu 99")
    assert "On this street:" in found(visitor, "Ozolu 99")


def test_an_outage_of_one_home_is_news_of_its_town_only(visitor: Visitor, service: Service) -> None:
    outage(service.database, "TP-5")
    outage(service.database, "TP-4")
    for q, town in (("Vientula 3, Ogre", "Ogre"), ("Kalnaji, Raunas pag.", "Raunas pag.")):
        told = found(visitor, q)
        assert "This house" not in told
        assert f"{town} Fault {town} Power is due back" in told
        assert "fewer than 5 addresses" in told


@pytest.mark.parametrize("q", ["LV-1010", "lv1010", "LV 1010", "1010"])
def test_a_postcode_is_not_blamed_on_the_spelling(visitor: Visitor, q: str) -> None:
    told = found(visitor, q)
    assert "We cannot search by postcode. Write a street or a town, such as" in told
    assert "spelling" not in told


def test_a_postcode_behind_a_street_is_passed_over(visitor: Visitor) -> None:
    assert "Ozolu iela, " in found(visitor, "Ozolu iela, LV-1010")
    assert "Ogre" in found(visitor, "LV-5001 Ogre")


def test_what_is_not_found_is_said_so(visitor: Visitor) -> None:
    assert "We found no such place: qqqq." in found(visitor, "qqqq")
    assert "Write a street or a town" in found(visitor, "")
    assert visitor.client.get("/search?q=" + "a" * 3000).status_code == 200


def test_the_same_search_is_worked_out_once(visitor: Visitor) -> None:
    first = visitor.client.get("/search?q=ozolu&lang=en")
    again = visitor.client.get("/search?q=++ozolu++&lang=en")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert len([key for key in visitor.front.shelf._all if key[0] == "search"]) == 1


def test_over_the_limit_who_searches_is_asked_to_come_back(visitor: Visitor) -> None:
    visitor.client.get("/search?q=ozolu&lang=lv")
    visitor.front.shelf._budget.spend(1000)
    answer = visitor.client.get("/search?q=skolas&lang=lv")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    assert "Brīdi uzgaidiet" in answer.get_data(as_text=True)
    assert visitor.client.get("/search?q=ozolu&lang=lv").status_code == 200
    assert visitor.client.get("/").status_code == 200
    assert visitor.client.get("/outages.atom").status_code == 503


# --- the shelf ------------------------------------------------------------------------------


def an_answer(text: str = "x", number: int = 1) -> Answer:
    return make(text, "text/plain", changed=datetime.now(UTC), headers=[], number=number)


def test_while_one_makes_an_answer_the_others_get_the_one_before() -> None:
    shelf = Shelf(least_rest=0.0)
    making, go_on = threading.Event(), threading.Event()
    shelf.put("k", an_answer("old", 1))  # at no cost: what was dear to make would rest for a while

    def slowly(_: Answer | None) -> Answer:
        making.set()
        go_on.wait(10)
        return an_answer("new", 2)

    thread = threading.Thread(target=lambda: shelf.get("k", 2, slowly))
    thread.start()
    making.wait(10)
    assert shelf.get("k", 2, slowly).body == b"old"
    with pytest.raises(Crowded):
        shelf.get("other", 2, slowly)
    go_on.set()
    thread.join()
    assert shelf.get("k", 2, slowly).body == b"new"


def test_an_answer_is_good_for_some_seconds_whatever_changes() -> None:
    shelf = Shelf()
    shelf.get("k", 1, lambda _: an_answer("old", 1))
    assert shelf.get("k", 2, lambda _: an_answer("new", 2)).body == b"old"


def test_the_shelf_holds_so_many_and_so_much() -> None:
    shelf = Shelf(Budget(1.0, 60.0))
    for number in range(2500):
        shelf.put(number, an_answer())
    assert len(shelf._all) <= 1000
    large = an_answer("x" * 5_000_000)
    for number in range(20):
        shelf.put(number, large)
    assert sum(len(each.answer.body) for each in shelf._all.values()) < 40_000_000


def test_making_takes_no_more_than_its_share_of_time() -> None:
    budget = Budget(share=0.25, most=0.05)
    budget.spend(0.06)
    assert not budget.is_open()
    time.sleep(0.06)
    assert budget.is_open()


# --- the door -------------------------------------------------------------------------------


def test_the_door_costs_a_text_next_to_nothing() -> None:
    def inner(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        return []

    door = Door(inner, Shelf())
    door.number = 1
    environ = {"PATH_INFO": "/sms/inbound", "REQUEST_METHOD": "POST", "QUERY_STRING": ""}

    def seconds(app: Any) -> float:
        began = time.perf_counter()
        for _ in range(20_000):
            app(environ, None)
        return (time.perf_counter() - began) / 20_000

    extra = min(seconds(door) - seconds(inner) for _ in range(5))
    assert extra < 2e-6


def test_a_browser_that_asks_for_none_of_ours_reads_latvian() -> None:
    assert best_language("") == "lv"
    assert best_language("fr, de;q=0.5") == "lv"
    assert best_language("ru-RU,ru;q=0.9,en;q=0.5") == "ru"
    assert best_language("\x00;;q=,," * 100) == "lv"
