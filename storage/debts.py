"""Debts: what is owed, how far it has come, and the notices that tell of it.

A debt is named by its reference (the bill, or the case of the billing system). Its notices have
no outage: their topic is the id of the debt, '#' and a number, so that one kind can be told again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from storage.customers import Loaded, Values
from storage.database import Row, Tx, new_id, stamp
from storage.lists import spell
from storage.ways import LETTER_OPEN

# How far a debt has come; a file moves it back only from a plan or from paid.
STAGES = ("", "first", "second", "disconnection", "disconnected", "plan", "paid")
# What a debt must have reached for a kind of notice, and what it has reached by it ('': the same).
BEFORE = {
    "debt_first": "",
    "debt_second": "first",
    "debt_disconnection": "second",
    "debt_reconnection": "disconnected",
    "debt_plan": "plan",
}
AFTER = {"debt_first": "first", "debt_second": "second", "debt_disconnection": "disconnection"}
KINDS = (*BEFORE, "debt_last", "debt_held", "debt_over")

_ID_LENGTH = 36
# All notices of a debt d: a range, which the index of topics serves.
ITS_NOTICES = "n.outage_id IS NULL AND n.topic_id > d.id || '#' AND n.topic_id < d.id || '$'"
DEBT_OF = f"d.id = substr(n.topic_id, 1, {_ID_LENGTH})"

_PUT = """
INSERT INTO debts (id, customer_number, reference, sum_cents, due_on, stage, updated_at)
VALUES (:id, :customer_number, :reference, :sum_cents, :due_on, :stage, :now)
ON CONFLICT (reference) DO UPDATE SET
    sum_cents = excluded.sum_cents, due_on = excluded.due_on, stage = excluded.stage,
    updated_at = excluded.updated_at
WHERE debts.customer_number = excluded.customer_number
"""


def load(tx: Tx, rows: Sequence[Values], now: datetime) -> Loaded:
    """Store debts (customer_number, reference, sum_cents, due_on, stage); at most a few hundred.

    A stage '' keeps the one that is there; a stage of `paid` takes back what is not told yet.
    """
    before = find(tx, [row["reference"] for row in rows])
    new, changed = [], []
    for row in rows:
        old = before.get(row["reference"])
        put = {**row, "stage": _stage(old, row["stage"]), "id": new_id(), "now": stamp(now)}
        if old is None:
            new.append(put)
        elif any(old[key] != put[key] for key in ("sum_cents", "due_on", "stage")):
            changed.append(put)
    tx.many(_PUT, [*new, *changed])
    paid = [before[put["reference"]]["id"] for put in changed if put["stage"] == "paid"]
    take_back(tx, paid, now)
    return Loaded(len(new), len(changed), len(rows) - len(new) - len(changed))


def _stage(old: Row | None, said: str) -> str:
    if old is None:
        return said
    kept = str(old["stage"])
    return kept if not said or is_behind(said, kept) else said


def is_behind(said: str, kept: str) -> bool:
    """Whether a file says that a debt has come less far than we know."""
    steps = STAGES[: STAGES.index("plan")]
    return kept in steps and said in steps and steps.index(said) < steps.index(kept)


# --- look-ups -------------------------------------------------------------------------------


def find(tx: Tx, references: Sequence[str]) -> dict[str, Row]:
    """The debts with these references, by reference; at most a few hundred."""
    if not references:
        return {}
    sql = "SELECT * FROM debts WHERE reference IN ({references})"
    rows = tx.all(*spell(sql, references=list(references)))
    return {str(row["reference"]): row for row in rows}


# With the days that hold; a draft has named days as well, and may never be sent.
WITH_TOLD_OF = f"""
SELECT d.*, t.pay_by AS told_pay_by, t.disconnect_on AS told_disconnect_on
FROM {{debts}} d LEFT JOIN debt_days t ON t.notice_id = (
    SELECT max(n.id) FROM notices n JOIN debt_days known ON known.notice_id = n.id
    WHERE {ITS_NOTICES} AND EXISTS (
        SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
        WHERE nm.notice_id = n.id AND m.status IN ('accepted', 'sent', 'delivered')))
