"""How the installation is at this moment: figures for whoever watches it. Reads only.

Each of these uses an index that holds what is open, not what has been: they cost the same after
millions of messages (a test reads their plans).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from storage.database import Database, Row, Tx, maybe_moment, stamp
from storage.dialect import locked
from storage.sqlite_moved import moved_away

# Counts stop here: whether more wait is of no use to anybody.
MOST = 100_000
CHANNELS = ("sms", "email", "voice")
LANES = ("answer", "alert")

# INDEXED BY: the other indexes of queued messages are longer.
_WAITING = """
SELECT count(*) AS n FROM (
    SELECT 1 FROM messages m INDEXED BY messages_ready
    WHERE m.status = 'queued' AND m.channel = :channel AND m.lane = :lane AND m.due_at <= :now
      AND {goes} LIMIT :most)
"""
_OLDEST = """
SELECT m.due_at FROM messages m INDEXED BY messages_ready
WHERE m.status = 'queued' AND m.channel = :channel AND m.lane = :lane AND m.due_at <= :now
  AND {goes} ORDER BY m.due_at LIMIT 1
"""
_GOES = """(m.campaign_id IS NULL OR m.campaign_id NOT IN (
        SELECT id FROM campaigns WHERE state IN ('draft', 'paused', 'stopped')))"""
WAITING, OLDEST = (sql.replace("{goes}", _GOES) for sql in (_WAITING, _OLDEST))
DOUBTS = """
SELECT count(*) AS n FROM (
    SELECT 1 FROM messages INDEXED BY messages_leased
    WHERE status IN ('sending', 'unknown') AND status = 'unknown' LIMIT :most)
"""
TALKS = """
SELECT count(CASE WHEN urgent = 1 THEN 1 END) AS urgent,
       count(CASE WHEN urgent = 0 THEN 1 END) AS usual, min(waiting_since) AS since
FROM conversations WHERE waiting_since IS NOT NULL
"""
CAMPAIGNS = "SELECT state, count(*) AS n FROM campaigns GROUP BY state"
WEBHOOKS = """
SELECT count(*) AS n, min(due_at) AS since FROM (
    SELECT due_at FROM webhook_deliveries WHERE state = 'waiting' LIMIT :most)
"""
SWITCHES = "SELECT name, value, at FROM switches"


@dataclass(frozen=True)
class Queue:
    """Messages of a channel and lane that are due and may go: how many, and since when."""

    channel: str
    lane: str
    waiting: int
    since: datetime | None


def queues(tx: Tx, now: datetime) -> list[Queue]:
    """What is due, by channel and lane; at most `MOST` of each are counted."""
    found = []
    for channel in CHANNELS:
        for lane in LANES:
            values = {"channel": channel, "lane": lane, "now": stamp(now), "most": MOST}
            oldest = tx.one(OLDEST, {name: values[name] for name in ("channel", "lane", "now")})
            since = None if oldest is None else maybe_moment(oldest["due_at"])
            many = _number(tx.one(WAITING, values)) if since else 0
            found.append(Queue(channel, lane, many, since))
    return found


def doubts(tx: Tx) -> int:
    """Messages of which nobody knows whether they went."""
    return _number(tx.one(DOUBTS, {"most": MOST}))


def talks(tx: Tx) -> tuple[int, int, datetime | None]:
    """Conversations that wait for a person: (urgent, usual, since when the longest waits)."""
    row = tx.one(TALKS)
    assert row is not None
    return int(row["urgent"]), int(row["usual"]), maybe_moment(row["since"])


def campaigns(tx: Tx) -> dict[str, int]:
    """How many campaigns are in each state."""
    return {str(row["state"]): int(row["n"]) for row in tx.all(CAMPAIGNS)}


def webhooks(tx: Tx) -> tuple[int, datetime | None]:
    """Events on their way to other systems: how many, and when the first was last due."""
    row = tx.one(WEBHOOKS, {"most": MOST})
    return _number(row), None if row is None else maybe_moment(row["since"])


def switches(tx: Tx) -> dict[str, str]:
    """Every single fact of the installation."""
    return {str(row["name"]): str(row["value"]) for row in tx.all(SWITCHES)}


def worker_seen(tx: Tx, lease: timedelta) -> tuple[str, datetime | None]:
    """Who works, and when it last said so; ('', None) when none does. `lease`: of its lock."""
    # One on a file, named so; on a server each of many has a lock of its own.
    row = tx.one(
        """SELECT holder, until FROM locks WHERE name = 'worker'
           OR name > 'workers ' AND name < 'workers!' ORDER BY until DESC LIMIT 1"""
    )
    if row is None:
        return "", None
    until = maybe_moment(row["until"])
    return str(row["holder"]), None if until is None else until - lease


def _number(row: Row | None) -> int:
    return 0 if row is None else int(row["n"])


# --- the file -------------------------------------------------------------------------------


def path_of(url: str) -> Path | None:
    """The file that the address names; None for an engine without one."""
    parts = urlsplit(url)
    return Path(parts.path.removeprefix("/")) if parts.scheme == "sqlite" else None


def missing(url: str) -> str:
    """A sentence when no file is where the address points; '' when there is one, or needs none."""
    path = path_of(url)
    if path is None or path.name == ":memory:" or path.exists():
        return ""
    if gone := moved_away(str(path)):
        return gone
    whole = path.absolute()
    lost = f"database at {whole}" if whole.parent.is_dir() else f"folder {whole.parent}"
    return (
        f"there is no {lost} (GAISMA_DATABASE_URL). If that is the right place, "
        "gaisma migrate makes it."
    )


def sizes(url: str) -> tuple[int, int]:
    """(bytes of the database, bytes of its log); 0 for what is not there."""
    path = path_of(url)
    if path is None:
        return 0, 0
    return _size(path), _size(Path(f"{path}-wal"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class _Undo(Exception):
    """Ends a transaction that was only a trial."""


def try_to_write(database: Database, now: datetime) -> None:
    """Write, and take it back. Raises StorageError when nothing can be written."""

    def work(tx: Tx) -> None:
        tx.run("INSERT INTO locks VALUES ('doctor', '', ?)", (stamp(now),))
        raise _Undo

    try:
        database.transaction(work)
    except _Undo:
        return


_TOUCH = "SELECT name FROM locks WHERE name = 'doctor'"


def check_writable(database: Database, now: datetime) -> None:
    """Raise StorageError where nothing can be written: a standby, a role that may only read, a file
    that is read-only. For who asks often.

    A server refuses a row's lock where it would refuse the row; a transaction of ours would wait
    there for whoever has the database to himself, who does no harm.
    """
    if database.engine == "sqlite":
        try_to_write(database, now)
    else:
        database.one(_TOUCH + locked(database))


def pragma(tx: Tx, name: str) -> str:
    """How the engine is set; '' where it has no such setting."""
    row = tx.one(f"SELECT * FROM pragma_{name}")  # noqa: S608 - a name of ours
    return "" if row is None else str(row[next(iter(row.keys()))])
