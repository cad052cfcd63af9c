"""The outbox: what the worker stores before a call and after it. It calls no provider itself.

Never lost, never twice: a message is leased before the call. A result that is not known is asked
about twice before the message is sent again.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import (
    Accepted,
    CannotAsk,
    Cause,
    Found,
    LookUp,
    NotFound,
    NotSent,
    Outgoing,
    Result,
    Unknown,
)
from bot.policy import Policy
from locales.segments import count_segments
from storage import Database, Row, Tx, contacts, locks, messages
from storage.database import audit, maybe_moment, moment, set_switch, switch
from storage.messages import Claim, Progress

log = logging.getLogger("gaisma.outbox")

STOPPED = "sending_stopped"  # a person's button: no alerts go out, answers do
PAUSED = "sending_paused"  # our settings are wrong: nothing can go out; the value says why
LOCK = "worker"
LOCK_SECONDS = 10.0
# As many as one transaction writes without keeping inbound texts waiting.
CHUNK = 300
# An answer that may have been lost is of no use to anybody after this time.
ANSWER_LIFE = timedelta(minutes=2)
# The call itself has its limit; this is where we give up on the limit.
PATIENCE = 1.25
NO_ANSWER = "unknown"
# A lease must outlast the call and, before it, the wait for our turn at the pace we keep.
QUEUE_SECONDS = 2.0
# What a text that cannot be written raises: it holds back its own message only.
RENDER_ERRORS = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)

Render = Callable[[Tx, Sequence[str]], Mapping[str, str]]


def render_nothing(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    """For an outbox whose messages all have their text already."""
    return {}


@dataclass(frozen=True)
class Outbox:
    """The outbox as one worker sees it. `providers`: name of the provider by message channel."""

    database: Database
    policy: Policy
    holder: str
    providers: Mapping[str, str]
    render: Render = render_nothing

    @property
    def call_seconds(self) -> float:
        """How long one call may take in all."""
        return self.policy.outbox_call_timeout_seconds * PATIENCE

    # -- claims ------------------------------------------------------------------------------

    def claim(self, now: datetime, limit: int) -> list[Outgoing]:
        """Lease up to `limit` messages whose turn it is, answers first."""
        if switch(self.database, PAUSED):
            return []
        taken: list[Outgoing] = []
        for lane in self._open_lanes():
            for channel in self.providers:
                if len(taken) < limit:
                    taken += self._claim_lane(now, lane, channel, limit - len(taken))
        return taken

    def _open_lanes(self) -> Sequence[str]:
        return messages.LANES[:1] if switch(self.database, STOPPED) else messages.LANES

    def _claim_lane(self, now: datetime, lane: str, channel: str, limit: int) -> list[Outgoing]:
        lease = max(self.policy.outbox_lease_seconds, self.call_seconds + QUEUE_SECONDS)
        claim = Claim(
            holder=self.holder,
            channel=channel,
            provider=self.providers[channel],
            now=now,
            lease_until=now + timedelta(seconds=lease),
            limit=min(limit, CHUNK),
            max_tries=int(self.policy.outbox_max_tries),
        )
        # A read first: an idle worker must not take turns with those who write.
        if not messages.candidates(self.database, claim, lane):
            return []
        return self.database.transaction(
            lambda tx: claim_batch(tx, claim, lane, self.render), bulk=lane == "alert"
        )

    def expire(self, now: datetime) -> int:
        """End the queued messages whose time has passed; how many."""
        ids = messages.find_expired(self.database, now, CHUNK)
        if not ids:
            return 0
        return self.database.transaction(
            lambda tx: messages.end(tx, ids, "expired", error_code="", now=now), bulk=True
        )

    # -- results -----------------------------------------------------------------------------

    def record(self, results: Sequence[tuple[Outgoing, Result]], now: datetime) -> None:
        """Store what came of the calls. May be repeated with the same results."""
        self.database.transaction(lambda tx: self._record(tx, results, now), bulk=True)

    def _record(
        self, tx: Tx, results: Sequence[tuple[Outgoing, Result]], now: datetime
    ) -> None:  # fmt: skip
        accepted = [
            Progress(message.id, "accepted", message.provider, result.provider_id)
            for message, result in results
            if isinstance(result, Accepted)
        ]
        messages.move_forward(tx, accepted, now)
        for message, result in results:
            if isinstance(result, NotSent):
                self._record_not_sent(tx, message, result, now)
            elif isinstance(result, Unknown):
                messages.doubt(tx, message.id, self.holder, ask_at=now, why=NO_ANSWER)

    def _record_not_sent(
        self, tx: Tx, message: Outgoing, result: NotSent, now: datetime
    ) -> None:  # fmt: skip
        if result.cause in (Cause.BUSY, Cause.LATE, Cause.MISCONFIGURED):
            due_at = now
            if result.cause is Cause.BUSY:
                # Not all at the same moment again.
                wait = result.retry_after or random.uniform(0.5, 2.0)  # noqa: S311
                due_at = now + timedelta(seconds=wait)
            messages.requeue(
                tx, message.id, self.holder,
                due_at=due_at, error_code=result.code, count_try=False,
            )  # fmt: skip
            if result.cause is Cause.MISCONFIGURED:
                pause_sending(tx, result.reason, now)
            return
        step = Progress(message.id, "failed", message.provider, error_code=result.code)
        messages.move_forward(tx, [step], now)
        row = messages.outgoing(tx, message.id)
        if row is not None:
            note_unreachable(tx, row, result.cause, now)

    # -- doubts ------------------------------------------------------------------------------

    def take_doubts(self, now: datetime, limit: int) -> list[Outgoing]:
        """Lease messages that may or may not have been sent, in order to ask about them."""
        if not messages.has_doubts(self.database, now):
            return []
        until = now + timedelta(seconds=self.call_seconds * 1.2)
        rows = self.database.transaction(
            lambda tx: messages.take_doubts(tx, self.holder, now=now, until=until, limit=limit)
        )
        return [read_outgoing(row) for row in rows]

    def settle(self, message: Outgoing, answer: LookUp, now: datetime) -> None:
        """Store what the provider answered about a message in doubt."""
        self.database.transaction(lambda tx: self._settle(tx, message, answer, now))

    def _settle(self, tx: Tx, message: Outgoing, answer: LookUp, now: datetime) -> None:
        gap = timedelta(seconds=self.policy.outbox_lookup_gap_seconds)
        if isinstance(answer, Found):
            match = _first_free(tx, message, answer)
            if match is not None:
                step = Progress(message.id, match[1], message.provider, match[0])
                messages.move_forward(tx, [step], now)
                return
            answer = NotFound()
        if isinstance(answer, CannotAsk):
            self._settle_unasked(tx, message, now, gap)
        elif isinstance(answer, NotFound) and message.lookups >= 1:
            # A worker that died says nothing against the messages it had: after a night of
            # power cuts they would all be set aside.
            self._send_again(tx, message, now, count_try=message.why_unknown == NO_ANSWER)
        else:
            asked = message.lookups + isinstance(answer, NotFound)
            messages.doubt(
                tx, message.id, self.holder,
                ask_at=now + gap, why=message.why_unknown, lookups=asked,
            )  # fmt: skip

    def _settle_unasked(
        self, tx: Tx, message: Outgoing, now: datetime, gap: timedelta
    ) -> None:  # fmt: skip
        """The provider keeps no list: a receipt may still come, then the class decides."""
        alert = message.lane == "alert"
        decide_at = message.claimed_at + (gap if alert else ANSWER_LIFE)
        if now < decide_at:
            messages.doubt(
                tx, message.id, self.holder, ask_at=decide_at, why=message.why_unknown
            )  # fmt: skip
        elif not alert:
            messages.end(tx, [message.id], "expired", error_code="unknown", now=now)
        elif message.attempts <= 1:
            log.warning("message %s may go out twice: its fate cannot be learned", message.id)
            self._send_again(tx, message, now, count_try=True)
        else:
            messages.end(tx, [message.id], "set_aside", error_code="unknown", now=now)

    def _send_again(self, tx: Tx, message: Outgoing, now: datetime, *, count_try: bool) -> None:
        messages.requeue(
            tx, message.id, self.holder, due_at=now, error_code="again", count_try=count_try
        )  # fmt: skip

    # -- one worker on one file --------------------------------------------------------------

    def hold_lock(self, now: datetime) -> bool:
        """Be the one worker of this database for the next seconds; False while another is."""
        return self.database.transaction(lambda tx: self._hold_lock(tx, now))

    def _hold_lock(self, tx: Tx, now: datetime) -> bool:
        holder = locks.lock_holder(tx, LOCK)
        if is_gone(holder):
            locks.release_lock(tx, LOCK, holder)
        until = now + timedelta(seconds=LOCK_SECONDS)
        return locks.hold_lock(tx, LOCK, self.holder, now=now, until=until)

    def release_lock(self) -> None:
        self.database.transaction(lambda tx: locks.release_lock(tx, LOCK, self.holder))

    def resume(self, now: datetime) -> None:
        """Lift the pause for wrong settings: whoever starts a worker has new ones."""
        if switch(self.database, PAUSED):
            self.database.transaction(
                lambda tx: set_switch(tx, PAUSED, "", by=self.holder, now=now)
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


def claim_batch(tx: Tx, claim: Claim, lane: str, render: Render) -> list[Outgoing]:
    """Lease messages of one lane inside a transaction, their texts written; those to be sent.

    Those that are too late, unwanted, tried too often or without a text end here instead.
    """
    found = messages.candidates(tx, claim, lane)
    fates: dict[str, list[str]] = {"ready": [], "expired": [], "opted_out": [], "tries": []}
    for row in found:
        fates[_fate(row, claim)].append(row["id"])
    for fate, status in (
        ("expired", "expired"),
        ("opted_out", "withdrawn"),
        ("tries", "set_aside"),
    ):
        code = "" if fate == "expired" else fate
        messages.end(tx, fates[fate], status, error_code=code, now=claim.now)
    rows = {row["id"]: row for row in messages.claim(tx, fates["ready"], claim)}
    bodies = _write_missing(tx, rows, render, claim.now)
    ordered = (rows[id_] for id_ in fates["ready"] if id_ in rows)
    return [read_outgoing(row, bodies.get(row["id"])) for row in ordered
            if row["body"] is not None or row["id"] in bodies]  # fmt: skip


def _fate(row: Row, claim: Claim) -> str:
    valid_until = maybe_moment(row["valid_until"])
    if valid_until is not None and valid_until <= claim.now:
        return "expired"
    # The bot's answer to what somebody has just written is no unwanted message.
    if row["opted_out"] and row["kind"] != "answer":
        return "opted_out"
    return "tries" if row["attempts"] >= claim.max_tries else "ready"


def _write_missing(
    tx: Tx, rows: Mapping[str, Row], render: Render, now: datetime
) -> dict[str, tuple[str, int]]:
    missing = [id_ for id_, row in rows.items() if row["body"] is None]
    if not missing:
        return {}
    texts = _render_all(tx, missing, render)
    bodies = {id_: (text, count_segments(text)) for id_, text in texts.items() if text}
    messages.write_bodies(tx, [(text, count, id_) for id_, (text, count) in bodies.items()])
    lost = [id_ for id_ in missing if id_ not in bodies]
    messages.end(tx, lost, "set_aside", error_code="no_text", now=now)
    return bodies


def _render_all(tx: Tx, ids: Sequence[str], render: Render) -> dict[str, str]:
    """All texts; when they fail together, each alone, so that one bad one holds up no other."""
    try:
        return dict(render(tx, ids))
    except RENDER_ERRORS as error:
        if len(ids) == 1:
            log.error("message %s has no text: %s", ids[0], type(error).__name__)
            return {}
    texts: dict[str, str] = {}
    for id_ in ids:
        texts |= _render_all(tx, [id_], render)
    return texts


def note_unreachable(tx: Tx, message: Row, cause: Cause, now: datetime) -> None:
    """Keep what a provider says of a number for good: dead, or opted out there."""
    if cause is Cause.DEAD:
        messages.mark_dead(tx, message["channel"], message["peer"], now)
    elif cause is Cause.OPTED_OUT and not messages.is_opted_out(tx, message["peer"]):
        contacts.opt_out(
            tx, message["peer"], text="(told to the provider)", message_id=message["id"], now=now
        )


def pause_sending(tx: Tx, reason: str, now: datetime) -> None:
    """Send nothing more until a worker starts with other settings."""
    if not switch(tx, PAUSED):
        set_switch(tx, PAUSED, reason, by="worker", now=now)
        audit(tx, "worker", "sending paused", "outbox", now=now, detail=reason)
        log.critical("sending is paused: %s Correct the settings and start again.", reason)


def read_outgoing(row: Row, written: tuple[str, int] | None = None) -> Outgoing:
    """A message for a channel; `written`: text and segments that came after the row was read."""
    body, segments = written or (row["body"] or "", row["segments"])
    return Outgoing(
        id=row["id"],
        channel=row["channel"],
        peer=row["peer"],
        body=body,
        kind=row["kind"],
        lane=row["lane"],
        segments=segments or count_segments(body),
        attempts=row["attempts"],
        claimed_at=moment(row["claimed_at"]),
        lease_until=moment(row["lease_until"]),
        valid_until=maybe_moment(row["valid_until"]),
        provider=row["provider"],
        lookups=row["lookups"],
        why_unknown=row["error_code"] or "",
    )


def _first_free(tx: Tx, message: Outgoing, answer: Found) -> tuple[str, str] | None:
    """The first message found that is not another one of ours."""
    known = messages.known_ids(tx, message.provider, [id_ for id_, _ in answer.matches])
    return next((match for match in answer.matches if match[0] not in known), None)
