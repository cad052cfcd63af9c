"""The moratorium: while it lasts no message about a debt goes out, and nobody is disconnected.

Campaigns about debts that are under way are paused, so neither fan-out nor claims touch them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.debts import days as debt_days
from storage import Database, Tx, debts, debts_after
from storage import campaigns as rows
from storage.database import audit, set_switch, stamp, switch

SWITCH = "moratorium"
TERMS = "moratorium_terms"
OVER_SINCE = "moratorium_over_since"
# What tells customers of the moratorium itself goes out all the same.
NEVER_HELD = ("debt_held",)
LONGEST_WHY = 60  # characters of a reason for customers: the rest of the answer needs the room
_WHY = "Moratorium: "
_OVER = "The moratorium is over: what it tells is no longer true."
# Whoever heard since that nobody is disconnected is not told the old days.
_WARNINGS = {*debts.AFTER, "debt_last"}
_ANEW = "Approved before the moratorium ended; make it anew: gaisma debt notice"


@dataclass(frozen=True, slots=True)
class Terms:
    """Why, until the end of which day (None: until it is switched off), and why in the words that
    customers read, by language."""

    reason: str
    until: date | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lifted:
    """Campaigns that go on, those to be made anew with new days, and those that told of the
    moratorium and are ended. `anew`: debts that need a new letter."""

    resumed: int
    stopped: int
    ended: int = 0
    anew: int = 0


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


def over_since(tx: Tx) -> str:
    """The stamp of the end of the last moratorium, '' when there was none."""
    return switch(tx, OVER_SINCE) or ""


def switch_off(tx: Tx, *, by: str, now: datetime) -> Lifted | None:
    """End it; None when there was none.

    Warnings are ended, also those that a person had paused: they need new days and a new approval.
    Debts whose letter named a day are next for a new letter. What tells customers of the moratorium
    is ended, and taken back where it is not on its way. Plans and reconnections go on.
    """
    if not is_on(tx):
        return None
    set_switch(tx, SWITCH, "off", by=by, now=now)
    set_switch(tx, OVER_SINCE, stamp(now), by=by, now=now)
    audit(tx, by, "moratorium.off", "", now=now)
    ended = _end_word_of_it(tx, now)
    paused = rows.campaigns_in(tx, ["paused"], ["debt"])
    warnings = [each for each in paused if _warns(tx, each)]
    for each in warnings:
        _end(tx, each, now)
    resumed = sum(_let_go(tx, each, now) for each in paused if each not in warnings)
    # Last words go with their letters, and are not counted by themselves.
    letters = [each for each in warnings if not _goes_with_another(tx, each)]
    return Lifted(resumed, len(letters), ended, debts_after.start_anew(tx, now))


def _end_word_of_it(tx: Tx, now: datetime) -> int:
    open_ones = rows.campaigns_in(tx, ["draft", *rows.OPEN], ["debt"])
    telling = [campaign_id for campaign_id in open_ones if tells_of_it(tx, campaign_id)]
    for campaign_id in telling:
        rows.set_state(tx, campaign_id, "expired", when=("draft",), now=now, why=_OVER)
        rows.set_state(tx, campaign_id, "stopped", when=rows.OPEN, now=now, why=_OVER)
        rows.withdraw_unsent(tx, campaign_id, now)
    return len(telling)


def _warns(tx: Tx, campaign_id: str) -> bool:
    return any(row["kind"] in _WARNINGS for row in debts.campaign_days(tx, campaign_id))


def _goes_with_another(tx: Tx, campaign_id: str) -> bool:
    row = rows.campaign(tx, campaign_id)
    return row is not None and row["parent_id"] is not None


def _end(tx: Tx, campaign_id: str, now: datetime) -> None:
    rows.set_state(tx, campaign_id, "stopped", when=("paused",), now=now, why=_ANEW)
    rows.withdraw_unsent(tx, campaign_id, now)
    debts.retreat(tx, campaign_id, now)


def _let_go(tx: Tx, campaign_id: str, now: datetime) -> bool:
    """Whether it goes on: what a person paused stays so."""
    row = rows.campaign(tx, campaign_id)
    if row is None or not str(row["paused_why"]).startswith(_WHY):
        return False
    state = "sending" if rows.has_begun(tx, campaign_id) else "approved"
    return rows.set_state(tx, campaign_id, state, when=("paused",), now=now)


def end_when_due(database: Database, now: datetime) -> int:
    """Switch it off after its last day; 1 when that was done now."""
    if not is_on(database):
        return 0
    until = terms(database).until
    if until is None or debt_days.today(now) <= until:
        return 0
    database.transaction(lambda tx: switch_off(tx, by="policy", now=now))
    return 1
