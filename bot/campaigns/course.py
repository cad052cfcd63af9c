"""How far a campaign is: what the terminal's bar and the console's show."""

from __future__ import annotations

from dataclasses import dataclass

from storage import Tx, canary, recipients
from storage import campaigns as rows

GOING = ("approved", "canary", "sending")


@dataclass(frozen=True)
class Stand:
    """How far a campaign is, in notices; its state and why it was paused.

    `total`: those that somebody can be told; `done`: handed over, or failed. `taken_back`: those of
    `total` that its stop has ended. `unreachable`: customers no channel was open to, beside
    `total`. `letters`: not posted yet; `only_letters`: nothing but these is still to go.
    """

    state: str
    why: str
    total: int
    done: int
    failed: int
    letters: int = 0
    only_letters: bool = False
    taken_back: int = 0
    unreachable: int = 0

    @property
    def left(self) -> int:
        """What is still to go."""
        return self.total - self.done - self.taken_back

    @property
    def goes_on(self) -> bool:
        """Whether waiting helps: letters go when a person prints them."""
        return self.state in GOING and not (self.letters and self.only_letters)


def stand_of(tx: Tx, campaign_id: str) -> Stand:
    """How far it is. Nobody is told what was taken back or could reach no one: it is not done."""
    row = canary.head(tx, campaign_id)
    state = "" if row is None else str(row["state"])
    counts = rows.notice_counts(tx, campaign_id)
    withdrawn, lost = counts.get("withdrawn", 0), counts.get("unreachable", 0)
    going = sum(counts.values()) - withdrawn - lost
    # Before a stop, what was withdrawn no longer held: nobody waits for it.
    taken_back = withdrawn if state == "stopped" else 0
    course = canary.course(tx, campaign_id)
    letters, only_letters = canary.letters_left(tx, campaign_id)
    waiting = sum(counts.get(each, 0) for each in ("draft", "approved", "in_doubt"))
    return Stand(
        state=state,
        why="" if row is None else str(row["paused_why"] or ""),
        total=going + taken_back,
        done=max(0, going - waiting - course.waiting - letters),
        failed=course.failed,
        letters=letters,
        only_letters=only_letters,
        taken_back=taken_back,
        unreachable=recipients.given_up(tx, campaign_id) if lost else 0,
    )
