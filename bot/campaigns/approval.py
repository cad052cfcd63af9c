"""Before a campaign is approved: what stands in the way, as facts that any page can say in words.

The rules themselves are those of `bot.campaigns.rules`, which applies them again at the approval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.campaigns import announced, announced_preview
from bot.campaigns.preview import Preview
from bot.channels import provider_names
from bot.debts import rules as debts
from bot.outbox import paused_switch
from bot.people.persons import is_maker
from bot.policy import Policy
from bot.service import Service
from storage import Row, Tx, broadcasts
from storage import campaigns as rows
from storage.database import switch
from storage.fanout import HELD


@dataclass(frozen=True)
class Fact:
    """Something that holds, by the key of its text, and what the text names."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


def obstacles(
    tx: Tx, seen: Preview, names: Sequence[str], now: datetime, policy: Policy
) -> list[Fact]:
    """Why the person with these names cannot approve this draft; [] when nothing but a reason may
    lack (`needs_reason`)."""
    row = seen.campaign
    found = []
    if row["parent_id"]:
        found.append(Fact("with_notices"))
    own = any(is_maker(row, name) for name in names)
    if own and (announced_preview.needs_another(row, policy) or row["kind"] == debts.KIND):
        found.append(Fact("own", {"recipients": row["recipients"]}))
    if announced.is_one(row):
        found += _words(tx, row)
    if seen.too_long:
        found.append(Fact("too_long", {"most": policy.text_max_segments}))
    if row["kind"] == debts.KIND and not own:
        by = names[0] if names else ""
        why = debts.refusal(tx, row, by=by, now=now, policy=policy)
        found += [Fact(f"debts.{why.why}")] if why else []
    return found


def _words(tx: Tx, row: Row) -> list[Fact]:
    if not row["audience"]:
        return [Fact("interrupted")]
    lacking = announced_preview.lacking(broadcasts.texts_of(tx, str(row["id"])))
    return [Fact("lacking", {"languages": lacking})] if lacking else []


def needs_reason(seen: Preview) -> bool:
    """Whether approving needs a reason, which is kept: too late by law, or a second correction."""
    return bool(seen.late or seen.again)


def holding(made: Service, row: Row, now: datetime) -> Fact | None:
    """Why what waits in a campaign that is under way does not go out now; None when it does."""
    if row["state"] not in rows.OPEN:
        return None
    if switch(made.database, "sending_stopped"):
        return Fact("all_stopped")
    for channel in provider_names(made):
        if switch(made.database, paused_switch(channel)):
            return Fact(f"settings.{channel}")
    if row["kind"] == debts.KIND and debts.held(made.database, row):
        return Fact("moratorium")
    until = made.policy.after_quiet_hours(now)
    if row["state"] != "paused" and row["kind"] in HELD and until > now:
        return Fact("quiet", {"until": until})
    return None