"""  # noqa: S608 - constants
WITH_TOLD = WITH_TOLD_OF.format(debts="debts")
_OPEN = f"""{WITH_TOLD}
WHERE d.customer_number IN ({{numbers}}) AND d.stage <> 'paid' AND d.sum_cents > 0
ORDER BY d.due_on, d.reference
"""


def list_debts(
    tx: Tx, *, stage: str | None = None, customer_number: str = "", limit: int = 200
) -> list[Row]:
    """Debts, the longest due first; with a stage or of a customer, else all that are not paid.
    Columns as of `open_debts`."""
    where = ["d.stage = :stage" if stage is not None else "d.stage <> 'paid'"]
    where += ["d.customer_number = :customer_number"] if customer_number else []
    return tx.all(
        f"{WITH_TOLD} WHERE {' AND '.join(where)} ORDER BY d.due_on, d.reference LIMIT :limit",
        {"stage": stage, "customer_number": customer_number, "limit": limit},
    )


def open_debts(tx: Tx, customer_numbers: Sequence[str]) -> list[Row]:
    """What these customers owe, the longest due first: columns of the table, and `told_pay_by`,
    `told_disconnect_on`: the days that the last notice named which they were sent."""
    if not customer_numbers:
        return []
    return tx.all(*spell(_OPEN, numbers=list(customer_numbers)))


# A notice that still may be told, or was; one that failed everywhere may be made again.
_LIVE = """(n.state IN ('draft', 'approved')
       OR n.state = 'queued' AND EXISTS (
          SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
          WHERE nm.notice_id = n.id
            AND m.status IN ('queued', 'sending', 'unknown', 'accepted', 'sent', 'delivered')))"""
# Who was told nothing of the step before by us was told by others, as the file says.
_READY = f"""
SELECT d.* FROM debts d
WHERE (d.stage = :stage OR :stage = 'any' AND d.stage NOT IN ('plan', 'paid')
       OR d.stage = :after AND EXISTS (
          SELECT 1 FROM notices n WHERE {ITS_NOTICES} AND n.kind = :kind
            AND n.state <> 'withdrawn'))
  AND d.sum_cents > 0 AND d.due_on < :today
  AND (d.stage <> :stage OR d.stage NOT IN ('first', 'second') OR d.pay_by IS NULL
       OR d.pay_by < :today)
  AND NOT EXISTS (SELECT 1 FROM notices n WHERE {ITS_NOTICES} AND n.kind = :kind
                  AND n.made_at >= :anew AND {_LIVE})
  AND (NOT EXISTS (SELECT 1 FROM notices n WHERE {ITS_NOTICES} AND n.kind = :before_kind
                   AND n.state <> 'withdrawn')
       OR EXISTS (SELECT 1 FROM notices n
                  JOIN notice_messages nm ON nm.notice_id = n.id
                  JOIN messages m ON m.id = nm.message_id
                  WHERE {ITS_NOTICES} AND n.kind = :before_kind
                    AND m.status IN ('accepted', 'sent', 'delivered')
                    AND m.sent_at <= :told_before))
ORDER BY d.due_on, d.reference
"""  # noqa: S608 - constants


def ready_for(
    tx: Tx, kind: str, *, today: date, told_before: datetime, anew: str = ""
) -> list[Row]:  # fmt: skip
    """The overdue debts that a kind of notice is next for, the longest due first.

    Where we told of the step before, it was sent until `told_before`, and its last day to pay is
    over. What was told before `anew`, a stamp, is to be told once more.
    """
    kinds = list(BEFORE)
    stage = BEFORE.get(kind, "any")
    before_kind = kinds[kinds.index(kind) - 1] if stage in ("first", "second") else ""
    return tx.all(
        _READY,
        {
            "stage": stage,
            "after": AFTER.get(kind, "none"),
            "kind": kind,
            "before_kind": before_kind,
            "anew": anew,
            "today": today.isoformat(),
            "told_before": stamp(told_before),
        },
    )


# --- notices --------------------------------------------------------------------------------

_ADD = f"""
INSERT INTO notices (id, campaign_id, topic_id, revision, kind, customer_number, state, due_at,
                     made_at)
SELECT new_id(), :campaign_id, d.id || '#' || (SELECT count(*) FROM notices n
           WHERE {ITS_NOTICES} AND n.kind = :kind), 1, :kind, d.customer_number, 'draft', :due_at,
       :now
