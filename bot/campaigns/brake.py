"""The brake: alerts that a worker has claimed are not called once sending, or their campaign, is
held. A worker looks at it several times a second, so that "stop all" works within one."""

from __future__ import annotations

from bot.channels.base import Outgoing
from storage import Database, canary
from storage.database import switch

STOPPED = "sending_stopped"


class Brake:
    """What must not be called, as the database said when it was last looked at."""

    def __init__(self) -> None:
        self._all = False
        self._ids: frozenset[str] = frozenset()

    def look(self, database: Database) -> None:
        """Read it anew: two look-ups by index."""
        self._all = bool(switch(database, STOPPED))
        self._ids = frozenset(canary.held_messages(database))

    def holds(self, message: Outgoing) -> bool:
        """Whether this message is to be given back uncalled. Answers to customers never are."""
        return message.lane == "alert" and (self._all or message.id in self._ids)
