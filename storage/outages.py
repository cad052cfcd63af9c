"""Outages, their revisions and the premises they touch. Whom to tell about it: `notices`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Row, Tx, maybe_stamp, new_id, stamp
from storage.lists import Statement, spell

Outcome = Literal["new", "changed", "same", "older", "conflict", "other_kind", "nowhere"]


@dataclass(frozen=True)
class OutageChange:
    """One row of `outages.csv`, or what a person or another system says about one outage.

    The premises are `eics`, else all of the `transformer`, else all of the `feeder`; with none of
    them an outage that is known keeps its premises. `crew` is '', handed_over, on_way or working;
    None: as it is. `nested_in` is our id of the outage that a new one is a part of.
    """

    external_id: str
    sequence: int
    kind: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    eics: tuple[str, ...] = ()
    transformer: str = ""
    feeder: str = ""
    crew: str | None = None
    nested_in: str | None = None


@dataclass(frozen=True)
class Change:
    """What became of an OutageChange. `conflict`: this sequence came before with other content;
    `nowhere`: a new outage without any known premises. Only new and changed were stored."""

    outcome: Outcome
    outage_id: str = ""


def load_outage(tx: Tx, change: OutageChange, *, by: str, now: datetime) -> Change:
    """Store what is new about one outage; each real change makes a revision.

    A higher sequence that says nothing new only moves the sequence on.
    """
    old = tx.one("SELECT * FROM outages WHERE external_id = ?", [change.external_id])
    if old is None:
        return _add(tx, change, by=by, now=now)
    outage_id = str(old["id"])
    if change.sequence < old["sequence"]:
        return Change("older", outage_id)
    if change.kind != old["kind"]:
        return Change("other_kind", outage_id)
    fields = _fields(change, str(old["crew"]))
    moves = _moves(tx, outage_id, change)
    differs = moves or fields != tuple(old[name] for name in _FIELDS)
    if change.sequence == old["sequence"]:
        known = not differs or (not moves and _said_before(tx, outage_id, change))
        return Change("same" if known else "conflict", outage_id)
    if not differs:
        tx.run("UPDATE outages SET sequence = ? WHERE id = ?", [change.sequence, outage_id])
        return Change("same", outage_id)
    _revise(tx, outage_id, change, fields, revision=int(old["revision"]) + 1, by=by, now=now)
    return Change("changed", outage_id)


def repeat_revisions(tx: Tx, outage_ids: Sequence[str], *, by: str, now: datetime) -> None:
    """Give outages a revision more that says the same: notices that were withdrawn can be made
    again. Their sequence stays, so files count as before."""
    if not outage_ids:
        return
    sql = "UPDATE outages SET revision = revision + 1 WHERE id IN ({ids})"
    tx.run(*spell(sql, ids=list(outage_ids)))
    _keep_revisions(tx, outage_ids, by=by, now=now)


def renew_promises(
    tx: Tx, outage_ids: Sequence[str], *, by: str, now: datetime, open_end: bool = False
) -> None:
    """A revision more for outages of which there is a next word to say but nothing new.

    `open_end`: the time they had has passed, and nobody knows the new one.
    """
    if not outage_ids:
        return
    ends = "NULL" if open_end else "ends_at"
    sql = f"""
    UPDATE outages SET revision = revision + 1, ends_at = {ends}, updated_at = :at
    WHERE id IN ({{ids}})
    """  # noqa: S608 - a constant
    tx.run(*spell(sql, ids=list(outage_ids), at=stamp(now)))
    _keep_revisions(tx, outage_ids, by=by, now=now)


def _keep_revisions(tx: Tx, outage_ids: Sequence[str], *, by: str, now: datetime) -> None:
    sql = """
    INSERT INTO outage_revisions (outage_id, revision, sequence, state, starts_at, ends_at, reason,
                                  crew, at, made_by)
    SELECT id, revision, sequence, state, starts_at, ends_at, reason, crew, :at, :by
    FROM outages WHERE id IN ({ids})
    """
    tx.run(*spell(sql, ids=list(outage_ids), at=stamp(now), by=by))


_FIELDS = ("state", "starts_at", "ends_at", "reason", "crew")
Fields = tuple[str, str, str | None, str, str]


def _fields(change: OutageChange, crew_now: str = "") -> Fields:
    """What a revision says. A crew is at work on what is active only."""
    crew = crew_now if change.crew is None else change.crew
    starts, ends = stamp(change.starts_at), maybe_stamp(change.ends_at)
    return change.state, starts, ends, change.reason, crew if change.state == "active" else ""


def _said_before(tx: Tx, outage_id: str, change: OutageChange) -> bool:
    """Whether this sequence came before with this content. What holds now may differ from it: a
    time that passed is taken back by the policy."""
    state, starts, ends, reason, _ = _fields(change)
    return bool(
        tx.all(
            "SELECT 1 AS n FROM outage_revisions WHERE outage_id = ? AND sequence = ?"
            " AND state = ? AND starts_at = ? AND COALESCE(ends_at, '') = ? AND reason = ? LIMIT 1",
            [outage_id, change.sequence, state, starts, ends or "", reason],
        )
    )


def _add(tx: Tx, change: OutageChange, *, by: str, now: datetime) -> Change:
    outage_id = new_id()
    fields = _fields(change)
    tx.run(
        "INSERT INTO outages (id, external_id, kind, nested_in, sequence, revision, state,"
        " starts_at, ends_at, reason, crew, updated_at)"
        " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)",
        [
            outage_id, change.external_id, change.kind, change.nested_in, change.sequence,
            *fields, stamp(now),
        ],
    )  # fmt: skip
    _revise(tx, outage_id, change, fields, revision=1, by=by, now=now)
    if tx.one("SELECT eic FROM outage_premises WHERE outage_id = ? LIMIT 1", [outage_id]) is None:
        tx.run("DELETE FROM outage_revisions WHERE outage_id = ?", [outage_id])
        tx.run("DELETE FROM outages WHERE id = ?", [outage_id])
        return Change("nowhere")
    return Change("new", outage_id)


def _revise(
    tx: Tx, outage_id: str, change: OutageChange, fields: Fields, *, revision: int, by: str,
    now: datetime,
) -> None:  # fmt: skip
    tx.run(
        "UPDATE outages SET sequence = ?, revision = ?, state = ?, starts_at = ?, ends_at = ?,"
        " reason = ?, crew = ?, updated_at = ? WHERE id = ?",
        [change.sequence, revision, *fields, stamp(now), outage_id],
    )
    _keep_revisions(tx, [outage_id], by=by, now=now)
    for sql in (_LEAVE_OUT, _TAKE_IN):
        if statement := _on_premises(sql, change, outage_id=outage_id, revision=revision):
            tx.run(*statement)


# --- premises -------------------------------------------------------------------------------

_LEAVE_OUT = """
UPDATE outage_premises SET until_revision = :revision
WHERE outage_id = :outage_id AND until_revision IS NULL AND eic NOT IN ({scope})
"""
_TAKE_IN = """
INSERT INTO outage_premises (outage_id, eic)
SELECT :outage_id, taken.eic FROM ({scope}) AS taken WHERE true
ON CONFLICT (outage_id, eic) DO UPDATE SET until_revision = NULL
"""
_DIFFERENCE = """
SELECT (SELECT count(*) FROM outage_premises
        WHERE outage_id = :outage_id AND until_revision IS NULL AND eic NOT IN ({scope}))
     + (SELECT count(*) FROM ({scope}) AS taken
        WHERE taken.eic NOT IN (SELECT eic FROM outage_premises
                                WHERE outage_id = :outage_id AND until_revision IS NULL)) AS many
