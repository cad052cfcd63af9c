"""The parts of a running service, made once and handed to whoever needs them. No behaviour here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.delivery.restoring import adopt_copy, adopt_damaged
from bot.demo.account import for_demo
from bot.people.privacy import erase_again
from bot.policy import Policy, read_policy
from bot.settings import Settings
from storage import Database, StorageError, open_database
from storage.damage import lost_commits
from storage.database import switch


@dataclass(frozen=True)
class Service:
    """Settings, policy and database of this process."""

    settings: Settings
    policy: Policy
    database: Database = field(repr=False)

    def close(self) -> None:
        self.database.close()


def open_service(settings: Settings, *, migrate: bool = False) -> Service:
    """The service of these settings, its database opened and, if asked, brought up to date.

    Raises PolicyError or StorageError with a sentence for whoever runs it.
    """
    policy = read_policy(settings.policy)
    database = open_database(settings.database_url)
    if migrate:
        lost = lost_commits(settings.database_url)
        database.migrate()
        now = datetime.now(UTC)
        adopt_copy(
            database, now, lambda copy, since: erase_again(copy, settings, since, now=now)
        )  # fmt: skip
        if lost:
            adopt_damaged(database, lost, now)
    if _is_demo(database):
        policy = for_demo(policy)
    return Service(settings, policy, database)


def _is_demo(database: Database) -> bool:
    try:
        # Without tables it is nothing yet.
        return not database.pending_migrations() and bool(switch(database, "demo"))
    except StorageError:
        return False
