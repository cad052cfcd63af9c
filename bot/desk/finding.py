"""Search over conversations: what came in is looked through by a job, and before each search."""

from __future__ import annotations

from datetime import datetime

from storage import Database, search
from storage.lists import in_chunks

AT_ONCE = 50  # documents a transaction; texts that come in wait no longer than for these
MOST = 100  # conversations found


def catch_up(database: Database, now: datetime) -> int:
    """Make documents of what came in since; how many. At most those of 5,000 texts a call."""
    if not search.is_behind(database):
        return 0
    wanted, up_to = search.stale(database)
    for part in in_chunks(wanted, AT_ONCE):
        database.transaction(
            lambda tx, part=part: search.rebuild(tx, part, "", now),  # type: ignore[misc]
            bulk=True,
        )
    database.transaction(lambda tx: search.rebuild(tx, (), up_to, now), bulk=True)
    return len(wanted)


def find(database: Database, text: str, now: datetime) -> dict[str, str]:
    """Conversations in which all words are found, each with an excerpt; see `storage.search`."""
    if not search.question(text):
        return {}
    catch_up(database, now)
    return search.find(database, text, MOST)
