"""Automatic calls: rung up, answered, read aloud; busy lines tried again, never for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from bot.app import create_app
from bot.channels import open_channels
from bot.delivery import calling
from bot.delivery.receipts import Receipt, Rules, record
from bot.service import Service
from bot.settings import Settings, SettingsError, read_settings
from bot.words.bodies import write_bodies
from bot.worker import Worker
from storage import Database, calls, messages
from storage.calls import Outcome
from tests.bot import grid
from tests.bot.delivery.test_worker import now, until
from tests.bot.outbox_world import QUICK, outbox, row
from tests.doubles import twilio as double
from tests.doubles.twilio_calls import CallsDouble

RULES = replace(QUICK, quiet_hours_start=QUICK.quiet_hours_end)
SETTINGS = Settings(
    sms_provider="twilio", send_rate=1000, public_url="http://gaisma.example", voice="on",
    voice_number="+37167000000", twilio_account_sid=double.ACCOUNT,
    twilio_auth_tokens=(double.TOKEN,),
)  # fmt: skip


def list_calls(database: Database, *numbers: int, reason: str = "not_reached") -> None:
    """Works in ten days; whom of them a person would have to ring up."""
    starts = now() + timedelta(days=10)
    grid.people(database, numbers)
    grid.change(
        database, replace(grid.WORKS, starts_at=starts, ends_at=starts + timedelta(hours=4)),
        now=now(),
    )  # fmt: skip
    grid.approve(database, "planned_notice", now=now())
    database.run(
        """INSERT INTO calls (id, reason, customer_number, eic, outage_id, campaign_id, before_at,
               made_at)
           SELECT 'call-' || customer_number, ?, customer_number, eic, outage_id, campaign_id,
               '2999-01-01T00:00:00.000Z', made_at FROM notices WHERE kind = 'planned_notice'""",
        (reason,),
    )
    database.run("UPDATE notices SET state = 'unreachable' WHERE kind = 'planned_notice'")


def voices(database: Database) -> dict[str, str]:
    rows = database.all("SELECT peer, status FROM messages WHERE channel = 'voice' ORDER BY id")
    return {found["peer"]: found["status"] for found in rows}


@contextmanager
def ringing(database: Database, folder: Path) -> Iterator[CallsDouble]:
    """The worker, the web service for Twilio's questions, and Twilio."""
    options = double.Options(folder / "journal.jsonl")
    with double.running(options, CallsDouble) as (twilio, url):
        assert isinstance(twilio, CallsDouble)
        service = Service(replace(SETTINGS, twilio_api_url=url), RULES, database)
        server = make_server("127.0.0.1", 0, create_app(service), threaded=True)
        options.callback_base = f"http://127.0.0.1:{server.server_port}"
        worker = Worker(
            service, channels=open_channels,
            render=lambda tx, ids: write_bodies(tx, ids, RULES, now=now()),
        )  # fmt: skip
        threads = [threading.Thread(target=each) for each in (server.serve_forever, worker.run)]
        for thread in threads:
            thread.start()
        try:
            yield twilio
        finally:
            worker.stop()
            server.shutdown()
            for thread in threads:
                thread.join(10)
            server.server_close()


def test_a_call_is_answered_and_its_script_read_aloud(database: Database, tmp_path: Path) -> None:
    list_calls(database, 1)
    assert calling.ring_up(database, now()) == 1
    with ringing(database, tmp_path) as twilio:
        until(lambda: "delivered" in voices(database).values())
        (spoken,) = twilio.spoken.values()
        (call,) = twilio.rung
    assert (call["to"], call["from"]) == (grid.phone(1), "+37167000000")
    gather = ElementTree.fromstring(spoken)[0]
    assert (gather.tag, gather.attrib["numDigits"]) == ("Gather", "1")
    assert {say.attrib["language"] for say in gather} == {"lv-LV"}
    assert len(gather) >= 3
    assert calling.ring_up(database, now()) == 1  # taken off the list of people
    assert calls.list_calls(database) == []
    assert calling.ring_up(database, now()) == 0


