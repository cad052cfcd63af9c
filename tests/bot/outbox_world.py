"""What the tests of the outbox share: messages, claims, and a channel that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.base import Accepted, LookUp, NotFound, Outgoing, Result
from bot.outbox import Outbox, Render, render_nothing
from bot.policy import read_policy
from storage import Database, Row
from storage.messages import NewMessage, enqueue

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
PHONE = "+37129123456"
QUICK = replace(
    read_policy(), outbox_lease_seconds=1, outbox_lookup_gap_seconds=0.2,
    outbox_call_timeout_seconds=0.5,
)  # fmt: skip


def outbox(database: Database, holder: str = "one", render: Render = render_nothing) -> Outbox:
    return Outbox(database, read_policy(), holder, {"sms": "twilio"}, render)


def queue(database: Database, now: datetime = NOW, **fields: Any) -> str:
    """One queued alert, its fields changed as given; its id."""
    values: dict[str, Any] = {
        "channel": "sms", "kind": "unplanned", "lane": "alert", "peer": PHONE, "body": "Teksts",
        "segments": 1, **fields,
    }  # fmt: skip
    return database.transaction(lambda tx: enqueue(tx, [NewMessage(**values)], now))[0]


def queue_many(database: Database, count: int, now: datetime) -> list[str]:
    """Queued alerts to so many phones, each with a text of its own."""
    made = [
        NewMessage("sms", "unplanned", "alert", f"+3712{n:07d}", body=f"Pārtraukums {n}",
                   segments=1, campaign_id=None)
        for n in range(count)
    ]  # fmt: skip
    return database.transaction(lambda tx: enqueue(tx, made, now))


def row(database: Database, message_id: str) -> Row:
    found = database.one("SELECT * FROM messages WHERE id = ?", (message_id,))
    assert found is not None
    return found


def status(database: Database, message_id: str) -> str:
    return str(row(database, message_id)["status"])


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


class ToldChannel:
    """Answers as `answer` says; keeps what it was given in `sent`."""

    name = "twilio"

    def __init__(
        self,
        answer: Callable[[Outgoing], Result] | None = None,
        found: Callable[[Outgoing], LookUp] = lambda message: NotFound(),
        latency: float = 0.0,
    ) -> None:
        self.sent: list[Outgoing] = []
        self.asked: list[Outgoing] = []
        self._answer = answer or (lambda message: Accepted(f"SM{message.id}"))
        self._found = found
        self._latency = latency

    async def send(self, message: Outgoing) -> Result:
        self.sent.append(message)
        await asyncio.sleep(self._latency)
        return self._answer(message)

    async def look_up(self, message: Outgoing) -> LookUp:
        self.asked.append(message)
        return self._found(message)

    async def close(self) -> None:
        pass
