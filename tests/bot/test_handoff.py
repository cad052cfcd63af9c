"""Agents and the bot: one owner at a time, and who may be written to."""

from __future__ import annotations

import pytest

from bot import handoff
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
