"""The public page: what it tells in three languages, how it is kept, what it keeps to itself."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo import build
from bot.service import Service
from bot.web.public.places import Where, about
from bot.web.public.site import Outage, _site
from locales.dates import RIGA
from tests.web.network_world import text_of
from tests.web.public_world import (
    HOMES,
    HOUR,
    METER,
    NAME,
    PHONE,
    Visitor,
    outage,
    people,
    until,
    works,
)

LANGUAGES = ("lv", "ru", "en")
PAGES = ("/", "/outages", "/search?q=Ozolu", "/outages.json", "/outages.geojson",
         "/outages.atom", "/outages.ics")  # fmt: skip


@pytest.fixture
def visitor(service: Service) -> Visitor:
    people(service.database)
    return Visitor(service)


def test_nothing_dark_is_said_in_a_friendly_way(service: Service) -> None:
    visitor = Visitor(service)
    assert "No outage is known at the moment." in visitor.read("/")
    assert "Pašlaik neviens atslēgums nav zināms." in visitor.read("/", "lv")
    assert "Сейчас ни об одном отключении не известно." in visitor.read("/", "ru")
    assert "Brīvības iela, Rīga" in visitor.read("/search")


def test_a_fault_is_told_with_its_times_cause_and_crew(service: Service, visitor: Visitor) -> None:
    id_ = outage(service.database, "TP-1", crew="working")
    page = text_of(visitor.read(f"/outages/{id_}"))
    assert "Ozolu iela, Cēsis" in page
    assert "Power is due back" in page
    assert "A crew is at work there." in page
    assert "Reason: cable damage." in page
    assert "about 10 addresses" in page
    assert "aptuveni 10 adreses" in visitor.read("/", "lv")
    assert "около 10 адресов" in visitor.read("/", "ru")


def test_works_to_come_are_told_and_then_that_they_moved_and_were_called_off(
    service: Service, visitor: Visitor
) -> None:
    id_ = works(service.database, "TP-2")
    assert "Power will be off tomorrow" in visitor.read("/")
    outage(
        service.database, "TP-2", sequence=2, kind="planned", starts=until(2, 9), ends=until(2, 12)
    )
    assert "Works moved: power off" in visitor.read(f"/outages/{id_}")
    outage(
        service.database, "TP-2", sequence=3, kind="planned", starts=until(2, 9), ends=until(2, 12),
        state="cancelled",
    )  # fmt: skip
    page = text_of(visitor.read(f"/outages/{id_}"))
    assert "are cancelled; the power stays on" in page
    assert "Works cancelled." in page
    assert "No works are planned." in visitor.read("/")


def test_no_known_end_a_passed_one_and_a_return(service: Service, visitor: Visitor) -> None:
    id_ = outage(service.database, "TP-1", ends=None)
    assert "next word" in visitor.read("/")
    outage(service.database, "TP-1", sequence=2, starts=-3 * HOUR, ends=-HOUR)
    assert "the new one is not known yet" in visitor.read("/")
    outage(service.database, "TP-1", sequence=3, starts=-3 * HOUR, ends=-HOUR, state="restored")
    assert "No outage is known at the moment." in visitor.read("/")
    assert "Power restored." in visitor.read(f"/outages/{id_}")


def test_words_that_an_operator_wrote_freely_stay_inside(
    service: Service, visitor: Visitor
) -> None:
    id_ = outage(service.database, "TP-1", reason="pie Bērziņa kunga, Ozolu 7")
    for path in ("/", f"/outages/{id_}", "/outages.json", "/outages.ics"):
        page = visitor.read(path, "lv")
        assert "Bērziņa" not in page
        assert "Ozolu 7" not in page


def test_the_language_is_asked_for_or_taken_from_the_browser(visitor: Visitor) -> None:
    assert '<html lang="ru">' in visitor.read("/", "de, ru;q=0.8, en;q=0.1")
    assert '<html lang="lv">' in visitor.read("/", "de")
    assert '<html lang="en">' in visitor.read("/?lang=en", "ru")
    assert '<html lang="ru">' in visitor.read("/?lang=xx", "ru")


@pytest.mark.parametrize("path", PAGES)
def test_no_address_sets_a_cookie_and_each_says_how_long_it_is_good(
    visitor: Visitor, path: str
) -> None:
    first = visitor.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert first.status_code == 200
    assert "Set-Cookie" not in first.headers
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    assert "Accept-Encoding" in first.headers["Vary"]
    plain = visitor.client.get(path).data
    packed = first.data
    assert (gzip.decompress(packed) if "Content-Encoding" in first.headers else packed) == plain
    for known in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = visitor.client.get(path, headers=known)
        assert again.status_code == 304
        assert again.data == b""
    assert visitor.client.get(path, headers={"If-None-Match": 'W/"x"'}).status_code == 200
    assert visitor.client.head(path).data == b""
    assert visitor.client.post(path).status_code == 405


def test_a_change_gives_new_bytes_and_no_change_keeps_them(
    service: Service, visitor: Visitor
) -> None:
    before = visitor.client.get("/")
    visitor.front.refresh(anew=True)
    same = visitor.client.get("/")
    assert (same.headers["ETag"], same.headers["Last-Modified"]) == (
        before.headers["ETag"], before.headers["Last-Modified"],
    )  # fmt: skip
    outage(service.database, "TP-1")
    visitor.front.refresh()
    assert visitor.client.get("/").headers["ETag"] != before.headers["ETag"]


def test_what_is_added_to_one_answer_is_not_in_the_next(visitor: Visitor) -> None:
    for known in ({}, {"If-None-Match": visitor.client.get("/").headers["ETag"]}):
        many = {len(visitor.client.get("/", headers=known).headers) for _ in range(5)}
        assert len(many) == 1


def test_pages_hold_no_script_and_only_their_own_style(visitor: Visitor) -> None:
    answer = visitor.client.get("/")
    page = answer.get_data(as_text=True)
    assert "<script" not in page
    assert not re.search(r"""\s(?:style|on\w+)=["']""", page)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    for path in ("/favicon.svg", "/robots.txt"):
        assert visitor.client.get(path).status_code == 200


