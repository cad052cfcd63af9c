"""Telling after all what a stopped campaign took back, to those who have not been told since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot import alerts
from bot.alerts import Act
from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused, short_id
from bot.policy import RIGA, Policy
from storage import Database, Row, Tx, outages
from storage import campaigns as rows
from storage import stopped as rows_stopped
from storage.database import audit
from storage.lists import in_chunks
from storage.reminders import remind_again

# As for changes of outages: so many at once keep inbound texts from waiting.
OUTAGES_AT_ONCE = 8


def redo(database: Database, part: str, *, by: str, now: datetime, policy: Policy) -> list[str]:
    """Make new drafts of what a stopped campaign took back; their ids.

    The rules are applied anew, so nobody is told twice, and what has changed since is told as it
    is now. Raises CampaignRefused when it is not stopped or nobody is left to be told.
    """
    row = campaigns.find(database, part)
    if row["kind"] == "announcement" or row["corrects_id"]:
        raise CampaignRefused(
            "announcements and corrections are written anew: gaisma campaign announce, correct"
        )
    if row["state"] != "stopped":
        raise CampaignRefused(
            f"campaign {short_id(row['id'])} is {row['state']}; only a stopped one is made again."
        )
    made = _make_again(database, [row], by=by, now=now, policy=policy)
    if not made:
        raise CampaignRefused(_nobody_left(row))
    return made


def stopped(database: Database, since: datetime | None) -> list[Row]:
    """What `redo_all` would make again: stopped since then, or by the last `stop --all` and after.

    Rows of campaigns with `taken_back`, the people who were not told. Raises CampaignRefused when
    there are none. Announcements, corrections and debts are made anew one by one.
    """
    start = since or rows_stopped.last_stop_of_all(database)
    if start is None:
        raise CampaignRefused("all sending was never stopped here; say --stopped-since TIME.")
    found = rows_stopped.stopped_since(database, start)
    if not found:
        raise CampaignRefused(
            f"nothing was stopped since {start.astimezone(RIGA):%Y-%m-%d %H:%M} that tells of "
            "outages and is not made again yet; see: gaisma campaign list"
        )
    return found


def redo_all(
    database: Database, found: Sequence[Row], *, by: str, now: datetime, policy: Policy
) -> list[str]:
    """Make these stopped campaigns again as one act: at most one new draft of a kind; their ids."""
    made = _make_again(database, found, by=by, now=now, policy=policy)
    if not made:
        raise CampaignRefused(
            "nobody is left to be told by them: they know, it waits in another campaign, or the "
            "works have begun."
        )
    return made


def _make_again(
    database: Database, found: Sequence[Row], *, by: str, now: datetime, policy: Policy
) -> list[str]:
    parents = [str(row["id"]) for row in found]
    children = [str(child["id"]) for each in parents for child in rows.children(database, each)]
    ids = [*parents, *children]
    act = Act(by)
    for some in in_chunks(rows_stopped.outages_taken_back(database, ids), OUTAGES_AT_ONCE):
        database.transaction(_again(some, ids, act, now, policy=policy), bulk=True)
    made = database.transaction(lambda tx: alerts.finish_act(tx, act, now, policy=policy))
    if made:
        database.transaction(lambda tx: _note(tx, parents, made, by, now))
    return made


def _note(tx: Tx, campaign_ids: Sequence[str], made: Sequence[str], by: str, now: datetime) -> None:
    for each in campaign_ids:
        audit(tx, by, "campaign made again", each, now=now, detail=" ".join(made))


def _again(
    outage_ids: list[str], campaign_ids: list[str], act: Act, now: datetime, *, policy: Policy
) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        outages.repeat_revisions(tx, outage_ids, by=act.by, now=now)
        alerts.apply_rules(tx, outage_ids, act, now, policy=policy)
        # Who was told of the works before the stop still lacks the reminder.
        reminders = act.campaign_id("reminder")
        rows.add_drafts(tx, [each for each in act.drafts() if each.id == reminders], now)
        remind_again(tx, reminders, outage_ids, campaign_ids, now=now)
        rows.drop_empty(tx, [reminders], now)

    return work


def _nobody_left(row: Row) -> str:
    return (
        f"nobody is left to be told by campaign {short_id(row['id'])}: they know, it waits in "
        "another campaign, or the works have begun; see: gaisma campaign list"
    )
