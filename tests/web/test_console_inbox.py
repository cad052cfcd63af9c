# ruff: noqa: F811 - fixtures are found by their names
"""The inbox and one conversation: who waits first, who answers, and nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.desk import handoff
from bot.service import Service
from bot.turn import Inbound, Turns
from storage import contacts, conversations, customers, messages, reports
from tests.web.console import NOW, enter
from tests.web.talks import (  # noqa: F401 - fixtures
    STRANGER,
    act,
    anna,
    clock,
    service,
    shown,
    talk,
    text,
    turns,
)
from tests.worlds import PHONE, add_outage, eic


def phones(page: str) -> list[str]:
    return re.findall(r'data-row="[^"]+".*?<bdi class="name">([^<]+)', page, re.DOTALL)


# --- the list ---------------------------------------------------------------------------------


def test_dangers_stand_before_life_support_before_who_waits_longest(
    service: Service, turns: Turns, anna: FlaskClient
) -> None:
    text(service, turns, PHONE, "gribu runāt ar cilvēku", 90)
    text(service, turns, STRANGER, "operator please", 30)
    text(service, turns, "+37120000556", "mājās bērns uz skābekļa aparāta, nav strāvas", 10)
    text(service, turns, "+37120000557", "vads guļ uz zemes un dzirksteļo", 5)
    page = shown(anna, "/console/inbox")
    assert phones(page) == ["+37120000557", "+37120000556", "Jānis Bērziņš", STRANGER]
    assert "1 h 30 min" in page
    assert "2 wait longer than 15 min" in page
    assert "2 urgent" in page


def test_the_lists_hold_who_waits_mine_all_and_what_is_done(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    other = text(service, turns, STRANGER, "operator please", 5)
    handoff.say(service, talk, agent="anna", text="Labdien!", now=NOW)
    handoff.say(service, other, agent="juris", text="Hello!", now=NOW)
    handoff.close(service, other, agent="juris", now=NOW)
    found = {
        which: phones(shown(anna, f"/console/inbox?which={which}"))
        for which in ("waiting", "mine", "all", "closed")
    }
    assert found == {
        "waiting": [],
        "mine": ["Jānis Bērziņš"],
        "all": [STRANGER, "Jānis Bērziņš"],
        "closed": [STRANGER],
    }


def test_a_closed_conversation_is_open_again_when_the_customer_writes(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    act(anna, talk, "close")
    assert phones(shown(anna, "/console/inbox?which=closed")) == ["Jānis Bērziņš"]
    turns.take(Inbound("sandbox", "again", PHONE, "operatoru"), NOW + timedelta(minutes=1))
    assert phones(shown(anna, "/console/inbox?which=closed")) == []
    assert phones(shown(anna, "/console/inbox")) == ["Jānis Bērziņš"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("town=Rīga", 1), ("town=Ogre", 0), ("language=en", 1), ("topic=agent", 2),
        ("topic=danger", 0), ("transformer=tp-100", 1), ("q=berzin", 1), ("q=brivibas+105", 1),
        ("q=cilvek", 1), ("q=20000555", 1), ("q=xyzzy", 0), ("q=%22%27%28", 2),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_and_searched_without_marks_and_endings(
    service: Service, turns: Turns, talk: str, anna: FlaskClient, query: str, found: int
) -> None:
    text(service, turns, STRANGER, "I want to speak to a person please", 5)
    assert len(phones(shown(anna, f"/console/inbox?{query}"))) == (0 if "%22" in query else found)


def test_all_conversations_and_closed_ones_are_narrowed_and_paged_to_the_first_one(
    service: Service, turns: Turns, talk: str, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.inbox.MOST", 2)
    for number in range(5):
        key = text(service, turns, f"+3712000060{number}", "operator please", 9 - number)
        handoff.close(service, key, agent="anna", now=NOW + timedelta(seconds=number))
    for which, wanted in (("all", 6), ("closed", 5)):
        found, path = [], f"/console/inbox?which={which}"
        for _ in range(4):
            page = shown(anna, path)
            found += phones(page)
            older = re.search(r'href="([^"]*before=[^"]*)"', page)
            if older is None:
                break
            path = older[1].replace("&amp;", "&")
        assert len(found) == len(set(found)) == wanted
        assert found[-1] == ("Jānis Bērziņš" if which == "all" else "+37120000600")
    # What is looked for may be behind what one page looks through.
    monkeypatch.setattr("bot.desk.inbox._THROUGH", 3)
    narrowed = shown(anna, "/console/inbox?which=all&town=R%C4%ABga")
    assert phones(narrowed) == [] and "data-live" not in narrowed
    older = re.search(r'href="([^"]*before=[^"]*)"', narrowed)
    assert older
    assert phones(shown(anna, older[1].replace("&amp;", "&"))) == ["Jānis Bērziņš"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("town=R%C4%ABga", 1), ("town=Ogre", 0), ("language=en", 1), ("language=lv", 1),
        ("topic=agent", 2), ("topic=danger", 0), ("topic=-", 0), ("transformer=tp-100", 1),
        ("transformer=tp-1&town=R%C4%ABga&language=lv", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("which", ["all", "closed"])
def test_lists_of_what_was_are_narrowed_in_the_database(
    service: Service, turns: Turns, talk: str, anna: FlaskClient, which: str, query: str, found: int
) -> None:
    other = text(service, turns, STRANGER, "I want to speak to a person please", 5)
    if which == "closed":
        handoff.close(service, talk, agent="anna", now=NOW)
        handoff.close(service, other, agent="anna", now=NOW)
    if "topic=agent" in query and which == "closed":
        found = 0  # what is done has no topic any more
    if "topic=-" in query and which == "closed":
        found = 2
    assert len(phones(shown(anna, f"/console/inbox?which={which}&{query}"))) == found


def test_what_an_agent_wrote_is_found_too(service: Service, talk: str, anna: FlaskClient) -> None:
    assert phones(shown(anna, "/console/inbox?q=transformatora")) == []
    handoff.say(service, talk, agent="anna", text="Mainām transformatoru.", now=NOW)
    page = shown(anna, "/console/inbox?q=transformator")
    assert phones(page) == ["Jānis Bērziņš"]
    assert "<mark>transformatoru</mark>" in page


def test_the_list_says_nothing_while_nothing_is_new(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    page = shown(anna, "/console/inbox")
    version = re.search(r'id="inbox-list"[^>]*data-version="(\w+)"', page)
    assert version
    path = f"/console/inbox/list?which=waiting&after={version[1]}"
    assert anna.get(path).status_code == 204
    text(service, turns, STRANGER, "operator please")
    shown(anna, "/console/inbox")
    assert anna.get(path).status_code == 200


def test_a_console_is_sent_only_the_rows_that_changed(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    for number in range(3):
        text(service, turns, f"+3712000060{number}", "operator please", 9 - number)
    version = _version_of(shown(anna, "/console/inbox"))
    other = text(service, turns, STRANGER, "operator please", 1)
    path = "/console/inbox/list?which=waiting&after="
    answer = anna.get(path + version)
    assert answer.mimetype == "application/json"
    told = answer.get_json()
    assert list(told["rows"]) == [other]
    assert told["order"][-1] == other and len(told["order"]) == 5
    assert list(told["parts"]) == ["head"]
    version = answer.headers["X-Gaisma-Version"]
    assert anna.get(path + version).status_code == 204
    # One is taken by a colleague: its row, as it is now, and nothing else.
    handoff.assign(service, talk, "juris", by="juris", now=NOW)
    told = anna.get(path + version).get_json()
    assert list(told["rows"]) == [talk] and "Juris" in told["rows"][talk]
    assert "order" not in told


def test_what_made_this_list_is_not_known_after_a_restart_and_the_whole_list_comes(
    talk: str, anna: FlaskClient
) -> None:
    answer = anna.get("/console/inbox/list?which=waiting&after=0123456789abcdef")
    assert answer.mimetype == "text/html"
    assert phones(answer.get_data(as_text=True)) == ["Jānis Bērziņš"]


def test_a_conversation_that_was_read_and_one_of_ones_own_are_sent_as_they_are_now(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    version = _version_of(shown(anna, "/console/inbox"))
    shown(anna, f"/console/inbox/{talk}")
    told = anna.get(f"/console/inbox/list?after={version}").get_json()
    assert list(told["rows"]) == [talk] and "Unread" not in told["rows"][talk]
    handoff.assign(service, talk, "anna", by="anna", now=NOW)
    told = anna.get(f"/console/inbox/list?after={version}").get_json()
    assert 'class="row-3 mine"' in told["rows"][talk]


def test_what_all_share_is_looked_up_once_and_anew_after_an_act(
    service: Service, turns: Turns, talk: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.inbox._FRESH_SECONDS", 600.0)
    anna, juris = enter(app, "anna"), enter(app, "juris")
    assert len(phones(shown(anna, "/console/inbox"))) == 1
    text(service, turns, STRANGER, "operator please", 1)
    assert len(phones(shown(juris, "/console/inbox"))) == 1
    act(anna, talk, "note", note="Zvanīja.")
    assert len(phones(shown(juris, "/console/inbox"))) == 2


def _version_of(page: str) -> str:
    found = re.search(r'id="inbox-list"[^>]*data-version="(\w+)"', page)
    assert found
    return found[1]


def test_what_was_read_is_not_marked_until_the_customer_writes_again(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    assert "Unread" in shown(anna, "/console/inbox")
    shown(anna, f"/console/inbox/{talk}")
    assert "Unread" not in shown(anna, "/console/inbox")
    text(service, turns, PHONE, "hallo?")
    assert "Unread" in shown(anna, "/console/inbox")


def test_a_text_that_looks_like_markup_is_text(
    service: Service, turns: Turns, anna: FlaskClient
) -> None:
    talk = text(service, turns, STRANGER, "operator please", 5)
    text(service, turns, STRANGER, "<script>alert(1)</script>")
    for path in ("/console/inbox", f"/console/inbox/{talk}", "/console/inbox?q=alert"):
        page = shown(anna, path)
        assert "<script>alert" not in page
        assert "alert" in page


# --- one conversation -------------------------------------------------------------------------


def test_the_timeline_tells_who_said_what_and_why_the_bot_answered_so(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    handoff.note(service, talk, agent="juris", text="Zvanīja arī.", now=NOW)
    page = shown(anna, f"/console/inbox/{talk}")
    for part in ("gribu runāt ar cilvēku", "wants a person 100 %", "Nearest examples",
                 "passed to a person", "Zvanīja arī.", "Juris, note", "Brīvības iela 105-12",
                 "TP-100", "waits 20 min"):  # fmt: skip
        assert part in page, part


def test_the_first_answer_takes_the_conversation(
    service: Service, talk: str, anna: FlaskClient
) -> None:
    answer = act(anna, talk, "say", text="Labdien!\r\nTe Anna.", seen="")
    assert answer.status_code == 303
    row = conversations.get(service.database, talk)
    assert (row["owner"], row["agent"], row["waiting_since"]) == ("agent", "anna", None)
    sent = service.database.one("SELECT body FROM messages WHERE kind = 'agent'")
    assert sent is not None
    assert sent["body"] == "Labdien!\nTe Anna."
    (waited,) = conversations.waits_since(service.database, NOW)
    assert waited["agent"] == "anna"


def test_the_second_of_two_agents_is_told_before_anything_is_sent(
    app: Flask, service: Service, talk: str, anna: FlaskClient
) -> None:
    juris = enter(app, "juris")
    handoff.say(service, talk, agent="juris", text="Brigāde ir ceļā.", now=NOW)
    answer = act(anna, talk, "say", text="Tūlīt skatos.", seen="")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Juris answered before you: “Brigāde ir ceļā.”" in page
    assert ">Tūlīt skatos.</textarea>" in page
    assert 'name="take" value="1"' in page
    seen = re.search(r'name="seen" id="seen" value="([^"]+)"', page)
    assert seen
    refused = act(anna, talk, "say", text="Tūlīt skatos.", seen=seen[1])
    assert refused.status_code == 409, "it is still his"
    assert act(anna, talk, "say", text="Tūlīt skatos.", seen=seen[1], take="1").status_code == 303
    assert conversations.get(service.database, talk)["agent"] == "anna"
    assert shown(juris, f"/console/inbox/{talk}").count("Tūlīt skatos.") == 1


@pytest.mark.parametrize(("words", "why"), [("  ", "Write an answer"), ("līdz ___", "a blank")])
def test_what_cannot_be_sent_stays_in_the_box(
    talk: str, anna: FlaskClient, words: str, why: str
) -> None:
    answer = act(anna, talk, "say", text=words, seen="")
    assert answer.status_code == 409
    assert why in answer.get_data(as_text=True)
    assert f">{words}</textarea>" in answer.get_data(as_text=True)


def test_who_opted_out_is_not_written_to(service: Service, talk: str, anna: FlaskClient) -> None:
    assert act(anna, talk, "opt_out").status_code == 303
    assert messages.is_opted_out(service.database, PHONE)
    answer = act(anna, talk, "say", text="Labdien!", seen="")
    assert answer.status_code == 409
    assert service.database.all("SELECT id FROM messages WHERE kind = 'agent'") == []


def test_a_conversation_is_assigned_to_agents_only(
    service: Service, talk: str, anna: FlaskClient
) -> None:
    assert act(anna, talk, "assign", to="juris").status_code == 303
    assert conversations.get(service.database, talk)["agent"] == "juris"
    assert conversations.get(service.database, talk)["waiting_since"], "they wait on"
    assert act(anna, talk, "assign", to="ilze").status_code == 409
    act(anna, talk, "assign")
    assert conversations.get(service.database, talk)["agent"] == "anna"
    assert "Anna took the conversation over" in shown(anna, f"/console/inbox/{talk}")


def test_handing_back_says_what_a_text_meant(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    handoff.say(service, talk, agent="anna", text="Labdien!", now=NOW)
    text(service, turns, PHONE, "vai jūsu lampiņas guļ ar zābakiem")
    last = conversations.last_text(service.database, PHONE)
    act(anna, talk, "give_back", meant="complaint", of=last)
    assert conversations.get(service.database, talk)["owner"] == "bot"
    found = service.database.one("SELECT intent FROM candidates WHERE message_id = ?", (last,))
    assert found is not None
    assert found["intent"] == "complaint"


def test_life_support_language_and_reports_are_set_from_the_side(
    service: Service, talk: str, anna: FlaskClient
) -> None:
    add_outage(service.database, [1, 4], NOW - timedelta(hours=1), NOW + timedelta(hours=2))
    act(anna, talk, "life_support", eic=eic(1), on="1")
    act(anna, talk, "language", language="ru")
    act(anna, talk, "report", eic=eic(1), scope="whole")
    home = customers.premises(service.database, eic(1))
    assert home is not None
    assert home["life_support"] == 1
    assert contacts.with_phone(service.database, PHONE)[0]["language"] == "ru"
    (report,) = reports.open_reports(service.database, PHONE)
    assert report["outage_kind"] == "unplanned", "what explains it is linked"
    assert act(anna, talk, "life_support", eic=eic(2), on="1").status_code == 409
    assert act(anna, talk, "report", address=" ", scope="whole").status_code == 409


def test_a_report_is_linked_to_an_outage_of_its_town(
    service: Service, turns: Turns, anna: FlaskClient
) -> None:
    talk = text(service, turns, STRANGER, "operator please")
    act(anna, talk, "report", address="Brīvības iela 200", town="Rīga", scope="part")
    add_outage(service.database, [1, 4], NOW - timedelta(hours=1), None)
    page = shown(anna, f"/console/inbox/{talk}")
    outage = re.search(r'<option value="([^"]+)">Brīvības iela 105', page)
    (report,) = reports.open_reports(service.database, STRANGER)
    assert outage
    assert act(anna, talk, "link", report=report["id"], outage=outage[1]).status_code == 303
    (report,) = reports.open_reports(service.database, STRANGER)
    assert report["outage_id"] == outage[1]
    assert act(anna, talk, "link", report=report["id"], outage=outage[1]).status_code == 409


def test_dispatchers_read_and_agents_write(app: Flask, talk: str) -> None:
    dainis = enter(app, "dainis")
    page = shown(dainis, f"/console/inbox/{talk}")
    assert 'id="answer"' not in page
    assert act(dainis, talk, "close").status_code == 403
    assert enter(app, "ilze").get("/console/inbox").status_code == 403


def test_a_conversation_that_is_not_there_is_not_found(anna: FlaskClient) -> None:
    assert anna.get("/console/inbox/nobody").status_code == 404
    assert anna.get("/console/inbox/nobody/thread").status_code == 404


def test_the_timeline_says_nothing_while_nothing_is_new(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    page = shown(anna, f"/console/inbox/{talk}")
    for piece in ("thread", "card"):
        version = re.search(rf'id="{piece}"[^>]*data-version="(\w+)"', page)
        assert version
        path = f"/console/inbox/{talk}/{piece}?after={version[1]}"
        assert anna.get(path).status_code == 204
    text(service, turns, PHONE, "hallo?")
    path = f"/console/inbox/{talk}/thread?after={version[1]}"
    assert "hallo?" in anna.get(path).get_data(as_text=True)