"""


def _moves(tx: Tx, outage_id: str, change: OutageChange) -> bool:
    """Whether the change names other premises than the outage has now."""
    statement = _on_premises(_DIFFERENCE, change, outage_id=outage_id)
    found = tx.one(*statement) if statement else None
    return found is not None and found["many"] > 0


def _on_premises(sql: str, change: OutageChange, **values: object) -> Statement | None:
    """A statement with `{scope}` as the premises of the change; None when it names none."""
    if change.eics:
        scope, values["eics"] = "SELECT eic FROM premises WHERE eic IN ({eics})", list(change.eics)
    elif change.transformer:
        scope = "SELECT eic FROM premises WHERE transformer = :transformer"
        values["transformer"] = change.transformer
    elif change.feeder:
        scope = "SELECT eic FROM premises WHERE feeder = :feeder"
        values["feeder"] = change.feeder
    else:
        return None
    return spell(sql.replace("{scope}", scope), **values)


# --- look-ups -------------------------------------------------------------------------------


def outage(tx: Tx, outage_id: str) -> Row | None:
    """One outage by our own id."""
    return tx.one("SELECT * FROM outages WHERE id = ?", [outage_id])


def outage_by_external_id(tx: Tx, external_id: str) -> Row | None:
    """One outage by the id of the system it came from."""
    return tx.one("SELECT * FROM outages WHERE external_id = ?", [external_id])


def outage_by_end(tx: Tx, part: str) -> Row | None:
    """The only outage whose own id ends so; ids begin alike. None for none or several."""
    rows = tx.all(
        "SELECT * FROM outages WHERE substr(id, length(id) - length(CAST(:part AS TEXT)) + 1)"
        " = :part LIMIT 2",
        {"part": part},
    )
    return rows[0] if len(rows) == 1 and len(part) >= 4 else None


def outages_by_id(tx: Tx, outage_ids: Sequence[str]) -> list[Row]:
    """The outages of these ids (at most a few hundred), in no order."""
    if not outage_ids:
        return []
    return tx.all(*spell("SELECT * FROM outages WHERE id IN ({ids})", ids=list(outage_ids)))


def made_shorter(tx: Tx, outage_ids: Sequence[str]) -> list[str]:
    """Those of the works whose latest change was to end sooner, at the same start."""
    sql = """
    SELECT o.id FROM outages o
    JOIN outage_revisions r ON r.outage_id = o.id AND r.revision = o.revision - 1
    WHERE o.id IN ({ids}) AND o.kind = 'planned' AND o.state = 'scheduled'
      AND r.state = 'scheduled' AND r.starts_at = o.starts_at AND r.ends_at > o.ends_at
    """
    return [str(row["id"]) for row in tx.all(*spell(sql, ids=list(outage_ids)))]


def outage_eics(tx: Tx, outage_id: str) -> list[str]:
    """The premises that an outage touches now."""
    sql = "SELECT eic FROM outage_premises WHERE outage_id = ? AND until_revision IS NULL"
    return [str(row["eic"]) for row in tx.all(sql + " ORDER BY eic", [outage_id])]


_LIST = """
SELECT o.*, count(op.eic) AS premises, min(p.town) AS town,
       count(DISTINCT p.town) AS towns
