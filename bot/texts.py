"""A notice as the text of an SMS: who writes, what, where, when, why and whom to ask.

The sentences are in `locales`; here is which of them is said, and what is left out when it does
not fit: first the reason gets shorter, then the dates, then the addresses.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.policy import Policy
from locales import dates
from locales.alphabet import plain, to_policy
from locales.catalogue import say
from locales.segments import count_segments
from locales.short import short_address
from storage import Row, Tx, fanout
from storage.database import maybe_moment, moment

ABOUT_WORKS = ("planned_notice", "reminder", "moved", "cancelled")


@dataclass(frozen=True)
class Work:
    """One outage at one premises, as one notice tells of it. `address` '': none is known."""

    outage_id: str
    starts_at: datetime
    ends_at: datetime | None
    address: str
    reason: str = ""
    state: str = ""
    old_starts_at: datetime | None = None
    old_ends_at: datetime | None = None


@dataclass(frozen=True)
class Tightness:
    """How short to be: characters for the reason (0: none), for an address; dates in figures."""

    reason: int = 160
    short_dates: bool = False
    address: int = 40
    works: int = 5


# From the fullest to the tightest; the first that fits is sent.
TIGHTER = (
    Tightness(),
    Tightness(reason=40),
    Tightness(reason=40, short_dates=True),
    Tightness(reason=24, short_dates=True),
    Tightness(reason=0),
    Tightness(reason=0, short_dates=True, works=4),
    Tightness(reason=0, short_dates=True, address=28, works=3),
    Tightness(reason=0, short_dates=True, address=20, works=2),
    Tightness(reason=0, short_dates=True, address=16, works=1),
)
# Languages with letters of their own outside GSM-7; elsewhere only names of places have any.
WITH_LETTERS = ("lv", "ru")


def render_batch(
    tx: Tx, message_ids: Sequence[str], policy: Policy, *, now: datetime | None = None
) -> dict[str, str]:
    """The texts of messages that have none yet, by message id.

    `now` is when they are read: days of another year are told with the year. A message all of whose
    notices have been overtaken is left out: it has nothing to say.
    """
    rows = fanout.facts_of_messages(tx, message_ids)
    return render_rows(rows, policy, now=now)


def render_rows(
    rows: Iterable[Row], policy: Policy, *, now: datetime | None = None
) -> dict[str, str]:
    """As `render_batch`, of rows of facts (`fanout.facts_of_messages`)."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(str(row["message_id"]), []).append(row)
    return {
        message_id: render(
            str(of_one[0]["kind"]),
            str(of_one[0]["language"]),
            [_work(row) for row in of_one],
            policy,
            now=now,
        )
        for message_id, of_one in grouped.items()
    }


def render(
    kind: str, language: str, works: Sequence[Work], policy: Policy, *, now: datetime | None = None
) -> str:
    """The text of a kind of notice about these works, as full as the policy's segments allow."""
    mode = policy.text_mode(language)
    text = ""
    for tightness in TIGHTER:
        whole = _Writer(kind, language, tightness, policy, now).write(works)
        text = to_policy(whole, mode)
        if count_segments(text) > policy.text_max_segments and language not in WITH_LETTERS:
            # One Latvian letter of an address would cost the reader half of the text.
            text = plain(whole)
        if count_segments(text) <= policy.text_max_segments:
            break
    return text


def _work(row: Row) -> Work:
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
    )


@dataclass(frozen=True)
class _Writer:
    kind: str
    language: str
    tightness: Tightness
    policy: Policy
    now: datetime | None

    def write(self, works: Sequence[Work]) -> str:
        first = works[0]
        values: dict[str, object] = {
            "brand": self.policy.contact_brand,
            "phone": self._phone(),
            "why": self._why(works),
        }
        # Taken back by the dispatcher: there was none, so nothing came back.
        mistaken = self.kind == "restored" and first.state == "cancelled"
        key = "no_outage" if mistaken else self.kind
        if len({work.outage_id for work in works}) > 1:
            key, values["works"] = f"{key}_many", self._works(works)
        else:
            values["where"] = self._where(works)
        if key in ("planned_notice", "reminder", "moved"):
            values["when"] = self._span(first.starts_at, first.ends_at)
        if key in ("moved", "cancelled"):
            values["old"] = self._old(first)
        if key in ("unplanned", "time_changed"):
            key = self._promise(first, values)
        return self._say(key, **values)

    def _say(self, key: str, **values: Any) -> str:
        return say(self.language, f"notice.{key}", **values)

    def _phone(self) -> str:
        works = self.kind in ABOUT_WORKS
        return self.policy.contact_service_phone if works else self.policy.contact_fault_phone

    def _why(self, works: Sequence[Work]) -> str:
        reasons = {work.reason.strip().rstrip(".") for work in works}
        # Several works with several reasons: none of them would be true of all.
        if len(reasons) != 1 or not (reason := reasons.pop()) or not self.tightness.reason:
            return ""
        # The sentence adds the third dot.
        short = textwrap.shorten(reason, self.tightness.reason, placeholder="..")
        # A first word that alone is longer than the room would leave only the dots.
        return "" if short == ".." else self._say("why", reason=short)

    def _where(self, works: Sequence[Work]) -> str:
        places = list(dict.fromkeys(self._place(work) for work in works))
        if len(places) == 1:
            return places[0]
        return self._say("more", where=places[0], others=len(places) - 1)

    def _place(self, work: Work) -> str:
        if not work.address:
            return self._say("somewhere")
        return short_address(work.address, limit=self.tightness.address)

    def _span(self, start: datetime, end: datetime | None) -> str:
        tell = dates.short_span if self.tightness.short_dates else dates.span
        return tell(start, end, self.language, self.now)

    def _old(self, work: Work) -> str:
        if work.old_starts_at is None:
            return self._span(work.starts_at, work.ends_at)
        return self._span(work.old_starts_at, work.old_ends_at)

    def _works(self, works: Sequence[Work]) -> str:
        items = list(dict.fromkeys(self._items(works)))
        told = "; ".join(items[: self.tightness.works])
        others = len(items) - self.tightness.works
        return self._say("more", where=told, others=others) if others > 0 else told

    def _items(self, works: Sequence[Work]) -> Iterator[str]:
        for work in works:
            start, end = work.old_starts_at or work.starts_at, work.old_ends_at or work.ends_at
            when = dates.short_span(start, end, self.language, self.now)
            yield self._say("work", when=when, where=self._place(work))

    def _promise(self, work: Work, values: dict[str, object]) -> str:
        """The key for a restoration time that is known or not, its values added."""
        if work.ends_at is not None:
            day = dates.on_day(work.ends_at, self.language, self.now)
            hour = dates.hour(work.ends_at, self.language)
            values["by"] = self._say("by", day=day, hour=hour)
            return self.kind
        if self.kind == "unplanned":
            minutes = self.policy.unplanned_next_word_minutes
            values["within"] = dates.within(minutes, self.language)
        return f"{self.kind}_open"
