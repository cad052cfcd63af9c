"""The page to unsubscribe from e-mails, and the webhook for bounces."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import create_app
from bot.delivery.unsubscribe import Links
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings, read_settings
from locales.catalogue import say
from storage import Database, contacts
from storage.database import stamp
from tests.bot.outbox_world import NOW, outbox, queue, row, status

ANNA = "anna@example.lv"
SETTINGS = Settings(
    public_url="https://gaisma.example", secret_keys=("new", "old"), bounce_token="hook",
    mail_from="Sadales tīkls <zinas@gaisma.example>",
)  # fmt: skip


@pytest.fixture
def client(database: Database) -> FlaskClient:
    return create_app(Service(SETTINGS, read_policy(), database)).test_client()


def email(database: Database, language: str = "lv", to: str = ANNA) -> str:
    """The id of an e-mail that waits to be sent."""
    return queue(database, channel="email", peer=to, language=language, kind="planned_notice")


def link(message_id: str, settings: Settings = SETTINGS) -> str:
    return Links(settings).url(message_id).removeprefix(settings.public_url)


def contact(database: Database, address: str = ANNA) -> None:
    database.run(
        "INSERT INTO customers VALUES ('1', 'A', 'household', 'lv', 'a', 'LV-1000', ?)",
        (stamp(NOW),),
    )
    database.run(
        "INSERT INTO contacts VALUES ('k', '1', 'email', ?, 'lv', 'file', ?, NULL)",
        (address, stamp(NOW)),
    )


def stopped(database: Database, address: str = ANNA) -> bool:
    return contacts.is_opted_out(database, "email", address)


def consents(database: Database) -> list[tuple[str, str, str]]:
    rows = database.all("SELECT kind, action, text FROM consents ORDER BY id")
    return [(each["kind"], each["action"], each["text"]) for each in rows]


# --- looking changes nothing ----------------------------------------------------------------


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_the_page_asks_in_the_readers_language_and_changes_nothing(
    client: FlaskClient, database: Database, language: str
) -> None:
    answer = client.get(link(email(database, language)))
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert say(language, "mail.page.ask", address="a•••@example.lv") in answer.text
    assert say(language, "mail.page.letters") in answer.text
    assert say(language, "mail.page.stop") in answer.text
    assert ANNA not in answer.text
    assert not stopped(database)
    assert consents(database) == []


def test_the_page_loads_nothing_from_elsewhere_and_is_not_kept(
    client: FlaskClient, database: Database
) -> None:
    answer = client.get(link(email(database)))
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    parts = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert parts == ["/static/page.css", "/static/mail.css"]
    assert {client.get(part, buffered=True).status_code for part in parts} == {200}
    assert "Set-Cookie" not in answer.headers


# --- acting ---------------------------------------------------------------------------------


def test_the_button_stops_e_mails_and_keeps_the_consent(
    client: FlaskClient, database: Database
) -> None:
    message_id = email(database)
    answer = client.post(link(message_id), data={"act": "stop"})
    assert answer.status_code == 200
    assert say("lv", "mail.page.stopped", address="a•••@example.lv") in answer.text
    assert stopped(database)
    assert consents(database) == [("email", "opted_out", "(button on the unsubscribe page)")]
    (kept,) = database.all("SELECT message_id, value FROM consents")
    assert (kept["message_id"], kept["value"]) == (message_id, ANNA)


def test_one_click_of_a_mail_program_needs_no_cookie(
    client: FlaskClient, database: Database
) -> None:
    data = {"List-Unsubscribe": "One-Click"}
    answer = client.post(link(email(database)), data=data, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert stopped(database)
    assert consents(database) == [("email", "opted_out", "(one click in a mail program)")]


def test_acting_twice_is_acting_once(client: FlaskClient, database: Database) -> None:
    address = link(email(database))
    pages = [client.post(address).text for _ in range(2)]
    assert pages[0] == pages[1]
    assert len(consents(database)) == 1


def test_who_changes_their_mind_gets_e_mails_again(client: FlaskClient, database: Database) -> None:
    address = link(email(database))
    client.post(address)
    assert say("lv", "mail.page.resume") in client.get(address).text
    answer = client.post(address, data={"act": "resume"})
    assert say("lv", "mail.page.resumed", address="a•••@example.lv") in answer.text
    assert not stopped(database)
    assert [action for _, action, _ in consents(database)] == ["opted_out", "opted_in"]


def test_what_waits_for_the_address_is_withdrawn_and_texts_are_not(
    client: FlaskClient, database: Database
) -> None:
    waiting, text = email(database), queue(database)
    client.post(link(email(database)))
    ways = {"sms": "twilio", "email": "smtp"}
    taken = replace(outbox(database), providers=ways).claim(NOW, 10)
    assert [message.id for message in taken] == [text]
    assert status(database, waiting) == "withdrawn"


def test_an_address_that_opted_out_is_no_way_to_reach_its_customer(
    client: FlaskClient, database: Database
) -> None:
    contact(database)
    assert contacts.has_email(database, ["1"])
    client.post(link(email(database)))
    assert not contacts.has_email(database, ["1"])


# --- links that do not work -----------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["x", "0190.AAAA", "ā", "a" * 5000, "%00", "..", "'"])
def test_a_wrong_link_is_a_clear_page(
    client: FlaskClient, database: Database, method: str, token: str
) -> None:
    email(database)
    answer = client.open(
        f"/unsubscribe/{token}", method=method, headers={"Accept-Language": "ru"}
    )  # fmt: skip
    if token != "..":  # which is an address of its own
        assert say("ru", "mail.page.lost_title") in answer.text
        assert '<html lang="ru">' in answer.text
    assert answer.status_code == 404
    assert consents(database) == []


def test_a_link_to_a_text_message_or_to_nothing_does_nothing(
    client: FlaskClient, database: Database
) -> None:
    for message_id in (queue(database), "0190-gone"):
        assert client.post(link(message_id)).status_code == 404
    assert consents(database) == []


def test_all_keys_of_the_settings_verify_and_others_do_not(
    client: FlaskClient, database: Database
) -> None:
    message_id = email(database)
    old = replace(SETTINGS, secret_keys=("old",))
    foreign = replace(SETTINGS, secret_keys=("foreign",))
    assert client.get(link(message_id, old)).status_code == 200
    assert client.get(link(message_id, foreign)).status_code == 404
    assert link(message_id) == link(message_id, replace(SETTINGS, secret_keys=("new",)))


# --- bounces --------------------------------------------------------------------------------


def bounce(client: FlaskClient, body: Any, token: str = "hook") -> Any:
    return client.post("/mail/bounces", json=body, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("name", ["message_id", "Message-ID"])
def test_a_bounce_marks_the_message_and_the_address(
    client: FlaskClient, database: Database, name: str
) -> None:
    contact(database)
    message_id = email(database)
    told = message_id if name == "message_id" else f"<{message_id}@gaisma.example>"
    answer = bounce(client, {name: told, "status": "5.1.1"})
    assert answer.get_json()["failed"] == 1
    assert status(database, message_id) == "failed"
    assert row(database, message_id)["error_code"] == "5.1.1"
    assert database.one("SELECT 1 FROM contacts WHERE dead_at IS NOT NULL")


def test_bounces_come_in_lists_and_are_counted(client: FlaskClient, database: Database) -> None:
    ids = [email(database, to=f"a{n}@example.lv") for n in range(3)]
    answer = bounce(client, [
        {"message_id": ids[0], "status": "5.2.2 mailbox full"},
        {"message_id": ids[0], "status": "5.2.2"},
        {"message_id": ids[1], "status": "4.2.0"},
        {"message_id": ids[2], "status": "4.4.7", "action": "failed"},
        {"message_id": "00000000-gone", "status": "5.1.1"},
        {"message_id": "<x@elsewhere.example>", "status": "5.1.1"},
    ])  # fmt: skip
    assert answer.get_json() == {
        "failed": 2, "repeated": 1, "ignored": 1, "unknown": 2, "stopped": 0,
    }  # fmt: skip
    assert [status(database, each) for each in ids] == ["failed", "queued", "failed"]


@pytest.mark.parametrize("token", ["", "other", "hook2"])
def test_bounces_are_taken_only_with_the_token(
    client: FlaskClient, database: Database, token: str
) -> None:
    message_id = email(database)
    assert bounce(client, {"message_id": message_id, "status": "5.1.1"}, token).status_code == 401
    assert client.post("/mail/bounces", json={}).status_code == 401
    assert status(database, message_id) == "queued"


def test_without_a_token_in_the_settings_no_bounce_is_taken(service: Service) -> None:
    answer = create_app(service).test_client().post("/mail/bounces", json={})
    assert answer.status_code == 404
    assert "GAISMA_BOUNCE_TOKEN" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        None, 1, "x", [], [1], {}, {"message_id": "x"}, {"message_id": 1, "status": "5.1.1"},
        {"message_id": "x", "status": "hard"}, [{"message_id": "x", "status": "5.1.1"}] * 501,
    ],
)  # fmt: skip
def test_a_bounce_that_cannot_be_read_is_refused_whole(client: FlaskClient, body: Any) -> None:
    answer = bounce(client, body)
    assert answer.status_code == 400
    assert len(answer.text) > 20


# --- settings -------------------------------------------------------------------------------


def test_settings_for_e_mail_say_what_they_lack() -> None:
    with pytest.raises(Exception, match="GAISMA_MAIL_FROM is not set") as lacking:
        read_settings({"GAISMA_SMTP_URL": "smtp://127.0.0.1"})
    assert "GAISMA_SECRET_KEY is not set" in str(lacking.value)
    assert "GAISMA_PUBLIC_URL is not set" in str(lacking.value)
    read_settings({
        "GAISMA_SMTP_URL": "smtp://127.0.0.1", "GAISMA_MAIL_FROM": "a <a@example.lv>",
        "GAISMA_SECRET_KEY": "x", "GAISMA_PUBLIC_URL": "https://gaisma.example",
        "GAISMA_BOUNCE_MAILBOX": "imaps://u:p@h.example", "GAISMA_BOUNCE_ADDRESS": "b+{id}@x.lv",
    })  # fmt: skip
