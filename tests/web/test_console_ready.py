# ruff: noqa: F811 - fixtures are found by their names
"""Ready answers, what the bot suggests, and conversations that are left alone."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

from flask.testing import FlaskClient

from bot.desk import handoff, ready
from bot.service import Service
from bot.turn import Turns
from locales.catalogue import SHIPPED
from storage import conversations
from tests.web.console import NOW, post
from tests.web.talks import (  # noqa: F401 - fixtures
    act,
    anna,
    clock,
    service,
    shown,
    talk,
    text,
    turns,
)
from tests.worlds import OTHER_PHONE, PHONE, add_outage, add_phone


def offers(client: FlaskClient, talk: str) -> list[str]:
    """The ready answers that the page of a conversation offers."""
    found = re.search(r'data-ready="([^"]*)"', shown(client, f"/console/inbox/{talk}"))
    assert found
    return [each["text"] for each in json.loads(html.unescape(found[1]))]


def test_every_shipped_ready_answer_is_offered() -> None:
    assert {ready.PREFIX + name for name in ready.SHIPPED_NAMES} == set(SHIPPED.keys(ready.PREFIX))
    assert set(ready.BY_INTENT.values()) <= set(ready.SHIPPED_NAMES)


def test_ready_answers_are_filled_in_the_language_of_the_conversation(
    service: Service, talk: str, anna: FlaskClient
) -> None:
    add_outage(service.database, [1], NOW - timedelta(hours=1), NOW + timedelta(hours=2))
    offered = " ".join(offers(anna, talk))
    assert "Brīvības iela 105-12, Rīga: bojājums ir zināms, strādājam. Elektrību gaidām:" in offered
    assert "Te Anna. Kā varu palīdzēt?" in offered
    assert "plānots atslēgums ___" in offered, "nothing is known of works"


def test_the_bot_suggests_what_it_knows_and_sends_nothing(
    service: Service, turns: Turns, talk: str, anna: FlaskClient
) -> None:
    handoff.say(service, talk, agent="anna", text="Labdien!", now=NOW)
    add_outage(service.database, [1], NOW - timedelta(hours=1), NOW + timedelta(hours=2))
    text(service, turns, PHONE, "kad būs elektrība?")
    page = shown(anna, f"/console/inbox/{talk}")
    assert "The bot would say:" in page
    assert re.search(r'data-put="[^"]*Brīvības 105-12', page)
    bot = service.database.all("SELECT id FROM messages WHERE kind = 'answer'")
    assert len(bot) == 1, "only the answer to the first text"


def test_who_was_greeted_is_not_offered_a_greeting_again(
    service: Service, talk: str, anna: FlaskClient
) -> None:
    greeting = 'data-put="Labdien! Te '
    assert greeting in shown(anna, f"/console/inbox/{talk}")
    handoff.say(service, talk, agent="anna", text="Labdien!", now=NOW)
    assert greeting not in shown(anna, f"/console/inbox/{talk}")


def test_own_ready_answers_are_added_changed_and_deleted(
    talk: str, anna: FlaskClient, service: Service
) -> None:
    words = {"lv": "Zvaniet {service}!", "ru": "Звоните {service}!", "en": "Call {service}!"}
    fields = {"name": "zvans", "topic": "talk", **words}
    assert post(anna, "/console/ready", **fields).status_code == 303
    assert "Zvaniet 8403!" in offers(anna, talk)
    assert post(anna, "/console/ready", **{**fields, "lv": "Zvaniet {kur}"}).status_code == 409
    assert post(anna, "/console/ready", **{**fields, "ru": "СТОП"}).status_code == 409
    assert post(anna, "/console/ready", **{**fields, "name": "Ā b"}).status_code == 409
    post(anna, "/console/ready/drop", "/console/ready", name="zvans")
    assert "Zvaniet 8403!" not in offers(anna, talk)


def test_a_conversation_left_alone_goes_back_to_the_bot_with_a_goodbye(
    service: Service, turns: Turns, talk: str
) -> None:
    add_phone(service.database, "1000004", OTHER_PHONE, "ru", NOW)
    other = text(service, turns, OTHER_PHONE, "соедините с человеком")
    handoff.say(service, talk, agent="anna", text="Labdien!", now=NOW)
    handoff.say(service, other, agent="anna", text="Здравствуйте!", now=NOW)
    text(service, turns, PHONE, "hallo?")
    assert handoff.end_silent(service, NOW + timedelta(hours=23)) == 0
    assert handoff.end_silent(service, NOW + timedelta(hours=25)) == 1, "the other one waits"
    assert conversations.get(service.database, talk)["owner"] == "agent"
    assert conversations.get(service.database, other)["owner"] == "bot"
    last = conversations.timeline(service.database, OTHER_PHONE, 1)[0]
    assert last["body"].startswith("Завершаем этот разговор.")


def test_nobody_is_woken_by_a_goodbye(service: Service, talk: str) -> None:
    handoff.say(service, talk, agent="anna", text="Labdien!", now=NOW)
    night = NOW + timedelta(hours=36)
    assert handoff.end_silent(service, night) == 0
    assert handoff.end_silent(service, night + timedelta(hours=12)) == 1
