"""Webhooks out: what is told to whom, that it comes at least once, and where it may never go."""

from __future__ import annotations

import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.delivery import hook_calls, subscriptions, webhooks
from bot.delivery.hook_calls import Answer, networks
from bot.delivery.subscriptions import WebhookRefused
from bot.delivery.webhooks import Deliverer, judge
from storage import Database, contacts, conversations, reports
from storage import webhooks as rows
from storage.messages import NewMessage, Progress, enqueue, move_forward
from storage.webhooks import EVENTS
from tests.doubles.receiver import Receiver, receiving
from tests.worlds import PHONE, add_outage, build_world, eic

HERE = networks(hook_calls.LOOPBACK)


@pytest.fixture
def world(database: Database) -> Database:
    build_world(database, "one_premises", datetime.now(UTC))
    return database


def subscribe(
    database: Database, receiver: Receiver, *events: str, contacts: bool = False
) -> tuple[str, str]:
    return subscriptions.add(
        database, receiver.url, events or EVENTS, contacts=contacts, by="test",
        now=datetime.now(UTC), allowed=HERE,
    )  # fmt: skip


def file_report(database: Database) -> str:
    return database.transaction(
        lambda tx: reports.file_report(
            tx, PHONE, address="", town="", eics=(eic(1),), scope="whole", message_id="m",
            now=datetime.now(UTC),
        )
    )  # fmt: skip


def deliver(database: Database, deliverer: Deliverer | None = None, at: Any = None) -> None:
    one = deliverer or Deliverer(database, HERE)
    one.work(at or datetime.now(UTC))
    one.work(at or datetime.now(UTC))
    one.wait(20)


def make_due(database: Database) -> None:
    database.run("UPDATE webhook_deliveries SET due_at = '' WHERE state = 'waiting'")


def state_of(database: Database) -> list[tuple[str, int, str]]:
    return [
        (row["state"], row["attempts"], row["answer"])
        for row in database.all("SELECT * FROM webhook_deliveries ORDER BY event_id")
    ]


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in receiver.got]


def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
    signed = hook_calls.signature(
        secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body
    )
    return signed in headers["webhook-signature"].split()


# --- what is told ---------------------------------------------------------------------------


def test_nothing_is_written_while_nobody_subscribes(world: Database) -> None:
    file_report(world)
    add_outage(world, [1], datetime.now(UTC), None)
    assert world.all("SELECT * FROM webhook_events") == []
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'event%'",
    }
    assert world.all(triggers[world.engine]) == []


def everything_happens(database: Database) -> None:
    """Each event once: a report, its outage, a hand-off, and a message that arrives."""
    now = datetime.now(UTC)
    report_id = file_report(database)
    database.transaction(lambda tx: reports.close_report(tx, report_id, now))
    add_outage(database, [4], now, None)

    def talk(tx: Any) -> None:
        made = conversations.keep_state(tx, None, PHONE, "", now)
        conversations.ask_agent(tx, made, "danger", now, urgent=True)
        [message_id] = enqueue(
            tx, [NewMessage("sms", "restored", "alert", PHONE, "Gaisma ir.")], now
        )
        for status in ("accepted", "delivered", "delivered"):
            move_forward(tx, [Progress(message_id, status, "sandbox", "s-1")], now)

    database.transaction(talk)


def test_every_event_is_told_once_signed_and_without_the_phone_number(world: Database) -> None:
    with receiving() as receiver:
        _, secret = subscribe(world, receiver)
        everything_happens(world)
        deliver(world)
        assert sorted(each["type"] for each in told(receiver)) == sorted(EVENTS)
        assert all(verify(secret, headers, body) for headers, body in receiver.got)
        assert len(set(receiver.ids)) == len(EVENTS)
        assert all(name.startswith("evt_") for name in receiver.ids)
        assert PHONE.encode() not in b"".join(body for _, body in receiver.got)
        deliver(world)
        assert len(receiver.got) == len(EVENTS)
    assert {state for state, *_ in state_of(world)} == {"delivered"}


def test_the_fields_of_events_are_those_of_the_api(world: Database) -> None:
    with receiving() as receiver:
        subscribe(world, receiver)
        everything_happens(world)
        deliver(world)
        data = {each["type"]: each["data"] for each in told(receiver)}
    report = data["fault_report.created"]
    assert (report["eic"], report["state"], report["danger"]) == (eic(1), "open", False)
    assert data["fault_report.updated"]["state"] == "closed"
    assert data["outage.changed"]["external_id"] == "O-unplanned-4"
    assert data["outage.changed"]["crew"] == "none"
    assert data["message.receipt"]["status"] == "delivered"
    assert data["conversation.handed_off"]["topic"] == "danger"
    assert data["conversation.handed_off"]["phone"] == "+371 20•••001"


def test_phone_numbers_are_told_in_full_to_who_may_have_them(world: Database) -> None:
    with receiving() as receiver:
        subscribe(world, receiver, "fault_report.created", contacts=True)
        file_report(world)
        deliver(world)
        assert [each["data"]["phone"] for each in told(receiver)] == [PHONE]
    assert PHONE not in str([dict(row) for row in world.all("SELECT data FROM webhook_events")])  # type: ignore[call-overload]


