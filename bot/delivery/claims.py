"""Claims: which messages go out now, with their texts written; the rest end or wait here.

No provider is called here, and every claim is one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot import failpoints
from bot.channels.base import Outgoing
from locales.segments import count_segments
from storage import Row, Tx, debts, fanout, messages, restored
from storage.database import maybe_moment, moment
from storage.messages import Claim

log = logging.getLogger("gaisma.outbox")

# What a text that cannot be written raises: it holds back its own message only.
RENDER_ERRORS = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)

# Wait for the end of the quiet hours also when they were queued before: by SMS and by voice, for
# an e-mail wakes nobody. Faults, restorations, dangers and answers are never held.
HELD = tuple(dict.fromkeys((*fanout.HELD, "announcement", *debts.KINDS)))
QUIET_CHANNELS = ("sms", "voice")

CHUNK = 300  # rows that one transaction writes without keeping inbound texts waiting

Render = Callable[[Tx, Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Way:
    """So many messages of a channel to this provider."""

    channel: str
    provider: str
    limit: int


def render_nothing(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    """For an outbox whose messages all have their text already."""
    return {}


def claim_batch(tx: Tx, claim: Claim, lane: str, render: Render) -> list[Outgoing]:
    """Lease messages of one lane inside a transaction, their texts written; those to be sent.

    Those that are too late, unwanted, tried too often or without a text end here instead.
    """
    found = messages.candidates(tx, claim, lane, take=True)
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
    bodies = _write_missing(tx, rows, render, claim)
    failpoints.reach("claim.write")
    ordered = (rows[id_] for id_ in fates["ready"] if id_ in rows)
    return [read_outgoing(row, bodies.get(row["id"])) for row in ordered
            if row["body"] is not None or row["id"] in bodies]  # fmt: skip


def ask_batch(claim: Claim, mark: restored.Mark, render: Render, tx: Tx) -> int:
    """After a restore: put the next messages of a channel in doubt, their texts written, so that
    the provider can be asked about them; how many."""
    rows = {row["id"]: row for row in restored.to_ask(tx, claim.channel, mark, claim.now, CHUNK)}
    bodies = _write_missing(tx, rows, render, claim)
    for why in (restored.OLD, restored.NEW):
        ids = [id_ for id_, row in rows.items()
               if row["why"] == why and (row["body"] is not None or id_ in bodies)]  # fmt: skip
        restored.ask(tx, ids, why, since=mark.since, now=claim.now)
    return len(rows)


def _fate(row: Row, claim: Claim) -> str:
    valid_until = maybe_moment(row["valid_until"])
    if valid_until is not None and valid_until <= claim.now:
        return "expired"
    # The bot's answer to what somebody has just written is no unwanted message.
    if row["opted_out"] and row["kind"] != "answer":
        return "opted_out"
    return "tries" if row["attempts"] >= claim.max_tries else "ready"


def _write_missing(
    tx: Tx, rows: Mapping[str, Row], render: Render, claim: Claim
) -> dict[str, tuple[str, int]]:
    missing = [id_ for id_, row in rows.items() if row["body"] is None]
    if not missing:
        return {}
    texts = _render_all(tx, missing, render)
    bodies = {
        id_: (text, _segments(rows[id_]["channel"], text)) for id_, text in texts.items() if text
    }
    messages.write_bodies(
        tx, [(text, count, claim.cost(count), id_) for id_, (text, count) in bodies.items()]
    )
    lost = [id_ for id_ in missing if id_ not in bodies]
    messages.end(tx, lost, "set_aside", error_code="no_text", now=claim.now)
    return bodies


def _segments(channel: str, text: str) -> int:
    """What a text costs by SMS; a document has none."""
    return count_segments(text) if channel == "sms" else 0


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
        # Paced as one SMS part, whatever it is.
        segments=segments or _segments(row["channel"], body) or 1,
        attempts=row["attempts"],
        claimed_at=moment(row["claimed_at"]),
        lease_until=moment(row["lease_until"]),
        valid_until=maybe_moment(row["valid_until"]),
        provider=row["provider"],
        lookups=row["lookups"],
        why_unknown=row["error_code"] or "",
        holder=row["leased_by"] or "",
    )
