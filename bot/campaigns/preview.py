"""What approving a campaign would do: counts, price, deadline, warnings and some of its texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.campaigns.reach import Reach, deadlines, reach
from bot.campaigns.samples import Look
from bot.campaigns.when import BOUND_BY_LAW, deadline, letter_deadline
from bot.debts import rules as debts
from bot.policy import RIGA, Policy
from bot.words import texts
from bot.words.counted import counted, premises
from locales.reasons import reason_in
from locales.segments import count_segments
from storage import Row, Tx, fanout
from storage import campaigns as rows
from storage.database import maybe_moment, moment

# Texts measured in each language, those of the longest addresses first.
MEASURED = 300
LETTERS = "letters"
NAMED = 10  # works that a warning names


@dataclass(frozen=True)
class Measure:
    """How many messages in a language, and how many segments they take (measured or, with
    `exact` False, at most, by the longest addresses)."""

    messages: int
    segments: int
    exact: bool


@dataclass(frozen=True)
class LateWorks:
    """Works that somebody is told of too late for the law, and by what."""

    external_id: str
    starts_at: datetime
    ways: tuple[str, ...]
    outage_id: str = ""

    def __str__(self) -> str:
        day = self.starts_at.astimezone(RIGA)
        return f"{self.external_id} on {day:%-d %b %Y} ({' and '.join(self.ways)})"


@dataclass(frozen=True)
class Preview:
    """What approving a campaign would do. `languages` are those of the SMS, `reach` the rest.

    `late` counts works of which somebody would be told too late for the law, by SMS or by a
    letter that takes its days; `deadlines` are the last moments that keep it, by channel, and
    `deadline` the first of them. `prices` are in cents by channel. `late_works` names them.
    `first_letter`: when letters may go; `held_until` is the first moment of all others when they
    wait for the end of quiet hours. `instead` is the command without which
    it cannot be approved; `again`: another correction of the same has been approved. `unsaid` are
    reasons that are left out, with the languages in which nobody has them. `apart` are the works
    (ids of outages) whose letters are late and become a draft of their own with the approval.
    `unwritten`: readers by language of a text that is still missing; `segments` and `prices` count
    nothing for them.
    """

    campaign: Row
    works: int
    languages: dict[str, Measure]
    reach: Reach
    prices: dict[str, float]
    deadlines: dict[str, datetime]
    late_list: list[LateWorks]
    first_sms: datetime | None
    first_letter: datetime | None
    held_until: datetime | None
    reminders: int
    samples: list[tuple[str, str, int]]
    too_long: bool
    warnings: list[str]
    instead: str = ""
    again: bool = False
    unsaid: dict[str, list[str]] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)
    unwritten: dict[str, int] = field(default_factory=dict)

    @property
    def late(self) -> int:
        return len(self.late_list)

    @property
    def late_works(self) -> list[str]:
        """The late works in words."""
        return [str(each) for each in self.late_list]

    @property
    def first_due(self) -> datetime | None:
        """When the first message goes, whatever it is."""
        return min(filter(None, (self.first_sms, self.first_letter)), default=None)

    @property
    def unreachable(self) -> int:
        """Customers no channel is open to."""
        return self.reach.unreached

    @property
    def price_cents(self) -> float:
        return sum(self.prices.values())

    @property
    def deadline(self) -> datetime | None:
        return min(self.deadlines.values(), default=None)

    @property
    def messages(self) -> int:
        """SMS alone."""
        return sum(measure.messages for measure in self.languages.values())

    @property
    def segments(self) -> int:
        return sum(measure.segments for measure in self.languages.values())


def preview(
    tx: Tx, row: Row, now: datetime, policy: Policy, *, email: bool = True, short_number: str = ""
) -> Preview:  # fmt: skip
    """Counts, price, deadlines, warnings and some texts of a campaign; nothing is changed.

    `email` False: this installation sends no e-mail. `short_number`: where to text us, as e-mails
    and letters say it.
    """
    campaign_id, kind = str(row["id"]), str(row["kind"])
    works = rows.works(tx, [campaign_id])
    soonest = soonest_for(kind, now, policy)
    others = reach(tx, row, Look(policy, soonest, short_number), email=email)
    counts = rows.messages_by_language(tx, campaign_id) if others.sms is None else others.sms
    seen = {language: _texts(tx, row, language, policy, now) for language in counts}
    written = {language: texts for language, (texts, _) in seen.items()}
    languages = {language: _measure(counts[language], written[language]) for language in counts}
    segments = sum(measure.segments for measure in languages.values())
    going = _Going(now, soonest, policy)
    first = going.first(works, "sms_due_at") if works else going.first([row], "due_at")
    late = going.late(works, others) if kind in BOUND_BY_LAW else []
    by_letter_only = all(each.ways == (LETTERS,) for each in late)
    apart = late if by_letter_only and (segments or others.emails) else []
    made = Preview(
        campaign=row,
        works=len(works),
        languages=languages,
        reach=others,
        prices={"sms": segments * policy.campaign_segment_price_cents, **others.prices(policy)},
        deadlines=_deadlines(kind, works, policy, others, apart),
        late_list=[] if apart else late,
        first_sms=first,
        first_letter=going.first(works, "letter_due_at"),
        held_until=first if first == soonest > now else None,
        reminders=sum(int(child["recipients"]) for child in rows.children(tx, campaign_id)),
        samples=_pick_samples(written),
        too_long=_too_long(written, policy),
        warnings=[],
        unsaid=_unsaid(set().union(*(reasons for _, reasons in seen.values())), seen),
        apart=[each.outage_id for each in apart],
    )
    made.warnings.extend(_warnings(made, policy))
    return made


def _texts(
    tx: Tx, row: Row, language: str, policy: Policy, now: datetime
) -> tuple[list[str], set[str]]:
    """Some of the texts of a campaign in a language, those that are longest; and their reasons."""
    campaign_id = str(row["id"])
    if row["kind"] == debts.KIND:
        own = debts.samples(tx, campaign_id, language, limit=MEASURED, policy=policy, now=now)
        return own, set()
    found = rows.samples(tx, campaign_id, language, MEASURED)
    written = texts.render_rows(tx, found, policy, now=now)
    return list(written.values()), {texts.read_work(each).reason for each in found}


def _unsaid(reasons: set[str], languages: Iterable[str]) -> dict[str, list[str]]:
    """Reasons that some of the readers are not told, and the languages that nobody has them in."""
    lacking = {
        reason: [language for language in languages if not reason_in(reason, language)]
        for reason in sorted(filter(None, reasons))
    }
    return {reason: without for reason, without in lacking.items() if without}


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


def _deadlines(
    kind: str, works: Sequence[Row], policy: Policy, others: Reach, apart: Sequence[LateWorks]
) -> dict[str, datetime]:  # fmt: skip
    works = [work for work in works if work["adds_time"]]
    if not works or kind not in BOUND_BY_LAW:
        return {}
    starts = {str(work["outage_id"]): moment(work["starts_at"]) for work in works}
    # Works that nobody is told of by letter have no day on which one must be posted.
    by_letter = others.by_letter - {each.outage_id for each in apart}
    posted = [at for outage_id, at in starts.items() if outage_id in by_letter]
    found = deadlines(min(starts.values()), min(posted, default=None), policy, others)
    if "letter" in found and not any(work["sms_due_at"] for work in works):
        return {"letter": found["letter"]}
    return found


@dataclass(frozen=True)
class _Going:
    """From when messages may go: letters at once, all others at `soonest`."""

    now: datetime
    soonest: datetime
    policy: Policy

    def first(self, works: Sequence[Row], column: str) -> datetime | None:
        """When the first of them goes, by their due times in this column."""
        dues = [moment(each[column]) for each in works if each[column]]
        return max(min(dues), self._from(column)) if dues else None

    def _from(self, column: str) -> datetime:
        return self.now if column == "letter_due_at" else self.soonest

    def late(self, works: Sequence[Row], others: Reach) -> list[LateWorks]:
        """The works that somebody is told of too late for the law, and by what."""
        return [
            LateWorks(
                str(work["external_id"]),
                moment(work["starts_at"]),
                tuple(ways),
                str(work["outage_id"]),
            )
            for work in works
            if (ways := self._late_ways(work, posted=str(work["outage_id"]) in others.by_letter))
        ]

    def _late_ways(self, work: Row, *, posted: bool) -> list[str]:
        starts, found = moment(work["starts_at"]), list[str]()
        if not work["adds_time"]:
            return found
        goes = self.first([work], "sms_due_at")
        if goes is not None and goes > deadline(starts, self.policy):
            found.append("SMS and e-mail")
        # Who has lost the phone since the draft was made waits with the others.
        by_post = self.first([work], "letter_due_at") or goes
        if posted and by_post is not None and by_post > letter_deadline(starts, self.policy):
            found.append(LETTERS)
        return found


def is_late(work: Row, policy: Policy) -> bool:
    """Whether works (`campaigns.works`) were late for the law already when their draft was made."""
    if not work["adds_time"]:
        return False
    starts = moment(work["starts_at"])
    sms, letter = maybe_moment(work["sms_due_at"]), maybe_moment(work["letter_due_at"])
    in_time = sms is None or sms <= deadline(starts, policy)
    return not in_time or (letter is not None and letter > letter_deadline(starts, policy))


def _warnings(made: Preview, policy: Policy) -> list[str]:
    found = []
    others = made.reach
    if not (made.messages or others.emails or others.letters):
        found.append("Nobody would get it: no channel is open to any customer in it.")
    if made.late:
        found.append(
            f"{made.late} of {made.works} works would be told less than "
            f"{policy.planned_notice_days} days before the start"
            f"{', letters counted with their days by post' if others.letters else ''}; "
            f"approving needs --reason. Late: {_named(made.late_works)}."
        )
    if made.apart:
        found.append(
            f"Letters about {len(made.apart)} of {made.works} works would come less than "
            f"{policy.planned_notice_days} days before the start. They do not hold up the others: "
            "with the approval they become a draft of their own, which needs a reason."
        )
    if others.calls:
        found.append(
            f"{counted(others.calls, 'customer')} must be rung up{_why_rung_up(others)}, about "
            f"{premises(others.call_premises)}; once it is approved: gaisma call list"
        )
    if made.too_long:
        found.append(too_long(policy))
    if made.campaign["kind"] == debts.KIND and (why := debts.unpayable(policy)):
        found.append(f"Cannot be approved: {why}.")
    if made.campaign["recipients"] > policy.campaign_four_eyes_over:
        found.append(
            f"More than {policy.campaign_four_eyes_over} recipients: somebody else than "
            f"{made.campaign['made_by']} must approve it."
        )
    found += [
        f"The reason {reason!r} is left out in {', '.join(without)}. "
        "Reasons known in every language: gaisma outage reasons"
        for reason, without in made.unsaid.items()
    ]
    return found


def _why_rung_up(others: Reach) -> str:
    """Why more are rung up than cannot be reached; '' when that is the same number."""
    devices = others.calls - others.unreached
    if not devices or not others.unreached:
        return ""
    return f" ({others.unreached} with no channel open, {devices} living by a device at home)"


def _named(works: Sequence[str]) -> str:
    left = len(works) - NAMED
    return ", ".join(works[:NAMED]) + (f" and {left} more" if left > 0 else "")


def too_long(policy: Policy) -> str:
    """The sentence for a campaign with texts over the policy's segments."""
    return (
        f"Some texts take more than {policy.text_max_segments} SMS parts; "
        "shorten the addresses or raise [text] max_segments in the policy."
    )


def _too_long(written: dict[str, list[str]], policy: Policy) -> bool:
    limit = policy.text_max_segments
    return any(count_segments(text) > limit for of_one in written.values() for text in of_one)