FROM debts d WHERE d.id IN ({{ids}})
"""  # noqa: S608 - constants


def add_notices(
    tx: Tx, campaign_id: str, kind: str, debt_ids: Sequence[str], now: datetime, *,
    due_at: datetime | None = None,
) -> int:  # fmt: skip
    """Draft notices of a kind about these debts (at most a few hundred); how many."""
    due = stamp(due_at or now)
    values = {"campaign_id": campaign_id, "kind": kind, "due_at": due, "now": stamp(now)}
    return tx.run(*spell(_ADD, ids=list(debt_ids), **values))


def name_days(
    tx: Tx, debt_ids: Sequence[str], *, pay_by: date, disconnect_on: date | None, now: datetime
) -> None:  # fmt: skip
    """Keep the days that the next notice names, with its drafts too; without one for the
    disconnection, it stays."""
    sql = """
    UPDATE debts SET pay_by = CASE WHEN due_on > :pay_by THEN due_on ELSE :pay_by END,
        disconnect_on = COALESCE(:disconnect_on, disconnect_on), updated_at = :now
    WHERE id IN ({ids})
    """
    day = None if disconnect_on is None else disconnect_on.isoformat()
    days = {"pay_by": pay_by.isoformat(), "disconnect_on": day, "now": stamp(now)}
    tx.run(*spell(sql, ids=list(debt_ids), **days))
    tx.run(*spell(_KEEP_DAYS, ids=list(debt_ids)))


_KEEP_DAYS = f"""
INSERT INTO debt_days (notice_id, pay_by, disconnect_on)
SELECT n.id, d.pay_by,
       CASE WHEN n.kind IN ('debt_disconnection', 'debt_last') THEN d.disconnect_on END
FROM debts d JOIN notices n ON {ITS_NOTICES}
WHERE d.id IN ({{ids}}) AND n.state = 'draft' AND n.kind IN ({{kinds}})
ON CONFLICT (notice_id) DO NOTHING
""".replace("{kinds}", ", ".join(f"'{kind}'" for kind in (*AFTER, "debt_last")))  # noqa: S608 - constants
_STEP = f"""
UPDATE debts SET stage = :reached, updated_at = :now
WHERE stage = :left AND id IN (
    SELECT substr(n.topic_id, 1, {_ID_LENGTH}) FROM notices n
    WHERE n.campaign_id = :campaign_id AND n.kind = :kind AND n.state = :state)
"""  # noqa: S608 - constants


_OLD_DAYS = f"""
UPDATE debts AS d SET disconnect_on = NULL, pay_by = (
    SELECT t.pay_by FROM notices n JOIN debt_days t ON t.notice_id = n.id
    WHERE {ITS_NOTICES} AND n.state <> 'withdrawn' AND n.kind IN ('debt_first', 'debt_second')
    ORDER BY n.id DESC LIMIT 1)
WHERE d.id IN (SELECT substr(w.topic_id, 1, {_ID_LENGTH}) FROM notices w
               WHERE w.campaign_id = :campaign_id AND w.state = 'withdrawn'
                 AND w.kind = 'debt_disconnection')
"""  # noqa: S608 - constants


def advance(tx: Tx, campaign_id: str, now: datetime) -> None:
    """The debts of an approved campaign have come to its stage."""
    _step(tx, campaign_id, "approved", now, {kind: (BEFORE[kind], AFTER[kind]) for kind in AFTER})


def retreat(tx: Tx, campaign_id: str, now: datetime) -> None:
    """What a stopped campaign did not tell has not come to its stage; its days hold for nobody."""
    tx.run(_OLD_DAYS, {"campaign_id": campaign_id})
    _step(tx, campaign_id, "withdrawn", now, {kind: (AFTER[kind], BEFORE[kind]) for kind in AFTER})


def _step(
    tx: Tx, campaign_id: str, state: str, now: datetime, steps: Mapping[str, tuple[str, str]]
) -> None:
    """Debts with a notice in this state go (from, to) by the kind of the notice."""
    told = {"campaign_id": campaign_id, "state": state, "now": stamp(now)}
    for kind, (left, reached) in steps.items():
        tx.run(_STEP, {**told, "kind": kind, "left": left, "reached": reached})


def campaign_days(tx: Tx, campaign_id: str) -> list[Row]:
    """(kind, first pay_by, first disconnect_on) of what a campaign tells, a row a kind."""
    return tx.all(
        f"SELECT n.kind, min(d.pay_by) AS pay_by, min(d.disconnect_on) AS disconnect_on"  # noqa: S608 - constants
        f" FROM notices n JOIN debts d ON {DEBT_OF}"
        " WHERE n.campaign_id = ? AND n.outage_id IS NULL AND n.state <> 'withdrawn'"
        " GROUP BY n.kind",
        [campaign_id],
    )


_UNSENT = f"""
SELECT n.id FROM debts d JOIN notices n ON {ITS_NOTICES}
WHERE d.id IN ({{ids}}) AND n.state IN ('draft', 'approved', 'queued', 'unreachable')
"""  # noqa: S608 - constants
_TAKE_BACK_MESSAGES = """
UPDATE messages SET status = 'withdrawn', done_at = :now
WHERE status = 'queued' AND id IN (
    SELECT message_id FROM notice_messages WHERE notice_id IN ({ids}))
"""
_TAKE_BACK_NOTICES = """
UPDATE notices SET state = 'withdrawn'
WHERE id IN ({ids}) AND NOT EXISTS (
    SELECT 1 FROM notice_messages nm JOIN messages m ON m.id = nm.message_id
    WHERE nm.notice_id = notices.id AND m.status <> 'withdrawn')
