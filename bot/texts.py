"""A notice as the text of an SMS: who writes, what, where, when, why and whom to ask.

The sentences are in `locales`, which of them is said in `words_short`; here is what is left out
when it does not fit: first the reason gets shorter, then the dates, then the addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.policy import Policy
from bot.subjects import CustomerKind, Extra, Work
from bot.words_short import TIGHTER, Writer
from locales.alphabet import to_policy
from locales.segments import count_segments
from storage import Row, Tx, customers, fanout
from storage.database import maybe_moment, moment

__all__ = ["Work", "read_work", "reader_kind", "render", "render_batch", "render_rows"]

# How many works there are decides on the sentence, not the name of the kind.
ALIASES = {"cancelled_many": "cancelled"}


def render_batch(
    tx: Tx, message_ids: Sequence[str], policy: Policy, *, now: datetime | None = None
) -> dict[str, str]:
    """The texts of messages that have none yet, by message id.

    `now` is when they are read: days of another year are told with the year. A message all of whose
    notices have been overtaken is left out: it has nothing to say.
    """
    return render_rows(tx, fanout.facts_of_messages(tx, message_ids), policy, now=now)


def render_rows(
    tx: Tx, rows: Sequence[Row], policy: Policy, *, now: datetime | None = None
) -> dict[str, str]:
    """As `render_batch`, of rows of facts (`fanout.facts_of_messages`)."""
    # Whoever has homes in two towns cannot tell by a street alone which of them is meant.
    several = customers.in_several_towns(tx, (str(row["customer_number"]) for row in rows))
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(str(row["message_id"]), []).append(row)
    return {
        message_id: render(
            str(of_one[0]["kind"]),
            str(of_one[0]["language"]),
            [read_work(row) for row in of_one],
            policy,
            now=now,
            reader_kind=reader_kind(of_one[0]),
            towns=any(row["customer_number"] in several for row in of_one),
        )
        for message_id, of_one in grouped.items()
    }


def render(
    kind: str,
    language: str,
    works: Sequence[Work],
    policy: Policy,
    *,
    now: datetime | None = None,
    extra: Extra = None,
    reader_kind: CustomerKind = "household",
    towns: bool = False,
) -> str:
    """The text of a kind of notice about these works, as full as the policy's segments allow.

    Works in several towns are told with their towns; with `towns`, works in one are, too.

    `extra` is what a kind is about that tells of no works (a `Debt`, an `Announcement`...); the
    texts of operators are never cut, so those may take more. Raises ValueError when it is missing.
    """
    kind = ALIASES.get(kind, kind)
    mode = policy.text_mode(language)
    business = reader_kind == "business"
    towns = towns or len({work.town for work in works if work.town}) > 1
    text = ""
    for tightness in TIGHTER:
        writer = Writer(kind, language, tightness, policy, now, extra, business, towns)
        whole = writer.write(works)
        text = to_policy(whole, mode, language)
        if count_segments(text) <= policy.text_max_segments:
            break
    return text


def reader_kind(row: Row) -> CustomerKind:
    """Whose words a row of facts asks for."""
    business = "customer_kind" in row.keys() and row["customer_kind"] == "business"  # noqa: SIM118
    return "business" if business else "household"


def read_work(row: Row) -> Work:
    """One row of facts (`fanout.facts_of_messages`)."""
    reason = str(row["reason"])
    if row["kind"] == "cancelled" and reason == row["planned_reason"]:
        reason = ""
    return Work(
        outage_id=str(row["outage_id"]),
        starts_at=moment(row["starts_at"]),
        ends_at=maybe_moment(row["ends_at"]),
        address=str(row["address"] or row["outage_town"] or ""),
        reason=reason,
        state=str(row["state"]),
        old_starts_at=maybe_moment(row["old_starts_at"]),
        old_ends_at=maybe_moment(row["old_ends_at"]),
        town=str(row["town"] or "") if row["address"] else "",
    )