FROM outages o
LEFT JOIN outage_premises op ON op.outage_id = o.id AND op.until_revision IS NULL
LEFT JOIN premises p ON p.eic = op.eic
WHERE {which}
GROUP BY o.id ORDER BY {order} LIMIT :limit
"""
_IN_STATES = _LIST.replace("{order}", "o.starts_at, o.external_id").replace(
    "{which}",
    """o.state IN ({states}) AND o.starts_at >= :starting AND o.starts_at < :before
  AND (o.kind = 'unplanned' OR o.state NOT IN ('scheduled', 'active') OR o.ends_at > :lasting)""",
)
# Works whose end has passed are over; nobody has to say so.
_HAS_ENDED = "o.kind = 'planned' AND o.state IN ('scheduled', 'active') AND o.ends_at <= :now"
_PAST = _LIST.replace("{order}", "o.starts_at DESC, o.external_id").replace(
    "{which}", f"o.state IN ('restored', 'cancelled') OR {_HAS_ENDED}"
)
STATES = ("scheduled", "active", "cancelled", "restored")


def list_outages(
    tx: Tx,
    *,
    states: Sequence[str] = STATES,
    starting: datetime | None = None,
    before: datetime | None = None,
    lasting: datetime | None = None,
    limit: int = 1000,
) -> list[Row]:
    """Outages in these states that start at or after `starting` and before `before`.

    `lasting`: without the works whose end had passed by then.
    Columns of `outages`, `premises` (how many now), `town` (the first by name) and
    `towns` (how many).
    """
    first = "" if starting is None else stamp(starting)
    last = "9" if before is None else stamp(before)
    until = "" if lasting is None else stamp(lasting)
    values = {"states": list(states), "starting": first, "before": last, "lasting": until}
    return tx.all(*spell(_IN_STATES, **values, limit=limit))


def past_outages(tx: Tx, now: datetime, *, limit: int = 1000) -> list[Row]:
    """Outages that are over, the latest first: restored, cancelled, and works whose end has passed.
    Columns as of `list_outages`."""
    return tx.all(_PAST, {"now": stamp(now), "limit": limit})


def ended_count(tx: Tx, now: datetime) -> int:
    """How many works have ended without anybody saying so."""
    row = tx.one(f"SELECT count(*) AS n FROM outages o WHERE {_HAS_ENDED}", {"now": stamp(now)})  # noqa: S608 - a constant
    return 0 if row is None else int(row["n"])


_SCHEDULED = """
SELECT o.* FROM outages o
WHERE o.kind = 'planned' AND o.state = 'scheduled'
  AND o.starts_at >= :starting AND o.starts_at < :before
