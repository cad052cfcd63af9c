"""Which notices are next for which debts, looked up once for all who look at the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.debts import moratorium
from bot.debts.ready import next_for
from bot.policy import Policy
from storage import Database, debts_shown

NOTICES = ("first", "second", "disconnection", "held", "over")
Stages = Mapping[str, tuple[int, int]]


class Ready:
    """Each kind of notice walks over all debts: its answer is kept for a minute, while no debt and
    no campaign about debts has changed."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database, self._policy = database, policy
        self._kept: tuple[object, dict[str, frozenset[str]]] = (None, {})

    def at(self, now: datetime, stages: Stages) -> dict[str, frozenset[str]]:
        """The ids of the debts that each kind of notice is next for; of word of the moratorium,
        only what is true now. `stages`: as `debts_shown.stages` counts them."""
        halted = moratorium.is_on(self._database)
        campaigns = debts_shown.campaigns_version(self._database)
        version = (f"{now:%Y%m%d%H%M}", halted, campaigns, tuple(sorted(stages.items())))
        if self._kept[0] != version:
            self._kept = (version, self._look(now, halted=halted))
        return self._kept[1]

    def _look(self, now: datetime, *, halted: bool) -> dict[str, frozenset[str]]:
        untrue = "over" if halted else "held"
        return {kind: self._ids(kind, now) if kind != untrue else frozenset() for kind in NOTICES}

    def _ids(self, kind: str, now: datetime) -> frozenset[str]:
        rows = next_for(self._database, f"debt_{kind}", now, self._policy)
        return frozenset(str(row["id"]) for row in rows)
