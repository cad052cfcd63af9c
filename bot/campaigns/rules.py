"""Campaigns: the rules of approving, pausing and stopping. What is seen before: `preview`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.campaigns import announced, announced_preview, letters_apart
from bot.campaigns.preview import Preview, is_late, preview, too_long
from bot.campaigns.proofs import weak_reason
from bot.campaigns.when import BOUND_BY_LAW, deadline, letter_deadline
from bot.debts import rules as debts
from bot.people.persons import is_maker, login_refusal
from bot.policy import RIGA, Policy
from bot.words.counted import counted
from locales import catalogue
from storage import Database, Row, Tx, broadcasts, canary, course, messages, recipients
from storage import campaigns as rows
from storage.database import audit, login, moment, set_switch

KIND_TITLES = {
    "planned_notice": "Planned works",
    "reminder": "Reminder of works",
    "moved": "Works moved",
    "cancelled": "Works cancelled",
    "unplanned": "Unplanned outage",
    "time_changed": "New restoration time",
    "restored": "Power restored",
    "announcement": "Announcement",
    "debt": "Debt notices",
    "no_news": "No news yet",
    "crew_on_way": "Crew on its way",
    "crew_working": "Crew at work",
    "long_outage": "Long outage",
    "correction": "Correction",
}
TAKEN_BACK = "Unplanned outage taken back"
URGENT = (
    "unplanned", "time_changed", "restored", "no_news", "crew_on_way", "crew_working",
    "long_outage", "correction",
)  # fmt: skip
POLICY_ITSELF = "policy"  # who approves what needs no person
# Who approved a message with a promise approved the word that keeps it.
PROMISED = ("no_news",)


class CampaignRefused(Exception):
    """The act is not allowed or not possible; the sentence says why and what to do instead."""


def short_id(campaign_id: str) -> str:
    """What people type: the end of the id, as ids of one day begin alike."""
    return campaign_id[-8:]


SHORTEST_ID = 4  # fewer are a slip, and one campaign alone would answer to it


def find(tx: Tx, part: str) -> Row:
    """The campaign whose id begins or ends so. Raises CampaignRefused for none or several."""
    part = part.strip()
    if len(part) < SHORTEST_ID:
        raise CampaignRefused(
            f"{part!r} is too short; type at least {SHORTEST_ID} signs of the id."
        )
    found = rows.find_ids(tx, part.lower())
    if len(found) > 1:
        raise CampaignRefused(f"{part!r} fits several campaigns; type more of the id.")
    row = rows.campaign(tx, found[0]) if found else None
    if row is None:
        raise CampaignRefused(f"there is no campaign {part!r}; see: gaisma campaign list")
    return row


def describe(tx: Tx, campaign_ids: Sequence[str], *, policy: Policy) -> None:
    """Title and legal deadline of campaigns, from the works that are in them now."""
    of_one = defaultdict(list)
    for work in rows.works(tx, campaign_ids):
        of_one[str(work["campaign_id"])].append(work)
    for campaign_id, works in of_one.items():
        kind, bound = str(works[0]["kind"]), None
        first = next((work for work in works if work["adds_time"]), None)
        if kind in BOUND_BY_LAW and first is not None:
            last_moment = deadline if first["sms_due_at"] else letter_deadline
            bound = last_moment(moment(first["starts_at"]), policy)
        rows.describe(tx, campaign_id, _title(kind, works, policy), bound, works)


def _title(kind: str, works: Sequence[Row], policy: Policy) -> str:
    days = [moment(work["starts_at"]).astimezone(RIGA) for work in (works[0], works[-1])]
    span = " to ".join(dict.fromkeys(f"{day:%-d %b %Y}" for day in days))
    many = counted(len(works), "outage")
    late = any(is_late(work, policy) for work in works)
    mistaken = kind == "restored" and all(work["state"] == "cancelled" for work in works)
    called = TAKEN_BACK if mistaken else KIND_TITLES[kind]
    if kind in BOUND_BY_LAW and not any(work["sms_due_at"] for work in works):
        called += " by letter"
    return f"{called}: {many}, {span}{' (late)' if late and kind in BOUND_BY_LAW else ''}"


def look(
    tx: Tx, row: Row, now: datetime, policy: Policy, *, email: bool = True, short_number: str = ""
) -> Preview:  # fmt: skip
    """What approving a campaign would do, of whatever kind; `email` False: none is sent here."""
    see = announced_preview.preview if announced.is_one(row) else preview
    return see(tx, row, now, policy, email=email, short_number=short_number)


# --- approving ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Approved:
    """What an approval did. `repeated`: it was approved before, nothing changed. `apart`: the draft
    with its letters that are late, '' for none."""

    campaign: Row
    repeated: bool
    preview: Preview | None = None
    apart: str = ""


def approve(
    database: Database, part: str, *, by: str, now: datetime, policy: Policy, reason: str = "",
    email: bool = True,
) -> Approved:  # fmt: skip
    """Approve a draft and its reminders. Raises CampaignRefused when the rules forbid it.

    Over the four-eyes size the approver must be another person than the maker; works told later
    than the law wants need a `reason`, which is kept.
    """
    row = find(database, part)
    if row["state"] in (*rows.OPEN, "done"):
        return Approved(row, repeated=True)
    _check_draft(database, row)
    _check_debts(database, row, by=by, now=now, policy=policy)
    if row["corrects_id"]:
        announced_preview.find_readers(database, row, now)
    # Measured outside the transaction: with many recipients it takes a second.
    seen = look(database, row, now, policy, email=email)
    _check_words(database, row)
    _check_first(database, row, reason)
    _check_rules(seen, by=by, reason=reason, policy=policy)
    apart = _set_apart(database, seen, now, policy, email=email) if seen.apart else ""
    if apart:
        row = find(database, str(row["id"]))
        seen = look(database, row, now, policy, email=email)

    def work(tx: Tx) -> bool:
        _check_four_eyes(find(tx, str(row["id"])), by, policy)
        _check_first(tx, row, reason)
        _check_debts(tx, row, by=by, now=now, policy=policy)
        return _approve_all(tx, row, by=by, now=now, policy=policy, reason=reason)

    done = database.transaction(work)
    return Approved(find(database, str(row["id"])), not done, seen, apart)


def _set_apart(
    database: Database, seen: Preview, now: datetime, policy: Policy, *, email: bool
) -> str:  # fmt: skip
    def work(tx: Tx) -> str:
        if made := letters_apart.set_apart(tx, seen, now, policy, email=email):
            describe(tx, [made, str(seen.campaign["id"])], policy=policy)
        return made

    return database.transaction(work)


def _check_draft(tx: Tx, row: Row) -> None:
    if row["state"] != "draft":
        raise CampaignRefused(_is(row, "there is nothing to approve"))
    parent = rows.campaign(tx, row["parent_id"]) if row["parent_id"] else None
    if parent is not None:
        raise CampaignRefused(
            f"these reminders are approved together with their notices; "
            f"run: gaisma campaign approve {short_id(parent['id'])}"
        )


def _is(row: Row, so: str) -> str:
    """In which state a campaign is, what follows from that, and what to do instead."""
    own = short_id(row["id"])
    state = "a draft" if row["state"] == "draft" else row["state"]
    instead = {
        "draft": f" To see it: gaisma campaign preview {own}",
        "stopped": f" To tell it after all: {announced_preview.telling_again(row)}",
        "paused": f" To go on: gaisma campaign resume {own}",
    }.get(str(row["state"]), "")
    return f"campaign {own} is {state}; {so}.{instead}"


def _check_four_eyes(row: Row, by: str, policy: Policy) -> None:
    same_person = is_maker(row, by)
    if row["corrects_id"] and same_person:
        raise CampaignRefused(
            f"{by} wrote this correction, and one mistake was enough; another person must approve "
            f"it: gaisma campaign approve {short_id(row['id'])} --by NAME"
        )
    if row["recipients"] > policy.campaign_four_eyes_over and same_person:
        raise CampaignRefused(
            f"it has {row['recipients']} recipients (more than "
            f"{policy.campaign_four_eyes_over}) and {by} made it; "
            f"another person must approve it: gaisma campaign approve "
            f"{short_id(row['id'])} --by NAME"
        )
    second = announced_preview.needs_another(row, policy) or row["kind"] == debts.KIND
    if second and (why := login_refusal(row, login(), policy)):
        raise CampaignRefused(f"{why}.")


def _check_words(tx: Tx, row: Row) -> None:
    if announced.is_one(row):
        words = broadcasts.texts_of(tx, str(row["id"]))
        if why := announced_preview.refusal(row, words):
            raise CampaignRefused(why)


def _check_first(tx: Tx, row: Row, reason: str) -> None:
    """The same readers are not told twice that the last message was wrong without a reason."""
    if not reason.strip() and (before := announced_preview.corrected_before(tx, row)):
        raise CampaignRefused(
            f"{before} If another is needed, say why: "
            f'gaisma campaign approve {short_id(row["id"])} --by NAME --reason "..."'
        )


def _check_debts(tx: Tx, row: Row, *, by: str, now: datetime, policy: Policy) -> None:
    is_debt = row["kind"] == debts.KIND
    if is_debt and (why := debts.refusal(tx, row, by=by, now=now, policy=policy)):
        raise CampaignRefused(f"{why}.")


def _check_rules(seen: Preview, *, by: str, reason: str, policy: Policy) -> None:
    row = seen.campaign
    if weak := weak_reason(reason):
        raise CampaignRefused(weak)
    _check_four_eyes(row, by, policy)
    if gaps := [gap for gap in catalogue.gaps() if gap.startswith("notice.")]:
        raise CampaignRefused(f"a text is missing: {gaps[0]} See: gaisma doctor")
    if seen.too_long:
        own = announced.is_one(row)
        raise CampaignRefused(announced_preview.too_long_text(policy) if own else too_long(policy))
    if seen.late and not reason.strip():
        raise CampaignRefused(
            f"{seen.late} of {seen.works} works would be told less than "
            f"{policy.planned_notice_days} days before the start. If it must be so, say why: "
            f'gaisma campaign approve {short_id(row["id"])} --by NAME --reason "..."'
        )


def _approve_all(
    tx: Tx, row: Row, *, by: str, now: datetime, policy: Policy, reason: str = ""
) -> bool:
    """Whether this was the approval; False when somebody else was quicker."""
    campaign_id = str(row["id"])
    soonest = announced_preview.soonest_of(tx, row, now, policy)
    person = "" if by == POLICY_ITSELF else login()
    approval = rows.Approval(by, now, reason.strip(), soonest, person)
    if not rows.approve(tx, campaign_id, approval):
        return False
    for child in rows.children(tx, campaign_id):
        if child["state"] == "draft":
            rows.withdraw_late_reminders(tx, str(child["id"]), now)
            rows.approve(tx, str(child["id"]), replace(approval, late_reason=""))
    if row["kind"] == debts.KIND:
        debts.note_approved(tx, campaign_id, now)
    audit(tx, by, "campaign approved", campaign_id, now=now, detail=reason.strip())
    return True


def approve_urgent(tx: Tx, campaign_ids: Sequence[str], now: datetime, *, policy: Policy) -> None:
    """Approve drafts of unplanned outages that are small enough to need no person."""
    for campaign_id in campaign_ids:
        row = rows.campaign(tx, campaign_id)
        if row is None or row["state"] != "draft" or row["kind"] not in URGENT:
            continue
        small = row["recipients"] <= policy.campaign_four_eyes_over
        if small or row["kind"] in PROMISED:
            _approve_all(tx, row, by=POLICY_ITSELF, now=now, policy=policy)


# --- its course -----------------------------------------------------------------------------


def pause(tx: Tx, part: str, *, by: str, now: datetime) -> Row:
    """Hold a campaign and its reminders. Raises CampaignRefused when it is not under way."""
    row = find(tx, part)
    why = f"Paused by {by}."
    if not rows.set_state(tx, row["id"], "paused", when=rows.RUNNING, now=now, why=why):
        raise CampaignRefused(_is(row, "only one under way can be paused"))
    for child in rows.children(tx, row["id"]):
        rows.set_state(tx, child["id"], "paused", when=rows.RUNNING, now=now, why=why)
    audit(tx, by, "campaign paused", row["id"], now=now)
    return find(tx, row["id"])


def resume(tx: Tx, part: str, *, by: str, now: datetime) -> Row:
    """Let a paused campaign and its reminders go on.

    Raises CampaignRefused when it is not paused, when a moratorium holds it, and when a correction
    says that its text is wrong.
    """
    row = find(tx, part)
    if row["state"] != "paused":
        raise CampaignRefused(_is(row, "only a paused one can be resumed"))
    if why := debts.held(tx, row):
        raise CampaignRefused(f"{why}.")
    if why := announced_preview.wrong(tx, row):
        raise CampaignRefused(f"campaign {short_id(row['id'])} cannot go on: {why}")
    for each in (row, *rows.children(tx, row["id"])):
        # What failed until now, a person has seen: it neither pauses it again nor calls for
        # another canary.
        canary.set_off(tx, each["id"])
        state = "sending" if rows.has_begun(tx, each["id"]) else "approved"
        rows.set_state(tx, each["id"], state, when=("paused",), now=now)
    audit(tx, by, "campaign resumed", row["id"], now=now)
    return find(tx, row["id"])


def stop(database: Database, part: str, *, by: str, now: datetime) -> tuple[Row, int]:
    """End a campaign for good; what is not on its way is taken back: how many notices.

    Nothing more of it goes out from the first moment; what waits of a large one is taken back a
    piece at a time, and by the worker if this is cut short.
    """
    row = find(database, part)
    campaign_id = str(row["id"])
    ended = database.transaction(lambda tx: _stop(tx, campaign_id, by, now))
    taken = sum(canary.take_back(database, each, now) for each in ended)
    if row["kind"] == debts.KIND:
        database.transaction(lambda tx: debts.note_stopped(tx, campaign_id, now))
    return find(database, campaign_id), taken


def _stop(tx: Tx, campaign_id: str, by: str, now: datetime) -> list[str]:
    """The campaign and its reminders are stopped; the ids of those that were open until now."""
    row = find(tx, campaign_id)
    when = ("draft", *rows.OPEN)
    if row["state"] not in when:
        raise CampaignRefused(_is(row, "there is nothing to stop"))
    ids = [campaign_id, *(str(child["id"]) for child in rows.children(tx, campaign_id))]
    why = f"Stopped by {by}."
    audit(tx, by, "campaign stopped", campaign_id, now=now)
    return [
        each for each in ids if rows.set_state(tx, each, "stopped", when=when, now=now, why=why)
    ]


def stop_all(database: Database, *, by: str, now: datetime) -> tuple[int, int]:
    """Stop every campaign under way and all sending of alerts; how many campaigns and notices.

    Drafts stay. Nothing goes out, not even what is approved later, until `resume_all`. The switch
    comes first and alone: workers see it while the messages of large campaigns are taken back.
    """
    database.transaction(lambda tx: _stop_sending(tx, by, now))
    ids = rows.campaigns_in(database, rows.OPEN)
    why = f"Stopped by {by}."
    database.transaction(
        lambda tx: [
            rows.set_state(tx, each, "stopped", when=rows.OPEN, now=now, why=why) for each in ids
        ]
    )
    return len(ids), sum(canary.take_back(database, each, now) for each in ids)


def _stop_sending(tx: Tx, by: str, now: datetime) -> None:
    set_switch(tx, "sending_stopped", "on", by=by, now=now)
    audit(tx, by, "all sending stopped", "", now=now)


def resume_all(tx: Tx, *, by: str, now: datetime) -> None:
    """Let alerts go out again."""
    set_switch(tx, "sending_stopped", "", by=by, now=now)
    audit(tx, by, "all sending resumed", "", now=now)


@dataclass(frozen=True)
class Report:
    """How a campaign went: notices by state, messages by status, customers without a phone, and
    messages by channel and status."""

    campaign: Row
    notices: dict[str, int]
    messages: dict[str, int]
    unreachable: int
    channels: dict[tuple[str, str], int]


def report(tx: Tx, part: str) -> Report:
    """The counts of a campaign."""
    row = find(tx, part)
    counts = messages.count_statuses(tx, row["id"])
    unreachable = recipients.given_up(tx, row["id"])
    channels = course.statuses(tx, row["id"])
    return Report(row, rows.notice_counts(tx, row["id"]), counts, unreachable, channels)
