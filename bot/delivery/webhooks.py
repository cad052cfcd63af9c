"""Webhooks out: events to those who subscribed, at least once each, beside everything else.

Each subscription has a thread of its own while something is due for it: one that hangs holds
nobody else up. What is on its way is leased, so that a crash only delivers it again.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Counter

from bot.delivery import hook_calls
from bot.delivery.hook_calls import Answer, Networks
from bot.privacy import describe_error, mask
from bot.service import Service
from storage import Database, Row, StorageError, Tx, webhooks
from storage.database import moment, stamp, switch
from storage.webhooks import Result

log = logging.getLogger("gaisma.webhooks")

GIVE_UP = timedelta(days=3)
WAITS = (5, 60, 300, 1800, 7200, 18000, 36000, 50400)  # seconds after each try that failed
LEASE = timedelta(seconds=60)
AT_ONCE = 4  # calls at a time to one subscriber
BATCH = 16
SPREAD = 300
REST_SECONDS = 10.0  # after a batch of which nothing came through
KEPT = timedelta(days=14)
PAUSE_SECONDS = 0.01  # between pieces of a purge, so that other bulk work has its turn
CALLS = Counter("gaisma_webhook_calls", "Webhooks called, by what came of it", ["result"])

_TEST = '{"test":true}'
Post = Callable[[str, bytes, dict[str, str], Networks], Answer]


class Deliverer:
    """Spreads new events and has those due delivered. `work` is a job of the worker."""

    def __init__(
        self, database: Database, allowed: Networks = (), post: Post = hook_calls.post
    ) -> None:
        self._database, self._allowed, self._post = database, allowed, post
        self._lanes: dict[str, _Lane] = {}

    def work(self, now: datetime) -> int:
        """Spread what is new, and begin what is due; how many events were spread."""
        if webhooks.any_new(self._database):
            made = self._database.transaction(
                lambda tx: webhooks.spread(tx, now, SPREAD), bulk=True
            )
        else:
            made = 0
        for row in webhooks.active(self._database):
            if webhooks.due(self._database, row["id"], now):
                lane = self._lanes.setdefault(
                    str(row["id"]), _Lane(self._database, self._allowed, self._post)
                )
                lane.begin(row)
        return made

    def wait(self, seconds: float) -> None:
        """Until all that was begun has come to an end."""
        for lane in self._lanes.values():
            lane.wait(seconds)

    def purge(self, now: datetime) -> int:
        """Forget what is done with, all of it: a storm makes more in an hour than one piece."""
        gone = 0
        while piece := self._database.transaction(
            lambda tx: webhooks.purge(tx, now - KEPT, SPREAD), bulk=True
        ):
            gone += piece
            if piece < SPREAD:
                break
            time.sleep(PAUSE_SECONDS)
        return gone


class _Lane:
    """The way to one subscriber."""

    def __init__(self, database: Database, allowed: Networks, post: Post) -> None:
        self._database, self._allowed, self._post = database, allowed, post
        self._thread: threading.Thread | None = None
        self._rests_until = datetime.min.replace(tzinfo=UTC)

    def begin(self, webhook: Row) -> None:
        busy = self._thread is not None and self._thread.is_alive()
        if busy or datetime.now(UTC) < self._rests_until:
            return
        self._thread = threading.Thread(
            target=self._run, args=[webhook], name="gaisma-webhook", daemon=True
        )
        self._thread.start()

    def wait(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, webhook: Row) -> None:
        try:
            with ThreadPoolExecutor(AT_ONCE, "gaisma-webhook-call") as pool:
                while self._deliver_batch(webhook, pool):
                    pass
        except StorageError as error:  # what is leased is delivered again after its lease
            log.warning("webhooks: %s", describe_error(error))

    def _deliver_batch(self, webhook: Row, pool: ThreadPoolExecutor) -> bool:
        """Whether there may be more to deliver at once."""
        now, key = datetime.now(UTC), str(webhook["id"])
        rows = self._database.transaction(
            lambda tx: webhooks.claim(tx, key, now, now + LEASE, BATCH)
        )
        results = list(pool.map(lambda row: self._deliver(webhook, row), rows))
        done = datetime.now(UTC)
        gone = any(each.answer == "410" for each in results)

        def record(tx: Tx) -> None:
            webhooks.record(tx, key, results, done)
            if gone:
                webhooks.set_state(tx, key, "gone")

        if rows:
            self._database.transaction(record)
        good = sum(each.state == "delivered" for each in results)
        if rows and not good:
            self._rests_until = done + timedelta(seconds=REST_SECONDS)
        return len(rows) == BATCH and good > 0

    def _deliver(self, webhook: Row, row: Row) -> Result:
        now = datetime.now(UTC)
        body = payload(row, in_full=bool(webhook["contacts"]))
        headers = hook_calls.headers_of(
            valid_secrets(webhook, now), event_name(row), int(now.timestamp()), body
        )
        answer = self._post(str(webhook["url"]), body, headers, self._allowed)
        return judge(row, answer, datetime.now(UTC))


def allowed_networks(service: Service) -> Networks:
    """Where besides the public networks webhooks may go: the setting, and here in the demo."""
    text = ",".join(service.settings.webhook_networks)
    demo = f",{hook_calls.LOOPBACK}" if switch(service.database, "demo") else ""
    return hook_calls.networks(text + demo)


def deliverer_of(service: Service) -> Deliverer:
    """The deliverer of this installation."""
    return Deliverer(service.database, allowed_networks(service))


def event_name(row: Row) -> str:
    """The id of an event as subscribers see it: the same at each try."""
    return f"evt_{row['event_id']}"


def valid_secrets(webhook: Row, now: datetime) -> list[str]:
    """The secrets that sign now."""
    until = webhook["old_secret_until"]
    old = [str(webhook["old_secret"])] if until is not None and moment(until) > now else []
    return [str(webhook["secret"]), *old]


def payload(row: Row, *, in_full: bool) -> bytes:
    """What is sent: type, time and data; the phone number masked unless asked for in full."""
    data: dict[str, Any] = json.loads(row["data"])
    if row["phone"] is not None:
        data["phone"] = str(row["phone"]) if in_full else mask(str(row["phone"]))
    said = {"type": row["event"], "timestamp": row["at"], "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def judge(row: Row, answer: Answer, now: datetime) -> Result:
    """What comes after an attempt: done, another one later, or set aside after three days."""
    said = str(answer.status) if answer.status else answer.reason
    event_id = str(row["event_id"])
    if answer.is_good:
        CALLS.labels("delivered").inc()
        return Result(event_id, "delivered", said)
    tries = int(row["attempts"])
    wait = WAITS[min(tries, len(WAITS)) - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
    due = now + timedelta(seconds=max(wait, min(answer.retry_after, 86400.0)))
    if answer.status == 410 or due > moment(row["at"]) + GIVE_UP:
        CALLS.labels("set_aside").inc()
        return Result(event_id, "set_aside", said)
    CALLS.labels("failed").inc()
    return Result(event_id, "waiting", said, due)


def test(database: Database, webhook: Row, allowed: Networks, now: datetime) -> Answer:
    """Send a test event at once, past the queue; what was answered."""
    event_id = database.transaction(
        lambda tx: webhooks.add_event(tx, webhooks.TEST, str(webhook["id"]), _TEST, now)
    )
    database.transaction(lambda tx: webhooks.add_delivery(tx, event_id, webhook["id"], now + LEASE))
    row = {
        "event_id": event_id, "event": webhooks.TEST, "at": stamp(now), "data": _TEST,
        "phone": None,
    }  # fmt: skip
    body = payload(row, in_full=False)
    headers = hook_calls.headers_of(
        valid_secrets(webhook, now), event_name(row), int(now.timestamp()), body
    )
    answer = hook_calls.post(str(webhook["url"]), body, headers, allowed)
    state = "delivered" if answer.is_good else "set_aside"
    said = str(answer.status) if answer.status else answer.reason
    results: Sequence[Result] = [Result(event_id, state, said)]
    database.transaction(lambda tx: webhooks.record(tx, webhook["id"], results, now))
    return answer