def test_only_the_events_asked_for_are_written_and_none_after_the_last_one_left(
    world: Database,
) -> None:
    with receiving() as receiver:
        key, _ = subscribe(world, receiver, "fault_report.created")
        everything_happens(world)
        deliver(world)
        assert [each["type"] for each in told(receiver)] == ["fault_report.created"]
        [row] = rows.ending(world, key[-6:])
        subscriptions.remove(world, row, by="test", now=datetime.now(UTC))
        file_report(world)
    assert len(world.all("SELECT * FROM webhook_events")) == 1


def test_what_is_undone_is_not_told(world: Database) -> None:
    def fail(tx: Any) -> None:
        contacts.opt_out(tx, PHONE, text="", message_id="", now=datetime.now(UTC))
        reports.file_report(
            tx, PHONE, address="", town="", eics=(eic(1),), scope="whole", message_id="m",
            now=datetime.now(UTC),
        )  # fmt: skip
        raise ValueError

    with receiving() as receiver:
        subscribe(world, receiver)
        with pytest.raises(ValueError):
            world.transaction(fail)
        deliver(world)
        assert receiver.got == []


# --- at least once --------------------------------------------------------------------------


def test_what_failed_comes_again_under_the_same_id(world: Database) -> None:
    with receiving(500, 503) as receiver:
        subscribe(world, receiver, "fault_report.created")
        file_report(world)
        for _ in range(3):
            deliver(world)
            make_due(world)
        assert len(receiver.ids) == 3 and len(set(receiver.ids)) == 1
        assert len({body for _, body in receiver.got}) == 1
    assert state_of(world) == [("delivered", 3, "200")]


def test_a_crash_after_the_call_delivers_again(world: Database) -> None:
    now = datetime.now(UTC)
    with receiving() as receiver:
        key, _ = subscribe(world, receiver, "fault_report.created")
        file_report(world)
        world.transaction(lambda tx: rows.spread(tx, now, 10))
        claimed = world.transaction(lambda tx: rows.claim(tx, key, now, now + webhooks.LEASE, 5))
        deliver(world)
        assert receiver.got == []  # leased: somebody else is at it
        make_due(world)  # who died, and whose lease has passed
        deliver(world)
        assert receiver.ids == [f"evt_{claimed[0]['event_id']}"]


def test_one_that_hangs_is_cut_off_and_holds_nobody_else_up(
    world: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_calls, "CALL_SECONDS", 0.6)
    with receiving(*[-3] * 8) as stuck, receiving() as quick:
        subscribe(world, stuck, "fault_report.created")
        subscribe(world, quick, "fault_report.created")
        for _ in range(4):
            file_report(world)
        deliverer = Deliverer(world, HERE)
        began = time.monotonic()
        deliverer.work(datetime.now(UTC))
        deliverer.work(datetime.now(UTC))
        while len(quick.got) < 4 and time.monotonic() < began + 10:
            time.sleep(0.01)
        assert len(quick.got) == 4
        deliverer.wait(10)
    waiting = [each for each in state_of(world) if each[0] == "waiting"]
    assert len(waiting) == 4 and all(tries == 1 for _, tries, _ in waiting)


def test_a_receiver_that_is_gone_gets_everything_when_it_is_back(world: Database) -> None:
    with receiving() as receiver:
        subscribe(world, receiver, "fault_report.created")
        port = receiver.port
    file_report(world)
    deliver(world)
    assert [answer for *_, answer in state_of(world)] == ["nobody listens there"]
    with receiving() as again:
        world.run("UPDATE webhooks SET url = ?", (again.url,))
        make_due(world)
        deliver(world)
        assert len(again.got) == 1 and port
    assert state_of(world)[0][0] == "delivered"


@pytest.mark.parametrize(("status", "answer"), [(301, "301"), (302, "302"), (400, "400")])
def test_redirects_are_not_followed(world: Database, status: int, answer: str) -> None:
    with receiving(status) as receiver:
        receiver.headers["Location"] = receiver.url
        subscribe(world, receiver, "fault_report.created")
        file_report(world)
        deliver(world)
        assert len(receiver.got) == 1
    assert state_of(world) == [("waiting", 1, answer)]


def test_an_answer_without_an_end_is_read_to_a_limit() -> None:
    with receiving(1) as receiver:
        began = time.monotonic()
        assert hook_calls.post(receiver.url, b"{}", {}, HERE).status == 200
        assert time.monotonic() - began < 10


