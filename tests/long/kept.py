"""Every table, and why it does not grow without end: what lets go of its rows, or why not."""

from __future__ import annotations

from storage import Database

# By retention, a job, or together with the row that they belong to.
LET_GO = {
    "messages", "turns", "candidates", "conversations", "conversation_notes", "conversation_waits",
    "conversation_reads", "search_documents", "receipts", "fault_reports", "danger_looks",
    "complaints", "debts", "debt_days", "notices", "notice_messages", "calls", "consents",
    "registration_tries", "api_tokens", "api_answers", "webhook_events", "webhook_deliveries",
    "agent_sessions", "agent_tries", "audit", "outage_subscribers", "outage_premises",
    "stranger_answers", "erased",
}  # fmt: skip
# As large as the network, its customers, or what people set up; docs/reliability.md says so.
AS_LARGE_AS_LIFE = {
    "customers", "premises", "contacts", "opt_outs", "agents", "ready_answers", "phrases",
    "webhooks", "switches", "locks", "audit_chain",
}  # fmt: skip
# Kept for good: the history of the network and of requests, in which there is nobody any more.
GROWS = {
    "outages", "outage_revisions", "campaigns", "campaign_texts", "letter_batches",
    "privacy_requests",
}  # fmt: skip


_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
}


def tables(database: Database) -> list[str]:
    """Without the engine's own, those of the full-text index, and the list of steps taken."""
    names = [str(row["name"]) for row in database.all(_NAMES[database.engine])]
    own = ("sqlite", "_sqlite", "search_words", "gaisma_steps")
    return sorted(name for name in names if not name.startswith(own))
