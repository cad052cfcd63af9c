"""The invented people of the distributor: one of each role, and one who has several."""

from __future__ import annotations

from datetime import datetime

from storage import Database, Tx, agents

STAFF = (
    ("anna", "Anna Ozola", "agent", "lv"),
    ("dainis", "Dainis Krūmiņš", "agent dispatcher", "lv"),
    ("ilze", "Ilze Kalniņa", "dispatcher operator", "en"),
    ("marta", "Marta Liepa", "agent dispatcher operator administrator", "en"),
)


def let_in(database: Database, password_hash: str, now: datetime) -> None:
    """All of them may sign in with this password; earlier passwords and sessions end."""

    def work(tx: Tx) -> None:
        for name, full_name, roles, language in STAFF:
            agents.add(
                tx, name, full_name=full_name, roles=roles, password_hash=password_hash,
                language=language, now=now,
            )  # fmt: skip
            agents.set_password(tx, name, password_hash)

    database.transaction(work)