def test_tries_end_after_three_days_and_at_410() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    at, spent = now, []
    for tries in range(1, 100):
        row: Any = {"event_id": "e", "attempts": tries, "at": "2026-12-01T00:00:00.000Z"}
        result = judge(row, Answer(500, ""), at)
        if result.state == "set_aside":
            break
        assert result.due_at is not None and result.due_at > at
        spent.append(result.due_at - at)
        at = result.due_at
    assert 8 <= len(spent) <= 20
    assert timedelta(days=2) < at - now <= timedelta(days=3)
    assert spent[0] < timedelta(seconds=6)
    assert judge(row, Answer(410, ""), now).state == "set_aside"
    late = judge({**row, "attempts": 1}, Answer(429, "", retry_after=3600), now)
    assert late.due_at is not None and late.due_at >= now + timedelta(hours=1)


def test_who_says_gone_is_told_nothing_more(world: Database) -> None:
    with receiving(410) as receiver:
        subscribe(world, receiver, "fault_report.created")
        file_report(world)
        deliver(world)
        file_report(world)
        deliver(world)
        assert len(receiver.got) == 1
    assert [row["state"] for row in rows.everything(world)] == ["gone"]


def test_what_was_set_aside_can_be_tried_again(world: Database) -> None:
    with receiving(500) as receiver:
        key, _ = subscribe(world, receiver, "fault_report.created")
        file_report(world)
        world.run("UPDATE webhook_events SET at = '2020-01-01T00:00:00.000Z'")
        deliver(world)
        assert state_of(world) == [("set_aside", 1, "500")]
        [row] = rows.ending(world, key)
        assert subscriptions.retry(world, row, by="test", now=datetime.now(UTC)) == 1
        deliver(world)
    assert state_of(world) == [("delivered", 1, "200")]


def test_both_secrets_sign_while_one_takes_the_place_of_the_other(world: Database) -> None:
    with receiving() as receiver:
        key, old = subscribe(world, receiver, "fault_report.created")
        [row] = rows.ending(world, key)
        new = subscriptions.rotate(world, row, by="test", now=datetime.now(UTC), hours=1)
        file_report(world)
        deliver(world)
        world.run("UPDATE webhooks SET old_secret_until = '2020-01-01T00:00:00.000Z'")
        file_report(world)
        deliver(world)
        first, second = receiver.got
    assert verify(old, *first) and verify(new, *first)
    assert not verify(old, *second) and verify(new, *second)


# --- where it may not go --------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/",
        "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://0.0.0.0/",
        "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://2130706433/", "https://localhost/", "https://100.64.0.1/", "https://224.0.0.1/",
        "ftp://example.com/", "https://user:pass@example.com/", "https:///x", "gopher://x",
        "https://example.com:99999/", "https://exa mple.com/", "https://0x7f.1/", "https://127.1/",
        "https://017700000001/", "https://[fec0::1]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://[::127.0.0.1]/",
    ],
)  # fmt: skip
def test_no_private_address_is_called(url: str, world: Database) -> None:
    with pytest.raises(WebhookRefused):
        subscriptions.add(world, url, EVENTS, contacts=False, by="test", now=datetime.now(UTC))
    assert hook_calls.post(url, b"{}", {}).reason.startswith("refused")


def test_a_name_that_means_a_private_address_later_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answers(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    found = ["93.184.216.34", "10.0.0.1"]
    assert "refused" in hook_calls.post("https://example.com/", b"{}", {}).reason
    found = ["93.184.216.34"]
    hook_calls.resolve("example.com", 443, ())

    class Elsewhere:
        def getpeername(self) -> tuple[str, int]:
            return ("127.0.0.1", 443)

        def close(self) -> None:
            pass

    monkeypatch.setattr(socket, "create_connection", lambda *_: Elsewhere())
    assert "refused" in hook_calls.post("https://example.com/", b"{}", {}).reason


def test_without_tls_only_the_networks_of_the_setting_are_called() -> None:
    with receiving() as receiver:
        assert hook_calls.post(receiver.url, b"{}", {}, HERE).status == 200
        assert "refused" in hook_calls.post(receiver.url, b"{}", {}, networks("10.0.0.0/8")).reason
        assert "refused" in hook_calls.post("http://93.184.216.34/", b"{}", {}, HERE).reason


def test_threads_of_calls_end(world: Database) -> None:
    with receiving() as receiver:
        subscribe(world, receiver, "fault_report.created")
        for _ in range(40):
            file_report(world)
        deliver(world)
        deliver(world)
        assert len(set(receiver.ids)) == 40
    left = [each.name for each in threading.enumerate() if each.name.startswith("gaisma-webhook")]
    assert left == []


def test_all_that_is_old_is_forgotten_in_one_go_but_not_what_waits(world: Database) -> None:
    with receiving() as receiver:
        subscribe(world, receiver, "fault_report.created")
    old, many = datetime.now(UTC) - timedelta(days=15), 2 * webhooks.SPREAD + 1
    world.transaction(
        lambda tx: [rows.add_event(tx, "fault_report.created", "", "{}", old) for _ in range(many)]
    )
    world.run("UPDATE webhook_events SET spread = 1")
    world.transaction(lambda tx: rows.add_event(tx, "fault_report.created", "", "{}", old))
    assert Deliverer(world, HERE).purge(datetime.now(UTC)) == many
    assert len(world.all("SELECT * FROM webhook_events")) == 1
