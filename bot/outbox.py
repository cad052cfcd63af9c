"""The outbox: what the worker stores before a call and after it. It calls no provider itself.

Never lost, never twice: a message is leased before the call. A result that is not known is asked
about twice before the message is sent again. Claims and doubts are
in `bot.delivery`.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot import failpoints
from bot.channels.base import Accepted, Cause, LookUp, NotSent, Outgoing, Result, Unknown
from bot.delivery import doubts
from bot.delivery.claims import (
    HELD,
    QUIET_CHANNELS,
    Render,
    Way,
    ask_batch,
    claim_batch,
    read_outgoing,
    render_nothing,
)
from bot.delivery.doubts import NO_ANSWER
from bot.delivery.health import Router
from bot.policy import Policy
from bot.running.counted import EXPIRED
from storage import Database, Row, Tx, contacts, escalation, locks, messages, restored
from storage import doubts as doubt_rows
from storage.database import audit, set_switch, switch
from storage.messages import Claim, Lease, Progress

log = logging.getLogger("gaisma.outbox")

STOPPED = "sending_stopped"  # a person's button: no alerts go out, answers do
PAUSED = "sending_paused"  # our settings are wrong: nothing can go out; the value says why
LOCK = "worker"
WORKERS = "workers"  # where they may be many: who is there, for the pace they share
LOCK_SECONDS = 10.0
# As many as one transaction writes without keeping inbound texts waiting.
CHUNK = 300
# The call itself has its limit; this is where we give up on the limit.
PATIENCE = 1.25
# A lease must outlast the call and, before it, the wait for our turn at the pace we keep.
QUEUE_SECONDS = 2.0
# Not handed over, and not because of the message: back to the queue, uncounted.
GIVEN_BACK = (Cause.BUSY, Cause.LATE, Cause.MISCONFIGURED)


@dataclass(frozen=True)
class Outbox:
    """The outbox as one worker sees it.

    `providers`: name of the preferred provider by message channel. `router` knows of others.
    """

    database: Database
    policy: Policy
    holder: str
    providers: Mapping[str, str]
    render: Render = render_nothing
    router: Router | None = None

    @property
    def call_seconds(self) -> float:
        """How long one call may take in all."""
        return self.policy.outbox_call_timeout_seconds * PATIENCE

    @property
    def ask_seconds(self) -> float:
        """How long messages in doubt are leased to whoever asks about them."""
        return self.call_seconds * 1.2

    # -- claims ------------------------------------------------------------------------------

    def claim(self, now: datetime, limit: int, ways: Sequence[Way] | None = None) -> list[Outgoing]:
        """Lease up to `limit` messages whose turn it is, answers first.

        `ways`: how many for which provider; without, the preferred one of each channel. What is
        claimed for a provider is called there and asked about there.
        """
        failpoints.reach("claim.before")
        if ways is None:
            ways = [Way(channel, name, limit) for channel, name in self.providers.items()]
        ways = [way for way in ways if not switch(self.database, paused_switch(way.channel))]
        taken: list[Outgoing] = []
        for lane in self._open_lanes():
            for way in ways:
                had = sum(message.provider == way.provider for message in taken)
                free = min(limit - len(taken), way.limit - had)
                if free > 0:
                    taken += self._claim_lane(now, lane, way, free)
        failpoints.reach("claim.after")
        return taken

    def _open_lanes(self) -> Sequence[str]:
        return messages.LANES[:1] if switch(self.database, STOPPED) else messages.LANES

    def _claim_lane(self, now: datetime, lane: str, way: Way, limit: int) -> list[Outgoing]:
        claim = self._claim_for(way, now, limit)
        # A read first: an idle worker must not take turns with those who write.
        if not messages.candidates(self.database, replace(claim, limit=1), lane):
            return []
        return self.database.transaction(
            lambda tx: claim_batch(tx, claim, lane, self.render),
            bulk=lane == "alert", loose=True,
        )  # fmt: skip

    def _claim_for(self, way: Way, now: datetime, limit: int) -> Claim:
        lease = max(self.policy.outbox_lease_seconds, self.call_seconds + QUEUE_SECONDS)
        return Claim(
            holder=self.holder,
            channel=way.channel,
            provider=way.provider,
            now=now,
            lease_until=now + timedelta(seconds=lease),
            limit=min(limit, CHUNK),
            max_tries=int(self.policy.outbox_max_tries),
            held=HELD if self._is_quiet(way.channel, now) else (),
            segment_cents=self.policy.campaign_segment_price_cents if way.channel == "sms" else 0,
            each_cents=self.policy.prices_email_cents if way.channel == "email" else 0,
        )

    def ask_first(self, now: datetime) -> int:
        """After a restore: put in doubt what waits and was not asked about; how many, at most a
        chunk a channel. Without a restore it is one look at a switch."""
        mark = restored.mark(self.database)
        if mark is None:
            return 0
        ways = [Way(channel, "", CHUNK) for channel in (*self.providers, "letter")]
        claims = [self._claim_for(way, now, CHUNK) for way in ways]
        return sum(
            self.database.transaction(partial(ask_batch, claim, mark, self.render), bulk=True)
            for claim in claims
            if restored.to_ask(self.database, claim.channel, mark, now, 1)
        )

    def _is_quiet(self, channel: str, now: datetime) -> bool:
        return channel in QUIET_CHANNELS and self.policy.after_quiet_hours(now) > now

    def expire(self, now: datetime) -> int:
        """End the queued messages whose time has passed; how many."""
        ids = messages.find_expired(self.database, now, CHUNK)
        if not ids:
            return 0
        failpoints.reach("expire.before")
        done = self.database.transaction(lambda tx: _expire(tx, ids, now), bulk=True)
        EXPIRED.inc(done)
        failpoints.reach("expire.after")
        return done

    def postpone(self, now: datetime) -> int:
        """Put off to the end of the quiet hours what they hold; how many, at most a chunk.

        Claims pass these over anyway. Without this, each would walk over all that wait.
        """
        until = self.policy.after_quiet_hours(now)
        if until <= now or not messages.find_held(self.database, HELD, QUIET_CHANNELS, until, 1):
            return 0
        return self.database.transaction(
            lambda tx: messages.postpone(
                tx, messages.find_held(tx, HELD, QUIET_CHANNELS, until, CHUNK), until
            ),
            bulk=True,
        )

    # -- results -----------------------------------------------------------------------------

    def record(self, results: Sequence[tuple[Outgoing, Result]], now: datetime) -> None:
        """Store what came of the calls. May be repeated with the same results."""
        failpoints.reach("record.before")
        plain = all(isinstance(result, Accepted) for _, result in results)
        self.database.transaction(lambda tx: self._record(tx, results, now), bulk=True, loose=plain)
        failpoints.reach("record.after")

    def _record(
        self, tx: Tx, results: Sequence[tuple[Outgoing, Result]], now: datetime
    ) -> None:  # fmt: skip
        accepted = [
            Progress(message.id, "accepted", message.provider, result.provider_id)
            for message, result in results
            if isinstance(result, Accepted)
        ]
        messages.accept(tx, accepted, now)
        for message, result in results:
            if isinstance(result, NotSent):
                self._record_not_sent(tx, message, result, now)
            elif isinstance(result, Unknown):
                doubt_rows.doubt(tx, message.id, self.holder, ask_at=now, why=NO_ANSWER)
        failpoints.reach("record.write")

    def _record_not_sent(
        self, tx: Tx, message: Outgoing, result: NotSent, now: datetime
    ) -> None:  # fmt: skip
        if result.cause in GIVEN_BACK:
            self._give_back(tx, message, result, now)
            return
        if result.cause is Cause.EXPIRED:
            messages.end(tx, [message.id], "expired", error_code="", now=now)
            return
        step = Progress(message.id, "failed", message.provider, error_code=result.code)
        messages.move_forward(tx, [step], now)
        row = messages.outgoing(tx, message.id)
        if row is not None:
            note_unreachable(tx, row, result.cause, now)

    def _give_back(self, tx: Tx, message: Outgoing, result: NotSent, now: datetime) -> None:
        due_at = now
        if result.cause is Cause.BUSY:
            # Not all at the same moment again.
            wait = result.retry_after or random.uniform(0.5, 2.0)  # noqa: S311
            due_at = now + timedelta(seconds=wait)
        messages.requeue(
            tx, message.id, Lease(self.holder, message.claimed_at, "sending"),
            due_at=due_at, error_code=result.code, count_try=False,
        )  # fmt: skip
        doubt_rows.withdraw_overtaken(tx, message.id, now)
        spare = self.router is not None and self.router.spare(message.provider)
        if result.cause is Cause.MISCONFIGURED and not spare:
            pause_sending(tx, result.reason, now, channel=message.channel)

    # -- doubts ------------------------------------------------------------------------------

    def take_doubts(self, now: datetime, limit: int) -> list[Outgoing]:
        """Lease messages that may or may not have been sent, in order to ask about them."""
        if not doubt_rows.has_doubts(self.database, now):
            return []
        failpoints.reach("doubts.before")
        rows = self.database.transaction(lambda tx: self._take_doubts(tx, now, limit))
        failpoints.reach("doubts.after")
        return [read_outgoing(row) for row in rows]

    def _take_doubts(self, tx: Tx, now: datetime, limit: int) -> list[Row]:
        until = now + timedelta(seconds=self.ask_seconds)
        rows = doubt_rows.take_doubts(tx, self.holder, now=now, until=until, limit=limit)
        failpoints.reach("doubts.write")
        return rows

    def settle(self, message: Outgoing, answer: LookUp, now: datetime) -> None:
        """Store what the provider answered about a message in doubt."""
        failpoints.reach("settle.before")
        self.database.transaction(lambda tx: self._settle(tx, message, answer, now))
        failpoints.reach("settle.after")

    def _settle(self, tx: Tx, message: Outgoing, answer: LookUp, now: datetime) -> None:
        gap = timedelta(seconds=self.policy.outbox_lookup_gap_seconds)
        doubts.settle(tx, message, answer, now, gap)
        failpoints.reach("settle.write")

    # -- one worker on one file --------------------------------------------------------------

    def hold_lock(self, now: datetime) -> bool:
        """Be the one worker of this database for the next seconds; False while another is."""
        failpoints.reach("lock.before")
        held = self.database.transaction(lambda tx: self._hold_lock(tx, now))
        failpoints.reach("lock.after")
        return held

    def _hold_lock(self, tx: Tx, now: datetime) -> bool:
        holder = locks.lock_holder(tx, LOCK)
        if is_gone(holder):
            locks.release_lock(tx, LOCK, holder)
        until = now + timedelta(seconds=LOCK_SECONDS)
        held = locks.hold_lock(tx, LOCK, self.holder, now=now, until=until)
        failpoints.reach("lock.write")
        return held

    def release_lock(self) -> None:
        self.database.transaction(lambda tx: locks.release_lock(tx, LOCK, self.holder))

    def count_me(self, now: datetime) -> int:
        """Be one of the workers of this database for the next seconds; how many there are."""
        until = now + timedelta(seconds=LOCK_SECONDS)
        return self.database.transaction(
            lambda tx: locks.count_me(tx, WORKERS, self.holder, now=now, until=until)
        )

    def leave(self) -> None:
        self.database.transaction(lambda tx: locks.leave(tx, WORKERS, self.holder))

    def resume(self, now: datetime) -> None:
        """Lift the pauses for wrong settings: whoever starts a worker has new ones."""
        for name in map(paused_switch, self.providers):
            if switch(self.database, name):
                self.database.transaction(
                    lambda tx, name=name: set_switch(tx, name, "", by=self.holder, now=now)  # type: ignore[misc]
                )


def new_holder() -> str:
    """A name for this worker that no other has: host, process, and a number."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def is_gone(holder: str) -> bool:
    """Whether that worker was a process of this host that is no more.

    After a crash the next one then starts at once instead of when the lock runs out.
    """
    host, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _expire(tx: Tx, ids: Sequence[str], now: datetime) -> int:
    done = messages.end(tx, ids, "expired", error_code="", now=now)
    failpoints.reach("expire.write")
    return done


def paused_switch(channel: str) -> str:
    """The switch that says why nothing of this channel goes out: a mail server that refuses our
    password must not keep SMS back."""
    return PAUSED if channel == "sms" else f"{PAUSED}_{channel}"


def note_unreachable(tx: Tx, message: Row, cause: Cause, now: datetime) -> None:
    """Keep what a provider says of a number for good: dead, or opted out there."""
    if cause is Cause.DEAD:
        messages.mark_dead(tx, message["channel"], message["peer"], now)
        escalation.give_up_on(tx, message["channel"], message["peer"], now)
    elif cause is Cause.OPTED_OUT and not messages.is_opted_out(tx, message["peer"]):
        contacts.opt_out(
            tx, message["peer"], text="(told to the provider)", message_id=message["id"], now=now,
            channel="provider",
        )  # fmt: skip


def pause_sending(tx: Tx, reason: str, now: datetime, *, channel: str = "sms") -> None:
    """Send nothing more of this channel until a worker starts with other settings."""
    name = paused_switch(channel)
    if not switch(tx, name):
        set_switch(tx, name, reason, by="worker", now=now)
        audit(tx, "worker", "sending paused", "outbox", now=now, detail=reason)
        log.critical("sending is paused: %s Correct the settings and start again.", reason)
