"""Letters that are late go into a draft of their own when a campaign is approved, so that the SMS
about the same works, which are in time, do not wait for a reason.

Who gets a letter may be known only then: readers text STOP, or lose a phone, after the draft was
made. Those known before have such a draft from the start (`bot.alerts`).
"""

from __future__ import annotations

from datetime import datetime

from bot.campaigns.preview import Preview, soonest_for
from bot.campaigns.when import letter_arrives
from bot.policy import Policy
from storage import Row, Tx, drafts, recipients
from storage import campaigns as rows
from storage.database import new_id
from storage.recipients import Terms
from storage.ways import ON_THE_SAME_WAY


def set_apart(
    tx: Tx, seen: Preview, now: datetime, policy: Policy, *, email: bool = True
) -> str:  # fmt: skip
    """The new draft with the late letters of a previewed campaign; '' when none is late, or it is
    no draft any more. Its title is set by `campaigns.describe`."""
    row = seen.campaign
    if not seen.apart or rows.state_of(tx, str(row["id"])) != "draft":
        return ""
    ids = recipients.notices_by_letter(tx, _terms(row, now, policy, email=email), seen.apart)
    if not ids:
        return ""
    made = rows.NewCampaign(new_id(), str(row["kind"]), str(row["title"]), str(row["made_by"]))
    rows.add_drafts(tx, [made], now)
    drafts.move_letters(tx, ids, str(row["id"]), made.id)
    return made.id


def _terms(row: Row, now: datetime, policy: Policy, *, email: bool) -> Terms:
    kind = str(row["kind"])
    arrives = letter_arrives(soonest_for(kind, now, policy), policy)
    return Terms(str(row["id"]), arrives, email, same_way=kind in ON_THE_SAME_WAY)