"""


def take_back(tx: Tx, debt_ids: Sequence[str], now: datetime) -> int:
    """Withdraw what is not told yet of these debts (at most a few hundred); how many notices."""
    if not debt_ids:
        return 0
    ids = [str(row["id"]) for row in tx.all(*spell(_UNSENT, ids=list(debt_ids)))]
    if not ids:
        return 0
    tx.run(*spell(_TAKE_BACK_MESSAGES, ids=ids, now=stamp(now)))
    return tx.run(*spell(_TAKE_BACK_NOTICES, ids=ids))


def letters_besides(tx: Tx, campaign_id: str, kinds: Sequence[str]) -> dict[str, int]:
    """Letters by language that notices of these kinds make, whatever else brings them."""
    sql = f"""SELECT u.language, count(*) AS letters FROM notices n
             JOIN customers u ON u.customer_number = n.customer_number
             WHERE n.campaign_id = :campaign_id AND n.kind IN ({{kinds}}) AND n.state <> 'withdrawn'
               AND {LETTER_OPEN}
             GROUP BY u.language ORDER BY u.language"""  # noqa: S608 - constants
    rows = tx.all(*spell(sql, campaign_id=campaign_id, kinds=list(kinds)))
    return {str(row["language"]): int(row["letters"]) for row in rows}


# --- its course -----------------------------------------------------------------------------


def set_stage(tx: Tx, debt_ids: Sequence[str], stage: str, now: datetime) -> int:
    """Where debts stand from now on; how many changed. Paid ones are told nothing more."""
    sql = """UPDATE debts SET stage = :stage, updated_at = :now
             WHERE stage <> :stage AND id IN ({ids})"""
    done = tx.run(*spell(sql, stage=stage, now=stamp(now), ids=list(debt_ids)))
    if stage == "paid":
        take_back(tx, debt_ids, now)
    return done


def set_plan(tx: Tx, debt_id: str, plan: str, now: datetime) -> None:
    """Payment in parts, JSON list of [date, cents]; other notices that wait are taken back."""
    take_back(tx, [debt_id], now)
    tx.run(
        "UPDATE debts SET stage = 'plan', plan = ?, disconnect_on = NULL, updated_at = ?"
        " WHERE id = ?",
        [plan, stamp(now), debt_id],
    )


# --- what the texts need --------------------------------------------------------------------

FACTS = """d.customer_number, d.reference, d.sum_cents, d.due_on,
       COALESCE((SELECT t.pay_by FROM debt_days t WHERE t.notice_id = n.id), d.pay_by) AS pay_by,
       COALESCE((SELECT t.disconnect_on FROM debt_days t WHERE t.notice_id = n.id),
                d.disconnect_on) AS disconnect_on,
       d.plan, u.name, u.kind AS customer_kind"""
_OF_MESSAGES = f"""
SELECT m.id AS message_id, m.kind, m.channel, m.language, {FACTS}
FROM messages m
JOIN notice_messages nm ON nm.message_id = m.id
JOIN notices n ON n.id = nm.notice_id AND n.state = 'queued'
JOIN debts d ON {DEBT_OF} AND d.stage <> 'paid'
JOIN customers u ON u.customer_number = d.customer_number
WHERE m.id IN ({{ids}}) AND n.outage_id IS NULL
"""  # noqa: S608 - constants
_SAMPLES = f"""
SELECT n.id AS message_id, n.kind, 'sms' AS channel, c.language, {FACTS}
FROM notices n
JOIN debts d ON {DEBT_OF}
JOIN customers u ON u.customer_number = d.customer_number
JOIN contacts c ON c.customer_number = d.customer_number AND c.kind = 'mobile'
    AND c.dead_at IS NULL
WHERE n.campaign_id = :campaign_id AND n.outage_id IS NULL AND n.state <> 'withdrawn'
  AND c.language = :language
ORDER BY length(d.reference) DESC, d.sum_cents DESC LIMIT :limit
"""  # noqa: S608 - constants


def facts_of_messages(tx: Tx, message_ids: Sequence[str]) -> list[Row]:
    """What messages about debts must say, a row each; none for a debt that is paid."""
    return tx.all(*spell(_OF_MESSAGES, ids=list(message_ids))) if message_ids else []


def samples(tx: Tx, campaign_id: str, language: str, limit: int) -> list[Row]:
    """Rows as `facts_of_messages` for SMS of a campaign in a language, the longest first."""
    values = {"campaign_id": campaign_id, "language": language, "limit": limit}
    return tx.all(_SAMPLES, values)
