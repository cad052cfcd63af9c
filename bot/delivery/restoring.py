"""A backup put back: what it says of the world is old, so nothing is told again by itself.

The rules are on the page docs/operations.md, "After a restore".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from storage import Database, open_database, restored

log = logging.getLogger("gaisma.restore")

# A copy without a mark: the last thing in it was written before it was taken, but how long before?
# What went out since is asked from so much earlier.
UNMARKED = timedelta(minutes=10)


class RestoreRefused(Exception):
    """It cannot be done now; the sentence says why and what to do."""


@dataclass(frozen=True)
class Adopted:
    """Data of an earlier moment that count from now on. Counts are of messages and campaigns."""

    since: datetime
    answers: int
    under_way: int
    letters: int
    campaigns: int
    kept: str = ""  # the file that was there before


def adopt(
    database: Database, now: datetime, *, by: str, taken_at: datetime | None = None
) -> Adopted:
    """Make the data of a backup the ones that count. `taken_at`: when it was taken, if the file
    does not say so itself."""
    since = taken_at or restored.copy_taken_at(database)
    if since is None:
        last = restored.last_sign_of_life(database)
        since = (last or now) - UNMARKED
    done = database.transaction(lambda tx: restored.adopt(tx, taken_at=since, by=by, now=now))
    return Adopted(
        since, done["answers"], done["under_way"], done["letters"], done["campaigns"]
    )  # fmt: skip


Also = Callable[[Database, datetime], object]  # done to data of that moment before they count


def _nothing_else(copy: Database, since: datetime) -> None:
    """Where no list of erasures is kept."""


def adopt_copy(database: Database, now: datetime, also: Also) -> None:
    """At the start: a copy that somebody put in its place by hand gets the same care."""
    if restored.copy_taken_at(database) is None:
        return
    found = adopt(database, now, by="start")
    also(database, found.since)
    log.critical(
        "the database is a backup of %s: what it says is waiting is asked about first, and its "
        "%d campaigns are paused; see: gaisma restore", _utc(found.since), found.campaigns
    )  # fmt: skip


def adopt_damaged(database: Database, lost: int, now: datetime) -> None:
    """At the start, after a crash that damaged the log: what it held may have gone out."""
    found = adopt(database, now, by="start")
    log.critical(
        "the log of the database was damaged and %d commits in it are lost: what waits since %s "
        "is asked about first, and %d campaigns are paused; see: gaisma restore",
        lost, _utc(found.since), found.campaigns,
    )  # fmt: skip


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def put_back(
    database: Database, path: str, now: datetime, *, by: str, also: Also = _nothing_else,
    taken_at: datetime | None = None,
) -> Adopted:  # fmt: skip
    """Put the backup at `path` in the place of the data. Raises StorageError."""
    found: list[Adopted] = []

    def prepare(url: str) -> None:
        copy = open_database(url)
        try:
            copy.migrate()
            found.append(adopt(copy, now, by=by, taken_at=taken_at))
            also(copy, found[0].since)
        finally:
            copy.close()

    kept = database.restore(path, prepare, now)
    return replace(found[0], kept=kept)


def release(database: Database, now: datetime, *, by: str) -> int:
    """Send what was held; how many messages. Raises RestoreRefused."""
    _check_decided(database)
    return database.transaction(lambda tx: restored.release(tx, by=by, now=now))


def drop(database: Database, now: datetime, *, by: str) -> int:
    """Give up what was held or is still in doubt; how many messages. Raises RestoreRefused."""
    _check_decided(database)
    return database.transaction(lambda tx: restored.drop(tx, by=by, now=now))


def _check_decided(database: Database) -> None:
    if restored.mark(database) is None:
        raise RestoreRefused("nothing is held: no restore is being looked after.")
    left = restored.standing(database)
    if left.paused:
        raise RestoreRefused(
            f"{left.paused} campaign(s) are still paused by the restore. Whom they have told since "
            "the backup is found out only while the hold lasts: let each go on (gaisma campaign "
            "resume) or end it (gaisma campaign stop) first."
        )
