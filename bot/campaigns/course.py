"""How far a campaign is: what the terminal's bar and the console's show."""

from __future__ import annotations

from dataclasses import dataclass

from storage import Tx, canary
from storage import campaigns as rows

GOING = ("approved", "canary", "sending")


@dataclass(frozen=True)
class Stand:
    """How far a campaign is, in notices; its state and why it was paused.

    `letters`: not posted yet; `only_letters`: nothing but these is still to go.
    """

    state: str
    why: str
    total: int
    done: int
    failed: int
    letters: int = 0
    only_letters: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether waiting helps: letters go when a person prints them."""
        return self.state in GOING and not (self.letters and self.only_letters)


def stand_of(tx: Tx, campaign_id: str) -> Stand:
    """Notices that are over: handed over, failed, or never to be sent."""
    row = canary.head(tx, campaign_id)
    counts = rows.notice_counts(tx, campaign_id)
    total = sum(many for state, many in counts.items() if state != "withdrawn")
    course = canary.course(tx, campaign_id)
    letters, only_letters = canary.letters_left(tx, campaign_id)
    waiting = sum(counts.get(state, 0) for state in ("draft", "approved", "in_doubt"))
    return Stand(
        state="" if row is None else str(row["state"]),
        why="" if row is None else str(row["paused_why"] or ""),
        total=total,
        done=max(0, total - waiting - course.waiting - letters),
        failed=course.failed,
        letters=letters,
        only_letters=only_letters,
    )