def test_danger_comes_first_and_the_short_number_can_be_pressed(visitor: Visitor) -> None:
    page = visitor.read("/")
    main = page[page.index("<main>") :]
    assert main.index("tel:112") < main.index("tel:8404") < main.index("<h1>")
    assert 'href="sms:1880"' in main


def test_what_is_not_there_is_a_page_too(visitor: Visitor) -> None:
    for path in ("/outages/nonesuch", "/outages/01a2041d-0000-7000-8000-000000000000",
                 "/outages?town=Nonesuch"):  # fmt: skip
        answer = visitor.client.get(path, headers={"Accept-Language": "en"})
        assert answer.status_code == 404
        assert "There is no such page" in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers


def test_hostile_words_come_back_as_words(visitor: Visitor) -> None:
    page = visitor.read("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


# --- nothing of anybody -----------------------------------------------------------------------


def every_answer(visitor: Visitor) -> str:
    ids = list(visitor.front.refresh(anew=True).outages)
    paths = [*PAGES, *(f"/outages/{each}" for each in ids), "/search?q=Ozolu+5,+Cesis",
             "/search?q=Kalnaji,+Rauna", "/search?q=Vientula,+Ogre", "/outages?town=Ogre",
             "/outages.ics?town=Cesis"]  # fmt: skip
    told = []
    for path in paths:
        for language in LANGUAGES:
            answer = visitor.client.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200, path
            told.append(answer.get_data(as_text=True))
    return "\n".join(told)


def test_no_home_can_be_told(service: Service, visitor: Visitor) -> None:
    for transformer in ("TP-1", "TP-2", "TP-3", "TP-4", "TP-5", "TP-6"):
        outage(service.database, transformer)
        works(service.database, transformer)
    told = every_answer(visitor).replace("Ozolu 5, Cesis", "")
    for hidden in (NAME, PHONE, PHONE[4:], METER, "43Z0", "LV-1099", "Slepenā", '"Kalnāji"',
                   "Kalnāji", "Bērzi", "Vientuļā", "TP-1", "F-1", "O-TP"):  # fmt: skip
        assert hidden not in told, hidden
    for customer, address, *_ in HOMES:
        assert customer not in told
        assert address not in told
    assert not re.search(r"(?:Ozolu|Skolas) iela \d", told)
    assert "57.3121" not in told


def test_the_demo_shows_nobody(service: Service) -> None:
    build(service.database, datetime.now(UTC))
    told = every_answer(Visitor(service))
    rows = service.database.all("SELECT * FROM customers")
    assert [row["customer_number"] for row in rows if row["customer_number"] in told] == []
    assert [row["name"] for row in rows if row["name"] in told] == []
    for row in service.database.all("SELECT value FROM contacts"):
        assert row["value"] not in told
    for row in service.database.all("SELECT eic, address, meter_number FROM premises"):
        assert row["eic"] not in told
        assert row["address"].strip('"') not in told, row["address"]


def test_counts_are_rounded_and_few_are_not_counted() -> None:
    assert [about(number) for number in (0, 4, 5, 7, 8, 99, 137, 2044, 260_318)] == [
        None, None, 5, 5, 10, 100, 140, 2050, 260_500,
    ]  # fmt: skip


# --- a great storm ----------------------------------------------------------------------------


def storm(outages: int, towns: int) -> dict[str, Outage]:
    """Outages as large and as long in words as they come."""
    now = datetime.now(UTC)
    found = {}
    for number in range(outages):
        town = f"Vecpiebalgas un Jaunpiebalgas {number % towns}. pag."
        streets = tuple(f"Krišjāņa Valdemāra {number}-{n}. šķērsiela" for n in range(20))
        found[str(number)] = Outage(
            id=f"01a2041d-62e3-7164-9530-{number:012d}",
            kind="planned" if number % 3 == 0 else "unplanned",
            standing="scheduled" if number % 3 == 0 else "active", revision=1,
            starts_at=now + number % 3 * -timedelta(hours=9), ends_at=now + timedelta(hours=50),
            cause="storm", crew="handed_over", updated_at=now, is_late=False, next_word_at=None,
            where=(Where(town, streets, 60), Where("Rīga", streets, 27)), premises=87,
            spots=(), history=(),
        )  # fmt: skip
    return found


@pytest.mark.parametrize("outages", [0, 12, 30, 3000])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_is_under_30_kb_however_many_are_dark(
    service: Service, outages: int, language: str
) -> None:
    pages = Visitor(service).front._pages
    now = datetime.now(UTC)
    site = _site(storm(outages, 500), now.astimezone(RIGA).date(), 1, now)
    answer = pages.front(site, language)
    icon = 200
    assert len(answer.body) + icon < 30_000
    assert len(answer.packed) + icon < 8_000


def test_lists_come_in_pages(service: Service, visitor: Visitor) -> None:
    visitor.front.refresh()
    now = datetime.now(UTC)
    site = _site(storm(300, 5), now.astimezone(RIGA).date(), 9, now)
    answer = visitor.front._pages.listed(site, "en", ("now", "", 2), None)
    page = answer.body.decode()
    assert "Page 2 of 5" in page
    assert 'rel="prev"' in page
    assert 'rel="next"' in page
    assert page.count('class="one"') == 40


@pytest.mark.sqlite
def test_the_map_of_a_town_or_an_old_outage_does_not_grow_the_reading(service: Service) -> None:
    """Each statement goes by an index."""
    from storage import public
    from storage.lists import spell

    past = spell(public._LISTED, lasting="a", over="b", most=9)
    for sql, values in (past, spell(public._PARTS, ids=["a"]), (public._STREET, list("abcd"))):
        plan = service.database.all(f"EXPLAIN QUERY PLAN {sql}", values)
        details = [str(row["detail"]) for row in plan]
        assert [each for each in details if each.startswith("SCAN") and "a_few" not in each] == []
