"""What the lists of outages and reports point at: times that passed, homes that stayed dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.policy import Policy
from storage import Row, Tx, promises, still_dark


@dataclass(frozen=True)
class StillDark:
    """Answers "still dark" from one transformer of an outage that is over; flagged when many."""

    row: Row
    flagged: bool

    def plain(self) -> dict[str, Any]:
        """For programs."""
        names = ("outage", "transformer", "feeder", "town", "answers", "first_at", "last_at")
        return {name: self.row[name] for name in names} | {"flagged": self.flagged}


@dataclass(frozen=True)
class Seen:
    """What was found: the passed time by outage id, its external id, and who is still dark."""

    passed: dict[str, str]
    names: dict[str, str]
    still_dark: list[StillDark]

    def of(self, row: Row) -> dict[str, Any]:
        """What a program reads of one outage: the time that passed, answers "still dark"."""
        own = [each for each in self.still_dark if each.row["outage_id"] == row["id"]]
        answers = sum(int(each.row["answers"]) for each in own)
        return {"time_passed": self.passed.get(str(row["id"])), "still_dark": answers}


def look(tx: Tx, found: Sequence[Row], policy: Policy) -> Seen:
    """What to point at among these outages, and everywhere who is still in the dark."""
    open_ = {
        str(row["id"]): str(row["external_id"])
        for row in found
        if row["kind"] == "unplanned" and row["state"] == "active" and row["ends_at"] is None
    }
    enough = policy.cluster_still_dark_answers
    dark = [StillDark(row, row["answers"] >= enough) for row in still_dark.counts(tx)]
    return Seen(promises.passed_ends(tx, list(open_)), open_, dark)
