"""What must not cost more with all that was done before: counted in steps, not in seconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.network import promises
from bot.policy import read_policy
from bot.running import retention
from storage import Database, benchmark
from tests.bot import grid
from tests.long.counting import counted, of

MINUTE = timedelta(minutes=1)
READERS = 40
# Of rows that never go: their references need no index of their own.
KEPT_FOR_GOOD = {"outages", "agents", "letter_batches", "webhooks"}

pytestmark = pytest.mark.sqlite  # steps are those of its machine


def a_word(database: Database, now: datetime) -> Counter[str]:
    """The hourly word about a fault is not due yet, is due, made and delivered; what that cost."""
    with counted() as steps:
        assert not promises.anything_due(database, now - 20 * MINUTE, grid.POLICY)
        assert promises.anything_due(database, now, grid.POLICY)
        made = database.transaction(lambda tx: promises.keep_promises(tx, now, grid.POLICY))
    assert made == READERS
    grid.fan_out(database, now)
    grid.provider_says(database, "delivered", now=now)
    return steps


def test_the_word_about_a_long_fault_costs_what_the_first_one_did(database: Database) -> None:
    grid.people(database, range(READERS))
    grid.change(database, grid.FAULT, now=grid.NOW)
    grid.fan_out(database, grid.NOW)
    grid.provider_says(database, "delivered", now=grid.NOW)
    words = [a_word(database, grid.NOW + hour * 60 * MINUTE) for hour in range(1, 17)]
    early, late = words[1], words[-1]
    due = "r.made_by = 'policy'"  # asked every ten seconds
    assert of(late, due) < of(early, due) * 1.2
    # Each word told before is looked at, whether it is under way still, in some 60 and 40 steps.
    # Before, each was weighed with all others, in some 500.
    told_between = READERS * 14
    for act in ("INSERT INTO notices", "SET state = 'in_doubt'"):
        assert of(late, act) - of(early, act) < 100 * told_between, act


def test_who_has_power_again_does_not_hasten_the_words_to_the_others(database: Database) -> None:
    grid.people(database, range(4))
    whole = replace(grid.FAULT, transformer="", eics=tuple(grid.code(n) for n in range(4)))
    grid.change(database, whole, now=grid.NOW)
    part = replace(whole, sequence=2, eics=whole.eics[:2])
    at = grid.NOW
    for minute in range(0, 6 * 60, 10):
        at = grid.NOW + minute * MINUTE
        if minute == 20:
            grid.change(database, part, now=at)
        database.transaction(lambda tx, at=at: promises.keep_promises(tx, at, grid.POLICY))  # type: ignore[misc]
        grid.fan_out(database, at)
        grid.provider_says(database, "delivered", now=at)
    rows = database.all("SELECT kind, count(*) AS n FROM messages GROUP BY kind ORDER BY kind")
    told = {str(row["kind"]): int(row["n"]) for row in rows}
    assert told == {"unplanned": 4, "restored": 2, "no_news": 2 * 5}


def test_a_conversation_goes_at_the_same_cost_however_many_texts_there_are(
    database: Database,
) -> None:
    cost = []
    first = 1
    policy = replace(read_policy(), retention_conversations=1)
    for many in (50, 1000):
        last = first + many - 1

        def make(tx, first=first, last=last) -> None:  # type: ignore[no-untyped-def]
            benchmark.add_people(tx, first, last, per_mille=1000, now=grid.NOW)
            benchmark.add_conversations(tx, first, last, each=10**6, agents=1, now=grid.NOW)

        database.transaction(make)
        # All but ten talk on.
        database.run(
            "UPDATE conversations SET last_in_at = '2099-01-01T00:00:00.000Z', owner = 'bot',"
            " waiting_since = NULL WHERE phone NOT IN (SELECT value FROM contacts"
            " ORDER BY id DESC LIMIT 10)"
        )
        gone = "(SELECT value FROM contacts ORDER BY id DESC LIMIT 10)"
        database.run(
            "DELETE FROM turns WHERE conversation_id IN (SELECT id FROM conversations"
            f" WHERE phone IN {gone})"
        )
        database.run(f"DELETE FROM messages WHERE peer IN {gone}")
        database.run("UPDATE conversations SET owner = 'bot', waiting_since = NULL")
        database.run("UPDATE messages SET campaign_id = id")  # the texts stay, as proof would
        with counted() as steps:
            done = retention.run(database, policy, grid.NOW + timedelta(days=400))
        assert done["conversations"] == 10
        cost.append(of(steps, "DELETE FROM conversations "))
        first = last + 1
    assert cost[1] < cost[0] * 1.5 + 200


def test_every_reference_is_found_by_an_index(database: Database) -> None:
    """Else each row that goes is looked for in all rows that may name it."""
    missing = []
    for table in [
        str(r["name"]) for r in database.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]:
        leading = set()
        for index in database.all(f"PRAGMA index_list({table})"):
            columns = database.all(f"PRAGMA index_info({index['name']})")
            leading.add(columns[0]["name"])
        for row in database.all(f"PRAGMA table_info({table})"):
            if row["pk"] == 1:
                leading.add(row["name"])
        missing += [
            f"{table}.{row['from']}"
            for row in database.all(f"PRAGMA foreign_key_list({table})")
            if row["table"] not in KEPT_FOR_GOOD and row["from"] not in leading
        ]
    assert missing == []
