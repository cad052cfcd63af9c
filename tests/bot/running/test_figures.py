"""The figures at `/metrics`: right, cheap after millions of messages, and not for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from bot.app import create_app
from bot.running.figures import Figures
from bot.service import Service
from storage import Database, vitals
from storage.database import set_switch, stamp
from storage.locks import hold_lock
from tests.bot.outbox_world import queue

NOW = datetime.now(UTC)


def values(service: Service) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every figure by its name and the values of its labels."""
    found = {}
    for family in text_string_to_metric_families(Figures(service).read().decode()):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.values()))] = sample.value
    return found


def test_the_queue_is_counted_by_channel_and_lane_with_its_age(service: Service) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    queue(service.database, long_ago)
    queue(service.database, datetime.now(UTC) + timedelta(hours=1))  # not due: not counted
    queue(service.database, datetime.now(UTC), lane="answer", kind="agent")
    found = values(service)
    assert found["gaisma_queue_messages", ("alert", "sms")] == 1
    assert found["gaisma_queue_messages", ("answer", "sms")] == 1
    assert found["gaisma_queue_messages", ("alert", "email")] == 0
    assert 600 <= found["gaisma_queue_oldest_seconds", ("alert", "sms")] < 660
    assert found["gaisma_queue_oldest_seconds", ("alert", "email")] == 0


def test_what_waits_for_a_person_to_let_it_go_is_no_delay(service: Service) -> None:
    queue(service.database, NOW - timedelta(days=1), campaign_id="c1")
    service.database.run(
        "INSERT INTO campaigns (id, kind, state, title, made_by, made_at, updated_at)"
        " VALUES ('c1', 'moved', 'paused', '', 'anna', ?, ?)",
        [stamp(NOW), stamp(NOW)],
    )
    found = values(service)
    assert found["gaisma_queue_messages", ("alert", "sms")] == 0
    assert found["gaisma_campaigns", ("paused",)] == 1


def test_conversations_switches_and_the_worker_are_seen(service: Service) -> None:
    database, now = service.database, datetime.now(UTC)
    assert values(service)["gaisma_worker_up", ()] == 0
    database.run(
        "INSERT INTO conversations (id, phone, urgent, waiting_since, made_at)"
        " VALUES ('a', '+37129123456', 1, ?, ?)",
        [stamp(now - timedelta(minutes=5)), stamp(now)],
    )
    database.transaction(lambda tx: set_switch(tx, "sending_stopped", "on", by="x", now=now))
    until = now + timedelta(seconds=10)
    database.transaction(lambda tx: hold_lock(tx, "worker", "host/1/x", now=now, until=until))
    found = values(service)
    assert found["gaisma_conversations_waiting", ("yes",)] == 1
    assert 300 <= found["gaisma_conversations_oldest_wait_seconds", ()] < 360
    assert found["gaisma_sending_stopped", ()] == 1
    assert found["gaisma_worker_up", ()] == 1
    assert found["gaisma_worker_heartbeat_age_seconds", ()] < 5
    assert found["gaisma_database_bytes", ()] >= 0
    assert found["gaisma_database_up", ()] == 1


def test_texts_are_counted_by_what_they_were_understood_as(service: Service) -> None:
    from bot.running.counted import HEARD

    key = "gaisma_understood_total", ("lv", "report_fault", "yes")
    before = values(service).get(key, 0)
    HEARD.append(("report_fault", "lv", True))
    assert values(service)[key] == before + 1


@pytest.mark.sqlite
def test_no_figure_walks_the_messages_of_the_past(database: Database) -> None:
    values = {"channel": "sms", "lane": "alert", "now": stamp(NOW), "most": 5}
    for sql in (vitals.WAITING, vitals.OLDEST, vitals.DOUBTS, vitals.TALKS, vitals.WEBHOOKS):
        wanted = {name: each for name, each in values.items() if f":{name}" in sql}
        plan = [str(row["detail"]) for row in database.all(f"EXPLAIN QUERY PLAN {sql}", wanted)]
        assert not [line for line in plan if line.startswith("SCAN") and "INDEX" not in line
                    and "(" not in line], plan  # fmt: skip


def test_figures_are_kept_for_some_seconds(service: Service) -> None:
    figures = Figures(service)
    figures.read()
    queue(service.database, NOW)
    assert b'gaisma_queue_messages{channel="sms",lane="alert"} 0.0' in figures.read()


# --- who may read them ----------------------------------------------------------------------


def client(service: Service, **more: object) -> FlaskClient:
    settings = replace(service.settings, **more)  # type: ignore[arg-type]
    return create_app(replace(service, settings=settings)).test_client()


def test_this_machine_may_read_the_figures_and_a_proxy_may_not(service: Service) -> None:
    asks = client(service)
    assert asks.get("/metrics").status_code == 200
    assert asks.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    far = {"REMOTE_ADDR": "203.0.113.5"}
    assert asks.get("/metrics", environ_base=far).status_code == 403


def test_a_network_or_a_token_lets_others_in(service: Service) -> None:
    asks = client(service, metrics_from=("203.0.113.0/24",), metrics_token="let-me-see")
    far = {"REMOTE_ADDR": "203.0.113.5"}
    assert asks.get("/metrics", environ_base=far).status_code == 200
    assert asks.get("/metrics").status_code == 403
    for token, status in (("let-me-see", 200), ("wrong", 403), ("", 403)):
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "198.51.100.7"}
        assert asks.get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize("nonce", ["x", "a" * 31, "a" * 31 + "!", "a" * 33])
def test_only_a_nonce_is_signed(service: Service, nonce: str) -> None:
    assert client(service).get(f"/healthz/{nonce}").status_code == 404
