"""Telling after all what a stopped campaign took back, to those who have not been told since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot import alerts, campaigns
from bot.alerts import Act
from bot.campaigns import CampaignRefused, short_id
from bot.policy import Policy
from storage import Database, Row, Tx, notices, outages
from storage import campaigns as rows
from storage.database import audit
from storage.lists import in_chunks

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
    ids = [str(row["id"]), *(str(child["id"]) for child in rows.children(database, row["id"]))]
    act = Act(by)
    for some in in_chunks(rows.outages_taken_back(database, ids), OUTAGES_AT_ONCE):
        database.transaction(_again(some, ids, act, now, policy=policy), bulk=True)
    made = database.transaction(lambda tx: alerts.finish_act(tx, act, now, policy=policy))
    if not made:
        raise CampaignRefused(_nobody_left(row))
    subject, into = str(row["id"]), " ".join(made)
    database.transaction(
        lambda tx: audit(tx, by, "campaign made again", subject, now=now, detail=into)
    )
    return made


def _again(
    outage_ids: list[str], campaign_ids: list[str], act: Act, now: datetime, *, policy: Policy
) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        outages.repeat_revisions(tx, outage_ids, by=act.by, now=now)
        alerts.apply_rules(tx, outage_ids, act, now, policy=policy)
        # Who was told of the works before the stop still lacks the reminder.
        reminders = act.campaign_id("reminder")
        rows.add_drafts(tx, [each for each in act.drafts() if each.id == reminders], now)
        notices.remind_again(tx, reminders, outage_ids, campaign_ids, now=now)
        rows.drop_empty(tx, [reminders], now)

    return work


def _nobody_left(row: Row) -> str:
    return (
        f"nobody is left to be told by campaign {short_id(row['id'])}: they know, it waits in "
        "another campaign, or the works have begun; see: gaisma campaign list"
    )
