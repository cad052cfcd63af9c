"""A crash at each step of a send: after the restart every message was sent exactly once."""

from __future__ import annotations

import gc
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

import bot.outbox
import bot.worker
from bot.channels.base import Accepted, Found, LookUp, NotFound, Outgoing, Result
from bot.outbox import Outbox
from bot.service import Service
from bot.worker import Worker
from storage import Database
from tests.bot.delivery.test_worker import FAST, now, until
from tests.bot.outbox_world import QUICK, queue_many

COUNT = 30
CRASH_AT = 10


class Provider:
    """Keeps what it accepted, over all crashes; crashes its caller before or after that."""

    name = "twilio"

    def __init__(self, crash: str) -> None:
        self.accepted: list[Outgoing] = []
        self._crash = crash
        self._calls = 0

    async def send(self, message: Outgoing) -> Result:
        self._calls += 1
        if self._crash == "before the call" and self._calls == CRASH_AT:
            raise SystemExit
        self.accepted.append(message)
        if self._crash == "after the call" and self._calls == CRASH_AT:
            raise SystemExit
        return Accepted(f"SM{len(self.accepted)}-{message.id}")

    async def look_up(self, message: Outgoing) -> LookUp:
        found = tuple(
            (f"SM{n + 1}-{m.id}", "sent")
            for n, m in enumerate(self.accepted)
            if (m.peer, m.body) == (message.peer, message.body)
        )
        return Found(found) if found else NotFound()

    async def close(self) -> None:
        pass


def crash_once(step: Callable[..., Any], *, done: bool) -> Callable[..., Any]:
    """The step with a crash the first time, after or instead of what it does."""
    crashes = [True]

    def crashing(*args: Any) -> Any:
        if not crashes:
            return step(*args)
        crashes.clear()
        if done:
            step(*args)
        raise SystemExit

    return crashing


def run_until_it_ends(database: Database, provider: Provider) -> bool:
    """One life of a worker; True when it crashed, False when all was sent and it was stopped."""
    worker = Worker(
        Service(FAST, QUICK, database), channels=lambda service: {"sms": provider}
    )  # fmt: skip
    thread = threading.Thread(target=_run, args=(worker,), daemon=True)
    thread.start()

    def ended() -> bool:
        left = database.all(
            "SELECT 1 FROM messages WHERE status IN ('queued', 'sending', 'unknown')"
        )
        return not thread.is_alive() or not left

    until(ended, limit=30)
    time.sleep(0.05)
    crashed = not thread.is_alive()
    worker.stop()
    thread.join(10)
    # What the crash left behind is logged as it is collected, here and not in the middle of an
    # import: Python 3.11 cannot compile while it formats a traceback.
    gc.collect()
    return crashed


def _run(worker: Worker) -> None:
    with suppress(SystemExit):
        worker.run()


@pytest.mark.parametrize(
    "where",
    [
        "before the call",
        "after the call",
        "after the claim",
        "before the record",
        "after the record",
        "in the settling of a doubt",
    ],
)
def test_a_crash_loses_and_doubles_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(bot.outbox, "LOCK_SECONDS", 0.5)
    monkeypatch.setattr(bot.worker, "LOCK_SECONDS", 0.5)
    patches = {
        "after the claim": ("claim", True),
        "before the record": ("record", False),
        "after the record": ("record", True),
        "in the settling of a doubt": ("settle", False),
    }
    if where in patches:
        name, done = patches[where]
        monkeypatch.setattr(Outbox, name, crash_once(getattr(Outbox, name), done=done))
    queue_many(database, COUNT, now())
    provider = Provider("after the call" if "doubt" in where else where)
    crashes = 0
    while run_until_it_ends(database, provider):
        crashes += 1
        assert crashes < 4
    assert crashes == (2 if "doubt" in where else 1)
    sent = Counter(message.id for message in provider.accepted)
    assert len(sent) == COUNT
    assert set(sent.values()) == {1}
    rows = database.all("SELECT provider_id FROM messages WHERE status IN ('accepted', 'sent')")
    assert len({row["provider_id"] for row in rows}) == COUNT
