"""What approving a campaign would do: counts, price, deadline, warnings and some of its texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import debts, texts
from bot.policy import Policy
from bot.when import BOUND_BY_LAW, deadline
from locales.segments import count_segments
from storage import Row, Tx, fanout
from storage import campaigns as rows
from storage.database import moment

# Texts measured in each language, those of the longest addresses first.
MEASURED = 300


@dataclass(frozen=True)
class Measure:
    """How many messages in a language, and how many segments they take (measured or, with
    `exact` False, at most, by the longest addresses)."""

    messages: int
    segments: int
    exact: bool


@dataclass(frozen=True)
class Preview:
    """What approving a campaign would do. `late` counts works whose legal deadline is broken;
    `held_until` is `first_due` when the first message waits for the end of quiet hours."""

    campaign: Row
    works: int
    languages: dict[str, Measure]
    unreachable: int
    price_cents: float
    deadline: datetime | None
    late: int
    first_due: datetime | None
    held_until: datetime | None
    reminders: int
    samples: list[tuple[str, str, int]]
    too_long: bool
    warnings: list[str]

    @property
    def messages(self) -> int:
        return sum(measure.messages for measure in self.languages.values())

    @property
    def segments(self) -> int:
        return sum(measure.segments for measure in self.languages.values())


def preview(tx: Tx, row: Row, now: datetime, policy: Policy) -> Preview:
    """Counts, price, deadline, warnings and some texts of a campaign; nothing is changed."""
    campaign_id, kind = str(row["id"]), str(row["kind"])
    works = rows.works(tx, [campaign_id])
    counts = rows.messages_by_language(tx, campaign_id)
    written = {language: _texts(tx, row, language, policy, now) for language in counts}
    languages = {language: _measure(counts[language], written[language]) for language in counts}
    segments = sum(measure.segments for measure in languages.values())
    soonest = soonest_for(kind, now, policy)
    first = max((min(moment(w["due_at"]) for w in works), soonest)) if works else None
    made = Preview(
        campaign=row,
        works=len(works),
        languages=languages,
        unreachable=rows.without_phone(tx, campaign_id),
        price_cents=segments * policy.campaign_segment_price_cents,
        deadline=_deadline(kind, works, policy),
        late=_count_late(kind, works, soonest, policy),
        first_due=first,
        held_until=first if first == soonest > now else None,
        reminders=sum(int(child["recipients"]) for child in rows.children(tx, campaign_id)),
        samples=_pick_samples(written),
        too_long=_too_long(written, policy),
        warnings=[],
    )
    made.warnings.extend(_warnings(made, policy))
    return made


def _texts(tx: Tx, row: Row, language: str, policy: Policy, now: datetime) -> list[str]:
    """Some of the texts of a campaign in a language, those that are longest."""
    campaign_id = str(row["id"])
    if row["kind"] == debts.KIND:
        return debts.samples(tx, campaign_id, language, limit=MEASURED, policy=policy, now=now)
    found = rows.samples(tx, campaign_id, language, MEASURED)
    return list(texts.render_rows(found, policy, now=now).values())


def soonest_for(kind: str, now: datetime, policy: Policy) -> datetime:
    """The first moment at which a campaign of this kind may go."""
    return policy.after_quiet_hours(now) if kind in fanout.HELD else now


def _measure(count: int, written: Sequence[str]) -> Measure:
    taken = [count_segments(text) for text in written]
    if len(taken) >= count or not taken:
        return Measure(count, sum(taken), exact=True)
    return Measure(count, max(taken) * (count - len(taken)) + sum(taken), exact=False)


def _pick_samples(written: dict[str, list[str]]) -> list[tuple[str, str, int]]:
    """Up to ten (language, text, segments), every language that is there among them."""
    each = max(1, 10 // max(1, len(written)))
    return [
        (language, text, count_segments(text))
        for language, of_one in written.items()
        for text in list(dict.fromkeys(of_one))[:each]
    ]


def _deadline(kind: str, works: Sequence[Row], policy: Policy) -> datetime | None:
    if kind not in BOUND_BY_LAW or not works:
        return None
    return deadline(min(moment(work["starts_at"]) for work in works), policy)


def _count_late(kind: str, works: Sequence[Row], soonest: datetime, policy: Policy) -> int:
    if kind not in BOUND_BY_LAW:
        return 0
    return sum(
        max(moment(work["due_at"]), soonest) > deadline(moment(work["starts_at"]), policy)
        for work in works
    )


def _warnings(made: Preview, policy: Policy) -> list[str]:
    found = []
    if not made.messages:
        found.append("Nobody would get it: no customer in it has a phone that may be written to.")
    if made.late:
        found.append(
            f"{made.late} of {made.works} works would be told less than "
            f"{policy.planned_notice_days} days before the start; approving needs --reason."
        )
    if made.too_long:
        found.append(too_long(policy))
    if made.campaign["recipients"] > policy.campaign_four_eyes_over:
        found.append(
            f"More than {policy.campaign_four_eyes_over} recipients: somebody else than "
            f"{made.campaign['made_by']} must approve it."
        )
    return found


def too_long(policy: Policy) -> str:
    """The sentence for a campaign with texts over the policy's segments."""
    return (
        f"Some texts take more than {policy.text_max_segments} SMS parts; "
        "shorten the addresses or raise [text] max_segments in the policy."
    )


def _too_long(written: dict[str, list[str]], policy: Policy) -> bool:
    limit = policy.text_max_segments
    return any(count_segments(text) > limit for of_one in written.values() for text in of_one)
