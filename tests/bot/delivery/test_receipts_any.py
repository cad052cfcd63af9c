"""Receipts in any order and any number, between claims, results and doubts: by a machine."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.channels.base import Accepted, Cause, Found, NotFound, NotSent, Outgoing, Unknown
from bot.channels.twilio_codes import STATUSES
from bot.delivery.receipts import Receipt, Receipts, record
from storage import Database, open_database
from storage.messages import ENDED, RANKS
from tests import engines
from tests.bot.outbox_world import NOW, outbox, queue, row

# What an attempt may go through at the provider, as it tells us in the end.
COURSES: list[list[tuple[str, str]]] = [
    [("queued", ""), ("sending", ""), ("sent", ""), ("delivered", "")],
    [("queued", ""), ("sent", "")],
    [("queued", ""), ("sent", ""), ("undelivered", "30003")],
    [("queued", ""), ("failed", "30005")],
    [("queued", ""), ("sent", ""), ("undelivered", "30001"), ("failed", "30001")],
]
TOLD = ("accepted", "sent", "delivered")


class AnyReceipts(RuleBasedStateMachine):
    """One alert. Every attempt that reached the provider has a course; each word of it may come at
    any time after, any number of times, in any order."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database: Database = open_database(
            engines.new_address(Path(self.folder.name), migrated=True)
        )
        self.database.migrate()
        self.receipts = Receipts(self.database)
        self.now = NOW
        self.id = queue(self.database, NOW)
        self.calls: list[Outgoing] = []  # claimed and not recorded
        self.courses: dict[str, list[tuple[str, str]]] = {}  # attempts at the provider
        self.spoken: dict[str, set[str]] = {}
        self.seen = self.status()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def status(self) -> str:
        return str(row(self.database, self.id)["status"])

    @rule()
    def claim_and_call(self) -> None:
        self.now += timedelta(minutes=10)
        for message in outbox(self.database).claim(self.now, 5):
            sent = [sid for sid in self.courses if not self.given_up(sid)]
            assert sent == [], "it goes out although an attempt of before may have arrived"
            self.calls.append(message)

    def given_up(self, sid: str) -> bool:
        """Whether the provider told us that this attempt did not arrive, and may be repeated."""
        return any(STATUSES[w] == "failed" for w in self.spoken[sid]) and (
            self.courses[sid][-1][1] == "30001"
        )

    @precondition(lambda self: self.calls)
    @rule(course=st.sampled_from(COURSES), answered=st.booleans())
    def reaches_the_provider(self, course: list[tuple[str, str]], answered: bool) -> None:
        message = self.calls.pop()
        sid = f"SM{len(self.courses)}"
        self.courses[sid], self.spoken[sid] = course, set()
        result = Accepted(sid) if answered else Unknown("No answer.")
        outbox(self.database).record([(message, result)], self.now)

    @precondition(lambda self: self.calls)
    @rule(cause=st.sampled_from([Cause.BUSY, Cause.LATE]))
    def never_reaches_it(self, cause: Cause) -> None:
        message = self.calls.pop()
        outbox(self.database).record([(message, NotSent(cause, "No."))], self.now)

    @precondition(lambda self: self.courses)
    @rule(data=st.data(), times=st.integers(1, 3), alone=st.booleans())
    def a_receipt_comes(self, data: Any, times: int, alone: bool) -> None:
        sid = data.draw(st.sampled_from(sorted(self.courses)))
        word, code = data.draw(st.sampled_from(self.courses[sid]))
        for _ in range(times):
            receipt = Receipt(self.id, "twilio", sid, word, code)
            if alone:
                assert record(self.database, receipt, self.now)
            else:
                assert self.receipts.record(receipt, self.now)
        self.spoken[sid].add(word)

    @rule()
    def the_provider_is_asked(self) -> None:
        self.now += timedelta(minutes=2)
        box = outbox(self.database)
        for message in box.take_doubts(self.now, 5):
            found = tuple((sid, STATUSES[c[-1][0]]) for sid, c in self.courses.items())
            box.settle(message, Found(found) if found else NotFound(), self.now)

    @invariant()
    def a_status_never_goes_back(self) -> None:
        if not hasattr(self, "id"):
            return
        before, after = self.seen, self.status()
        self.seen = after
        if before in ENDED or before in ("failed", "delivered"):
            allowed = {before, "delivered"} if before == "failed" else {before}
            assert after in allowed, f"{before} became {after}"
        elif RANKS.get(after, 9) < RANKS[before]:
            assert after == "queued", f"{before} went back to {after}"

    @invariant()
    def who_was_told_is_right(self) -> None:
        if not hasattr(self, "id"):
            return
        found = row(self.database, self.id)
        arrived = any("delivered" in words for words in self.spoken.values())
        assert (found["status"] == "delivered") >= arrived
        if found["status"] in TOLD:
            hopeful = [sid for sid in self.courses if not self.given_up(sid)]
            assert hopeful, "told, and every attempt is known to have failed"
            assert found["sent_at"] is not None
        if found["status"] in ("queued", "sending", "unknown"):
            assert found["sent_at"] is None


TestAnyReceipts = AnyReceipts.TestCase
TestAnyReceipts.settings = settings(
    max_examples=int(os.environ.get("GAISMA_EXAMPLES", "30")), stateful_step_count=25, deadline=None
)


def test_a_call_that_ends_after_its_lease_does_not_let_the_message_go_again() -> None:
    state = AnyReceipts()
    state.start()
    state.claim_and_call()
    state.the_provider_is_asked()
    state.the_provider_is_asked()
    state.claim_and_call()
    state.never_reaches_it(cause=Cause.BUSY)
    state.reaches_the_provider(course=COURSES[0], answered=False)
    state.claim_and_call()
    assert state.status() == "unknown"
    state.teardown()
