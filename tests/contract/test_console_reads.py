"""What the console and the API read to show a page: each statement is known to every engine."""

from __future__ import annotations

from datetime import UTC, datetime

from storage import Database, Tx, agents, api_lists, audit, inbox, network, public
from storage import database as rows

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def test_the_inbox_the_network_and_the_public_page_are_read(database: Database) -> None:
    assert inbox.counts(database, NOW)["late"] == 0
    assert inbox.listed(database, "waiting", "anna", 5) == []
    assert inbox.listed(database, "mine", "anna", 5) == []
    assert network.version(database) == network.version(database)
    assert network.towns(database, 5) == []
    assert public.premises_on(database, "Kalna iela", "Ogre", 5) == 0
    assert database.all(f"{api_lists._NOTICE} LIMIT 1") == []


def test_the_audit_log_is_read_by_person_and_action(database: Database) -> None:
    def work(tx: Tx) -> None:
        rows.audit(tx, "anna", "agent.add", "juris", now=NOW, detail="Zelma@example.lv")
        rows.audit(tx, "inga", "report.close", "r1", now=NOW)

    database.transaction(work)
    assert len(agents.audit_rows(database)) == 2
    assert [row["actor"] for row in agents.audit_rows(database, actions=["agent.add"])] == ["anna"]
    assert agents.audit_rows(database, actor="inga", actions=["agent.add", "other"]) == []
    assert len(audit.rows_about(database, ["zelma@EXAMPLE.lv"])) == 1
