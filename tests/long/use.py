"""What is done with an installation besides texting: other systems call it and are called, agents
sign in and look at pages. Through the service's own app and worker, on the simulated clock.
"""

from __future__ import annotations

import random
import re
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from flask.testing import FlaskClient

import bot.web.api.app  # noqa: F401 - else it is loaded with the first call, past the clock
from bot.app import create_app
from bot.delivery import hook_calls, subscriptions
from bot.delivery.webhooks import Deliverer
from bot.people import sign_in
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES
from storage.database import stamp
from storage.webhooks import EVENTS
from tests.doubles.receiver import Receiver, receiving
from tests.long.life import Life
from tests.web.console import PASSWORD, enter, let_in

WAIT_SECONDS = 60
KEPT = timedelta(days=4)  # webhooks, which are tried for three; in life 14 days
PAGES = {
    "anna": ("/console/inbox", "/console/inbox/list", "/console/ready"),
    "dainis": ("/console/network", "/console/network/now", "/console/network/outages"),
    "ilze": ("/console/alerts", "/console/alerts/list", "/console/alerts/works",
             "/console/alerts/calls", "/console/debts", "/console/reports/texts",
             "/console/reports/deadlines"),
    "marta": ("/console/people", "/console/audit", "/console/privacy"),
    "": ("/", "/outages", "/outages.json", "/outages.atom", "/search?q=Gara", "/healthz",
         "/metrics"),
}  # fmt: skip
_AT = "(SELECT value FROM switches WHERE name = 'simulated')"
LISTS = ("/outages", "/notices", "/messages", "/fault-reports")
_CONVERSATION = re.compile(r"/console/inbox/[0-9a-f-]{36}(?=[\"?#])")


@dataclass
class Use:
    """People and systems beside `life`. `counts`: pages, calls and answers, by what they are."""

    life: Life
    receiver: Receiver
    counts: Counter[str] = field(default_factory=Counter)
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        database, now = self.life.database, self.life.now
        self.app = create_app(self.life.service)
        let_in(database)
        self.token = tokens.add(database, "scada", SCOPES, by="test", now=now)
        allowed = hook_calls.networks(hook_calls.LOOPBACK)
        for url in (self.receiver.url, "http://127.0.0.1:1/nobody"):
            subscriptions.add(
                database, url, EVENTS, contacts=True, by="test", now=now, allowed=allowed
            )
        times: dict[int, Callable[[], None]] = {8: self.guess, 11: self.look, 14: self.call,
                                                17: self.look, 22: self.call}  # fmt: skip
        self.life.besides = times
        self.life.hands.append(self._tell_time)
        self.life.go(now)

    def _tell_time(self, now: datetime) -> None:
        self.life.database.run(
            "INSERT INTO switches (name, value, at, by) VALUES ('simulated', :now, :now, '')"
            " ON CONFLICT (name) DO UPDATE SET value = :now", {"now": stamp(now)},
        )  # fmt: skip

    def guess(self) -> None:
        """Wrong passwords: of one who is there, and of names that are not."""
        for name in ("anna", "anna", f"root{self.rng.randrange(10**6)}"):
            try:
                sign_in.enter(
                    self.life.database, self.life.policy, name=name, password="nepareiza",
                    now=self.life.now, address=f"203.0.113.{self.rng.randrange(250)}",
                )  # fmt: skip
            except sign_in.CannotEnter as refused:
                self.counts[f"sign-in {refused.why}"] += 1
        # The other system is not well every day.
        self.receiver.answers = [500, 503, 404] * self.rng.randrange(3)
        self.counts["webhooks taken"] += len(self.receiver.got)
        self.receiver.got.clear()

    def look(self) -> None:
        """Each agent signs in and opens the pages of their work; some sign out again."""
        for name, pages in PAGES.items():
            client = enter(self.app, name, PASSWORD) if name else self.app.test_client()
            for path in pages:
                self._open(client, path)
            if name == "anna":
                found = sorted(set(_CONVERSATION.findall(self._open(client, pages[0]))))
                for path in found[:3]:
                    self._open(client, path)
        self.counts["sign-ins"] += len(PAGES) - 1

    def _open(self, client: FlaskClient, path: str) -> str:
        with client.get(path) as answer:
            assert answer.status_code == 200, f"{answer.status_code} {path}"
            self.counts["pages"] += 1
            return answer.get_data(as_text=True)

    def call(self) -> None:
        """Another system reads the lists, and files a report twice with one key."""
        for path in LISTS:
            self._call("GET", path)
        key, phone = str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), self.life.phones[0]
        sent = {"phone": phone, "address": "Garā iela 5"}
        for _ in range(2):
            self._call("POST", "/fault-reports", json=sent, headers={"Idempotency-Key": key})

    def _call(self, method: str, path: str, **given: Any) -> None:
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        client = self.app.test_client()
        with client.open(f"/api/v1{path}", method=method, headers=headers, **given) as answer:
            assert answer.status_code < 500, f"{answer.status_code} {path}"
            self.counts[f"API {answer.status_code}"] += 1

    def end(self) -> None:
        """Nothing is read anew any more."""
        for name in ("gaisma.public", "gaisma.places"):
            self.app.extensions[name].stop()

    def settled(self) -> None:
        """Until nothing of a call is left but in the figures: the other side ends a moment late."""
        until = time.monotonic() + WAIT_SECONDS
        while any("process_request" in each.name for each in threading.enumerate()):
            assert time.monotonic() < until, "a call of a webhook does not end"
            time.sleep(0.005)


@contextmanager
def in_use(make: Callable[[], Life], monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """A life that somebody uses while this is open."""
    work = Deliverer.work

    def worked(one: Deliverer, now: datetime) -> int:
        made = work(one, now)
        one.wait(WAIT_SECONDS)  # the clock stands still meanwhile
        return made

    monkeypatch.setattr(Deliverer, "work", worked)
    monkeypatch.setattr("bot.delivery.webhooks.KEPT", KEPT)
    # Events are written by triggers, which know no clock but the engine's.
    monkeypatch.setattr("storage.webhooks._AT", _AT)
    with receiving() as receiver, monkeypatch.context() as clocks:
        use = Use(make(), receiver)
        set_clocks(clocks, lambda: use.life.now)
        try:
            yield use
        finally:
            use.end()


def set_clocks(monkeypatch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """Whoever of the service asks what time it is hears this."""

    class Kind(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class Simulated(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return now().astimezone(tz or UTC)

    for name, module in sorted(sys.modules.items()):
        if name.startswith("bot.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Simulated)