def test_a_home_with_life_support_stays_on_the_list_of_people(
    database: Database, tmp_path: Path
) -> None:
    list_calls(database, 1, reason="life_support")
    calling.ring_up(database, now())
    with ringing(database, tmp_path):
        until(lambda: "delivered" in voices(database).values())
    calling.ring_up(database, now())
    assert len(calls.list_calls(database)) == 1


def test_a_busy_line_is_rung_up_three_times_at_most(database: Database) -> None:
    list_calls(database, 1)
    calling.ring_up(database, now())
    (found,) = database.all("SELECT id FROM messages WHERE channel = 'voice'")
    box = replace(outbox(database), providers={"voice": "voice"}, policy=RULES)
    at, rules = now(), Rules()
    database.run("UPDATE messages SET body = 'Labdien.'")
    for number in range(3):
        assert len(box.claim(at, 1)) == 1
        told = Receipt(found["id"], "voice", f"CA{number}", ("busy", "no-answer")[number % 2])
        record(database, told, at, rules)
        assert box.claim(at + timedelta(minutes=19), 1) == []
        at += timedelta(minutes=20)
    assert row(database, found["id"])["status"] == "failed"


def test_what_a_person_did_first_is_not_rung_up(database: Database) -> None:
    list_calls(database, 1, 2)
    assert calling.ring_up(database, now()) == 2
    done = Outcome("anna", "told", told=True)
    database.transaction(lambda tx: calls.finish_call(tx, "call-C1", done, now()))
    calling.ring_up(database, now())
    assert voices(database)[grid.phone(1)] == "withdrawn"
    assert voices(database)[grid.phone(2)] == "queued"


def test_a_call_whose_answer_was_lost_is_found_and_not_made_twice(
    database: Database, tmp_path: Path
) -> None:
    list_calls(database, 1)
    calling.ring_up(database, now())
    with ringing(database, tmp_path) as twilio:
        twilio.fault = "after500"
        until(lambda: "delivered" in voices(database).values())
    assert len(twilio.rung) == 1


def signed(service: Service, path: str, form: dict[str, str], token: str = double.TOKEN) -> int:
    url = f"{service.settings.public_url}{path}"
    headers = {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form)}
    return create_app(service).test_client().post(path, data=form, headers=headers).status_code


def test_only_twilio_may_ask_what_to_say(database: Database) -> None:
    service = Service(SETTINGS, RULES, database)
    list_calls(database, 1)
    calling.ring_up(database, now())
    (found,) = database.all("SELECT id FROM messages WHERE channel = 'voice'")
    path = f"/voice/{found['id']}"
    assert signed(service, path, {"CallSid": "CA1"}, token="forged") == 403
    assert signed(service, path, {"CallSid": "CA1"}) == 200
    assert signed(service, "/voice/none", {"CallSid": "CA1"}) == 404
    assert signed(service, "/voice/status/none", {"CallSid": "C", "CallStatus": "busy"}) == 404


@pytest.mark.parametrize(("pressed", "again"), [("1", True), ("2", False)])
def test_one_repeats_and_any_other_key_ends_the_call(
    database: Database, pressed: str, again: bool
) -> None:
    from bot.web.voice import twiml

    list_calls(database, 1)
    calling.ring_up(database, now())
    (found,) = database.all("SELECT id FROM messages WHERE channel = 'voice'")
    database.run("UPDATE messages SET body = 'Labdien.' WHERE id = ?", (found["id"],))
    message = messages.outgoing(database, found["id"])
    assert message is not None
    assert ("Labdien." in twiml(message, "http://x", pressed)) is again


def test_calls_need_a_number_to_come_from() -> None:
    with pytest.raises(SettingsError, match="GAISMA_VOICE_NUMBER"):
        read_settings({"GAISMA_VOICE": "on"})
