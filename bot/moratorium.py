"""The moratorium: while it lasts no message about a debt goes out, and nobody is disconnected.

Campaigns about debts that are under way are paused, so neither fan-out nor claims touch them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot import debt_days
from bot.policy import Policy
from storage import Database, Tx, debts
from storage import campaigns as rows
from storage.database import audit, set_switch, switch

SWITCH = "moratorium"
TERMS = "moratorium_terms"
# What tells customers of the moratorium itself goes out all the same.
NEVER_HELD = ("debt_held",)
_WHY = "Moratorium: "
_OVER = "The moratorium is over: what it tells is no longer true."


@dataclass(frozen=True, slots=True)
class Terms:
    """Why, until the end of which day (None: until it is switched off), and why in the words that
    customers read, by language."""

    reason: str
    until: date | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lifted:
    """Campaigns that go on, those whose days have come too near meanwhile, and those that told of
    the moratorium and are ended."""

    resumed: int
    stopped: int
    ended: int = 0


def is_on(tx: Tx) -> bool:
    """Whether there is one now."""
    return switch(tx, SWITCH) == "on"


def terms(tx: Tx) -> Terms:
    """Of the moratorium that is on, or of the last one."""
    kept = json.loads(switch(tx, TERMS) or "{}")
    until = kept.get("until")
    return Terms(
        str(kept.get("reason", "")),
        date.fromisoformat(until) if until else None,
        dict(kept.get("texts", {})),
    )


def switch_on(tx: Tx, wanted: Terms, *, by: str, now: datetime) -> int | None:
    """Begin it, or change its terms; how many campaigns are held now. None: nothing changed."""
    if is_on(tx) and terms(tx) == wanted:
        return None
    until = wanted.until.isoformat() if wanted.until else ""
    kept = {"reason": wanted.reason, "until": until, "texts": dict(wanted.texts)}
    set_switch(tx, SWITCH, "on", by=by, now=now)
    set_switch(tx, TERMS, json.dumps(kept, ensure_ascii=False), by=by, now=now)
    audit(tx, by, "moratorium.on", until, now=now, detail=wanted.reason)
    running = rows.campaigns_in(tx, rows.RUNNING, ["debt"])
    return sum(_hold(tx, each, wanted.reason, now) for each in running if holds(tx, each))


def holds(tx: Tx, campaign_id: str) -> bool:
    """Whether a moratorium holds this campaign."""
    return any(row["kind"] not in NEVER_HELD for row in debts.campaign_days(tx, campaign_id))


def tells_of_it(tx: Tx, campaign_id: str) -> bool:
    """Whether this campaign tells customers that nobody is disconnected while it lasts."""
    return any(row["kind"] in NEVER_HELD for row in debts.campaign_days(tx, campaign_id))


def _hold(tx: Tx, campaign_id: str, reason: str, now: datetime) -> bool:
    why = f"{_WHY}{reason}"
    return rows.set_state(tx, campaign_id, "paused", when=rows.RUNNING, now=now, why=why)


def switch_off(tx: Tx, *, by: str, now: datetime, policy: Policy) -> Lifted | None:
    """End it; None when there was none. What it held goes on, unless its days are too near; what
    tells customers of it is ended, and taken back where it is not on its way."""
    if not is_on(tx):
        return None
    set_switch(tx, SWITCH, "off", by=by, now=now)
    audit(tx, by, "moratorium.off", "", now=now)
    ended = _end_word_of_it(tx, now)
    paused = [rows.campaign(tx, each) for each in rows.campaigns_in(tx, ["paused"], ["debt"])]
    held = [row for row in paused if row and str(row["paused_why"]).startswith(_WHY)]
    gone_on = [_let_go(tx, str(row["id"]), now, policy) for row in held]
    return Lifted(sum(gone_on), len(gone_on) - sum(gone_on), ended)


def _end_word_of_it(tx: Tx, now: datetime) -> int:
    open_ones = rows.campaigns_in(tx, ["draft", *rows.OPEN], ["debt"])
    telling = [campaign_id for campaign_id in open_ones if tells_of_it(tx, campaign_id)]
    for campaign_id in telling:
        rows.set_state(tx, campaign_id, "expired", when=("draft",), now=now, why=_OVER)
        rows.set_state(tx, campaign_id, "stopped", when=rows.OPEN, now=now, why=_OVER)
        rows.withdraw_unsent(tx, campaign_id, now)
    return len(telling)


def _let_go(tx: Tx, campaign_id: str, now: datetime, policy: Policy) -> bool:
    """Whether it goes on: a date that was promised and cannot be kept is not told."""
    late = any(
        debt_days.too_near(row["kind"], row["pay_by"], row["disconnect_on"], now, policy)
        for row in debts.campaign_days(tx, campaign_id)
    )
    if late:
        why = "Its days came too near while the moratorium lasted; make it anew."
        rows.set_state(tx, campaign_id, "stopped", when=("paused",), now=now, why=why)
        rows.withdraw_unsent(tx, campaign_id, now)
        debts.retreat(tx, campaign_id, now)
        return False
    state = "sending" if rows.has_begun(tx, campaign_id) else "approved"
    rows.set_state(tx, campaign_id, state, when=("paused",), now=now)
    return True


def end_when_due(database: Database, now: datetime, policy: Policy) -> int:
    """Switch it off after its last day; 1 when that was done now."""
    if not is_on(database):
        return 0
    until = terms(database).until
    if until is None or debt_days.today(now) <= until:
        return 0
    database.transaction(lambda tx: switch_off(tx, by="policy", now=now, policy=policy))
    return 1
