"""Agents and the bot: one owner at a time, and who may be written to."""

from __future__ import annotations

import pytest

from bot.desk import handoff
from bot.service import Service
from bot.turn import Inbound, Turns
from storage import contacts, conversations
from tests.worlds import NOW, PHONE, build_world


@pytest.fixture
def conversation_id(service: Service) -> str:
    build_world(service.database, "one_premises", NOW)
    Turns(service).take(Inbound("sandbox", "T0", PHONE, "operatoru lūdzu"), NOW)
    return str(conversations.find_conversations(service.database, PHONE)[0]["id"])


def test_the_first_answer_makes_the_conversation_the_agents(
    service: Service, conversation_id: str
) -> None:
    assert handoff.say(service, conversation_id, agent="inga", text="Labdien!", now=NOW) == 1
    row = conversations.get(service.database, conversation_id)
    assert (row["owner"], row["agent"], row["waiting_since"]) == ("agent", "inga", None)


def test_a_second_agent_is_told_before_anything_is_sent(
    service: Service, conversation_id: str
) -> None:
    handoff.say(service, conversation_id, agent="inga", text="Labdien!", now=NOW)
    with pytest.raises(handoff.CannotSay, match="inga"):
        handoff.say(service, conversation_id, agent="juris", text="Sveiki!", now=NOW)
    sent = service.database.all("SELECT made_by FROM messages WHERE kind = 'agent'")
    assert [row["made_by"] for row in sent] == ["inga"]


def test_under_an_agent_the_bot_stores_the_text_and_marks_it_waiting(
    service: Service, conversation_id: str
) -> None:
    handoff.say(service, conversation_id, agent="inga", text="Labdien!", now=NOW)
    answer = Turns(service).take(Inbound("sandbox", "T1", PHONE, "nav gaismas"), NOW)
    assert answer.text == ""
    row = conversations.get(service.database, conversation_id)
    assert row["waiting_since"] is not None
    assert conversations.timeline(service.database, PHONE, 1)[0]["body"] == "nav gaismas"


@pytest.mark.parametrize("text", ["STOP", "vads guļ uz zemes un dzirksteļo"])
def test_stop_and_danger_work_under_an_agent_too(
    service: Service, conversation_id: str, text: str
) -> None:
    handoff.say(service, conversation_id, agent="inga", text="Labdien!", now=NOW)
    assert Turns(service).take(Inbound("sandbox", "T1", PHONE, text), NOW).text
    assert conversations.get(service.database, conversation_id)["owner"] == "agent"


def take(service: Service, number: int, text: str, answered: str = "") -> str:
    inbound = Inbound("sandbox", f"Q{number}", PHONE, text, answered)
    return Turns(service).take(inbound, NOW).text


@pytest.mark.parametrize("text", ["atcelt", "STOP"])
def test_who_cancels_or_stops_is_no_longer_waiting(
    service: Service, conversation_id: str, text: str
) -> None:
    assert "negaidāt" in take(service, 1, text)
    assert conversations.list_conversations(service.database, "waiting", 9) == []


def test_a_stop_that_the_provider_answered_takes_out_of_the_queue_too(
    service: Service, conversation_id: str
) -> None:
    assert take(service, 1, "STOP", "STOP") == ""
    assert conversations.list_conversations(service.database, "waiting", 9) == []


@pytest.mark.parametrize("text", ["atcelt", "STOP"])
def test_a_danger_stays_with_the_agents(service: Service, conversation_id: str, text: str) -> None:
    for number, said in enumerate(("dzirksteļo vads", "jā", text)):
        take(service, number, said)
    waiting = conversations.list_conversations(service.database, "waiting", 9)
    assert [row["id"] for row in waiting] == [conversation_id]


def test_nobody_writes_to_a_customer_who_opted_out(service: Service, conversation_id: str) -> None:
    service.database.transaction(
        lambda tx: contacts.opt_out(tx, PHONE, text="STOP", message_id="", now=NOW)
    )
    with pytest.raises(handoff.CannotSay, match="opted out"):
        handoff.say(service, conversation_id, agent="inga", text="Labdien!", now=NOW)


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x01", "x" * 1601])
def test_an_empty_or_endless_text_is_refused(
    service: Service, conversation_id: str, text: str
) -> None:
    with pytest.raises(handoff.CannotSay):
        handoff.say(service, conversation_id, agent="inga", text=text, now=NOW)


def test_handing_back_lets_the_bot_answer_again(service: Service, conversation_id: str) -> None:
    handoff.say(service, conversation_id, agent="inga", text="Labdien!", now=NOW)
    assert handoff.give_back(service, conversation_id, agent="inga", now=NOW)
    assert not handoff.give_back(service, conversation_id, agent="inga", now=NOW)
    assert Turns(service).take(Inbound("sandbox", "T1", PHONE, "paldies"), NOW).text
