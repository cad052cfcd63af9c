"""Alerts: after any change of outages, who must be told what, into which campaign, and when.

The comparison with what everybody was last told is `storage.notices`; here are the rules that
need the policy and the clock. Approval and course of a campaign: `bot.campaigns.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args

from bot.campaigns import rules as campaigns
from bot.campaigns.when import deadline, first_due, letter_deadline, letter_first_due, reminder_due
from bot.policy import Policy, read_policy
from storage import Row, Tx, fanout, notices, outages, reports, still_dark
from storage import campaigns as rows
from storage.database import maybe_moment, moment, new_id
from storage.notices import Bounds, Target
from storage.outages import Change, OutageChange

# What the rules may call for, by the state of the outage.
KINDS = {
    "scheduled": ("planned_notice", "moved", "cancelled"),
    "cancelled": ("cancelled", "restored"),
    "active": (
        "unplanned",
        "time_changed",
        "no_news",
        "crew_on_way",
        "crew_working",
        "long_outage",
        "correction",
        "restored",
        "cancelled",
    ),
    "restored": ("restored",),
}
WITH_REMINDER = ("planned_notice", "moved")
# Of the drafts of one kind: in time; works that are late; letters that are late.
Group = Literal["", "late", "letters"]
GROUPS: tuple[Group, ...] = get_args(Group)
CHUNK = 300
SPEAKS_FOR = timedelta(hours=12)  # as long as "power is back" is worth telling


@dataclass
class Act:
    """One import or one act of a person: at most one draft of a kind, one for late works, and one
    for letters that are late where the SMS about the same works are not.

    Ids are kept here, so that a transaction that is repeated makes no second campaign.
    """

    by: str
    ids: dict[tuple[str, Group, str], str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)  # outages that it changed
    shorter: set[str] = field(default_factory=set)  # works that it only makes shorter

    def campaign_id(self, kind: str, *, group: Group = "", with_kind: str = "") -> str:
        """The campaign for notices of a kind; `with_kind`: that of the reminders for these."""
        return self.ids.setdefault((kind, group, with_kind), new_id())

    def drafts(self) -> list[rows.NewCampaign]:
        """Every campaign asked for so far, parents before children."""
        return [
            rows.NewCampaign(
                id=made,
                kind=kind,
                title=campaigns.KIND_TITLES[kind],
                made_by=self.by,
                parent_id=self.ids[with_kind, group, ""] if with_kind else None,
            )
            for (kind, group, with_kind), made in self.ids.items()
        ]


# --- one change -----------------------------------------------------------------------------


def change_outages(
    tx: Tx, changes: Sequence[OutageChange], act: Act, now: datetime, *, policy: Policy
) -> list[Change]:
    """Store changes of outages together with the notices they call for, in one transaction.

    Call `finish_act` when all of the act is stored. Takes what a file, a person or another
    system says; what became of each change comes back in the same order.
    """
    done = [outages.load_outage(tx, change, by=act.by, now=now) for change in changes]
    changed = [each.outage_id for each in done if each.outcome in ("new", "changed")]
    apply_rules(tx, changed, act, now, policy=policy)
    return done


def apply_rules(
    tx: Tx, outage_ids: Sequence[str], act: Act, now: datetime, *, policy: Policy,
    word_due: bool = False,
) -> int:  # fmt: skip
    """Make what must be told about these outages, withdraw what no longer holds; how many made.

    `word_due`: a promise is kept now, to all who have not heard anything for half its time.
    """
    found = outages.outages_by_id(tx, outage_ids)
    if not found:
        return 0
    act.touched.update(outage_ids)
    act.shorter.update(outages.made_shorter(tx, outage_ids))
    # Which of several outages at one premises speaks may have changed with these.
    found += outages.sharing_premises(tx, outage_ids, now - SPEAKS_FOR)
    for row in found:
        _follow_reports(tx, row, now, policy)
    targets = [target for row in found for target in _targets(row, act, now, policy)]
    rows.add_drafts(tx, act.drafts(), now)
    when = moment_of(now, policy, word_due=word_due)
    made = notices.apply_rules(tx, [_bounds(row, policy) for row in found], targets, when)
    rows.drop_empty(tx, list(act.ids.values()), now)
    return made


def _follow_reports(tx: Tx, row: Row, now: datetime, policy: Policy) -> None:
    """Fault reports that the outage explains belong to it, until it is over."""
    outage_id = str(row["id"])
    if row["kind"] == "unplanned" and row["state"] == "active":
        window = timedelta(minutes=policy.cluster_window_minutes)
        still_dark.explain(tx, outage_id, str(row["nested_in"] or ""), now)
        reports.link_reports(tx, outage_id, since=moment(row["starts_at"]) - window, now=now)
    elif row["state"] in ("restored", "cancelled"):
        reports.close_reports(tx, outage_id, now)


def finish_act(tx: Tx, act: Act, now: datetime, *, policy: Policy) -> list[str]:
    """Describe the campaigns that the act made and approve what needs no person; their ids."""
    made = [key for key in dict.fromkeys(act.ids.values()) if rows.state_of(tx, key)]
    # What older drafts have lost to this act they tell of no more: their titles follow.
    older = [key for key in rows.lost_outages(tx, act.touched) if key not in made]
    campaigns.describe(tx, [*made, *older], policy=policy)
    campaigns.approve_urgent(tx, made, now, policy=policy)
    return made


def moment_of(now: datetime, policy: Policy, *, word_due: bool = False) -> notices.Moment:
    """The times that the rules go by."""
    word = timedelta(minutes=policy.unplanned_next_word_minutes)
    long = timedelta(hours=policy.unplanned_long_outage_hours)
    return notices.Moment(now, now - (word / 2 if word_due else word), now - long, now - word / 2)


def _bounds(row: Row, policy: Policy) -> Bounds:
    ends = maybe_moment(row["ends_at"])
    if ends is None:
        return Bounds(str(row["id"]), None, None)
    worth = timedelta(minutes=policy.unplanned_time_change_minutes)
    return Bounds(str(row["id"]), ends - worth, ends + worth)


def _targets(row: Row, act: Act, now: datetime, policy: Policy) -> list[Target]:
    return [
        target
        for kind in KINDS[row["state"]]
        for target in _targets_of_kind(row, kind, act, (now, policy))
    ]


def _targets_of_kind(row: Row, kind: str, act: Act, when: tuple[datetime, Policy]) -> list[Target]:
    now, policy = when
    outage_id = str(row["id"])
    if kind not in WITH_REMINDER:
        due = policy.after_quiet_hours(now) if kind in fanout.HELD else now
        return [Target(outage_id, kind, act.campaign_id(kind), due)]
    starts = moment(row["starts_at"])
    if starts <= now:
        return []
    due = first_due(starts, now, policy) if kind == "planned_notice" else now
    due = policy.after_quiet_hours(due)
    told_of_all = kind == "moved" and outage_id in act.shorter
    group: Group = "late" if due > deadline(starts, policy) and not told_of_all else ""
    campaign_id = act.campaign_id(kind, group=group)
    letters = (campaign_id, now) if told_of_all else _letters(starts, kind, act, group, when)
    found = [Target(outage_id, kind, campaign_id, due, letters=letters)]
    remind = reminder_due(starts, policy)
    if remind is not None and remind > due:
        reminders = act.campaign_id("reminder", group=group, with_kind=kind)
        found.append(Target(outage_id, "reminder", reminders, remind, with_kind=kind))
    return found


def _letters(
    starts: datetime, kind: str, act: Act, group: Group, when: tuple[datetime, Policy]
) -> tuple[str, datetime]:  # fmt: skip
    """Where notices go that are told by letter, and when: with the others if they are in time, so
    that a letter that is late does not hold up the SMS about the same works."""
    now, policy = when
    due = letter_first_due(starts, now, policy) if kind == "planned_notice" else now
    late = due > letter_deadline(starts, policy)
    return act.campaign_id(kind, group="letters" if late and not group else group), due


# --- what the worker does -------------------------------------------------------------------


def catch_up(tx: Tx, now: datetime, policy: Policy | None = None) -> int:
    """Put right what was in doubt when an outage changed; how many notices were made.

    A message that was on its way at that moment may turn out to have been told: its reader gets
    the cancellation (or the new time) in the campaign that told the others, with its approval.
    Costs a look at an empty index while there is nothing to do.
    """
    rules = policy or shipped_policy()
    made = 0
    for outage_id in notices.settle_doubts(tx, now):
        act = _act_of(tx, outage_id)
        made += apply_rules(tx, [outage_id], act, now, policy=rules)
        finish_act(tx, act, now, policy=rules)
        rows.reopen(tx, list(act.ids.values()), now)
    return made


def _act_of(tx: Tx, outage_id: str) -> Act:
    """An act that adds to the campaigns which tell of the outage as it is now."""
    act = Act("policy")
    known = rows.siblings(tx, outage_id)
    kind_of = {made: kind for (kind, _), made in known.items()}
    for (kind, parent_id), made in known.items():
        for group in GROUPS:
            act.ids[kind, group, kind_of.get(parent_id, "")] = made
    return act


@lru_cache(maxsize=1)
def shipped_policy() -> Policy:
    """The policy as it is shipped, for callers that were given no other."""
    return read_policy()