"""
_IN_TOWNS = """
  AND EXISTS (SELECT 1 FROM outage_premises op JOIN premises p ON p.eic = op.eic
              WHERE op.outage_id = o.id AND op.until_revision IS NULL AND p.town IN ({towns}))
"""


def scheduled_between(
    tx: Tx, starting: datetime, before: datetime, towns: Sequence[str] | None = None
) -> list[Row]:
    """Planned works that start in the time given, all or those with premises in the towns."""
    span = {"starting": stamp(starting), "before": stamp(before)}
    if towns is None:
        return tx.all(_SCHEDULED + " ORDER BY o.starts_at, o.external_id", span)
    if not towns:
        return []
    sql = _SCHEDULED + _IN_TOWNS + " ORDER BY o.starts_at, o.external_id"
    return tx.all(*spell(sql, **span, towns=list(towns)))


# Whether unplanned outages o and y lasted at one moment; one that is over did so until then.
AT_ONE_TIME = """(o.state = 'active' OR y.starts_at < CASE
        WHEN o.ends_at < o.updated_at THEN o.ends_at ELSE o.updated_at END)
    AND (y.state = 'active' OR o.starts_at < CASE
        WHEN y.ends_at < y.updated_at THEN y.ends_at ELSE y.updated_at END)"""
# Whether outage o is a part of one that is restored: without the part, the power is back.
WHOLE_IS_OVER = """EXISTS (SELECT 1 FROM outages whole
                   WHERE whole.id = o.nested_in AND whole.state = 'restored')"""
_SHARING = """
SELECT DISTINCT y.* FROM outages o
CROSS JOIN outage_premises op
CROSS JOIN outage_premises yp
CROSS JOIN outages y
WHERE o.id IN ({ids}) AND o.kind = 'unplanned' AND op.outage_id = o.id
  AND yp.eic = op.eic AND yp.outage_id <> op.outage_id AND yp.until_revision IS NULL
  AND y.id = yp.outage_id AND y.kind = 'unplanned' AND y.id NOT IN ({ids})
  AND (y.state = 'active' OR y.updated_at > :since)
"""


def sharing_premises(tx: Tx, outage_ids: Sequence[str], since: datetime) -> list[Row]:
    """Other unplanned outages at the premises of these: active ones, or changed after `since`."""
    if not outage_ids:
        return []
    return tx.all(*spell(_SHARING, ids=list(outage_ids), since=stamp(since)))
