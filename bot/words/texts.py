"""A notice as the text of an SMS: who writes, what, where, when, why and whom to ask.

The sentences are in `locales`, which of them is said in `words_short`; here is what is left out
when it does not fit: first the reason gets shorter, then the dates, then the addresses. Of several
addresses all are named as long as that fits, else as many as do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.policy import Policy
from bot.words.short import NAMING_ALL, NAMING_SOME, TIGHTER, Tightness, Writer
from bot.words.subjects import OF_OUTAGES, CustomerKind, Extra, Work
from locales.alphabet import to_policy
from locales.segments import count_segments
from storage import Row, Tx, customers, fanout
from storage.database import maybe_moment, moment

__all__ = ["Work", "read_work", "reader_kind", "render", "render_batch", "render_rows"]

# How many works there are decides on the sentence, not the name of the kind.
# More house numbers than this never fit; without the limit hundreds would be tried.
MOST_NAMED = 100
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
    business = reader_kind == "business"
    towns = towns or len({work.town for work in works if work.town}) > 1
    writer = Writer(kind, language, TIGHTER[0], policy, now, extra, business, towns)
    several = _count_addresses(kind, works)
    text = ""
    for tightness in _whole(several):
        text = _write(writer, tightness, works)
        if _fits(text, policy):
            return text
    return _name_some(writer, works, several) if several > 1 else text


def _whole(several: int) -> Sequence[Tightness]:
    """How a text may be tightened that leaves out no address."""
    if several > MOST_NAMED:
        return ()
    return NAMING_ALL if several > 1 else TIGHTER


def _count_addresses(kind: str, works: Sequence[Work]) -> int:
    """At how many addresses the one outage is that a text tells of; 0 for another matter."""
    if kind not in OF_OUTAGES or len({work.outage_id for work in works}) != 1:
        return 0
    return len({(work.address, work.town) for work in works})


def _write(writer: Writer, tightness: Tightness, works: Sequence[Work]) -> str:
    whole = replace(writer, tightness=tightness).write(works)
    return to_policy(whole, writer.policy.text_mode(writer.language), writer.language)


def _fits(text: str, policy: Policy) -> bool:
    return count_segments(text) <= policy.text_max_segments


def _name_some(writer: Writer, works: Sequence[Work], several: int) -> str:
    """The text with as many addresses as fit, the others counted.

    One that names a few addresses in full comes before a brief one that names more.
    """
    text = ""
    for tightness in NAMING_SOME:
        naming = partial(_naming, writer, tightness, works)
        fitting = _count_fitting(naming, several, writer.policy)
        text = naming(max(fitting, 1))
        if fitting:
            break
    return text


def _naming(writer: Writer, tightness: Tightness, works: Sequence[Work], count: int) -> str:
    return _write(writer, replace(tightness, addresses=count), works)


def _count_fitting(naming: Callable[[int], str], several: int, policy: Policy) -> int:
    """How many addresses fit, found by halves: a business may have hundreds on one feeder."""
    return bisect_right(
        range(1, min(several, MOST_NAMED)),
        False,
        key=lambda count: not _fits(naming(count), policy),
    )


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
