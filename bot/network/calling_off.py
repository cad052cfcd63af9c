"""What cancelling works would tell to whom, before it is done: the cancellation itself, undone."""

from __future__ import annotations

from collections.abc import Sequence

from bot import alerts
from bot.alerts import Act
from bot.campaigns.preview import Preview, preview
from bot.network.outages import Actor, revise
from storage import Database, Row, Tx, campaigns, works
from storage.rehearsal import rehearse

# It is one transaction, and nobody else can write meanwhile: about a second at the most.
MOST_WORKS, MOST_READERS = 200, 3000


def foresee(
    database: Database, rows: Sequence[Row], actor: Actor, *, reason: str = "", email: bool = True,
    short_number: str = "",
) -> list[Preview] | None:  # fmt: skip
    """The campaigns that cancelling these outages would make, [] when nobody was told of them; None
    when they are too many to try."""
    ids = [str(row["id"]) for row in rows]
    if len(ids) > MOST_WORKS or works.count_told(database, ids) > MOST_READERS:
        return None
    fields = {"state": "cancelled"} | ({"reason": reason} if reason else {})
    changes = [revise(row, **fields) for row in rows]

    def work(tx: Tx) -> list[Preview]:
        act = Act(actor.by)
        alerts.change_outages(tx, changes, act, actor.now, policy=actor.policy)
        made = alerts.finish_act(tx, act, actor.now, policy=actor.policy)
        found = [campaigns.campaign(tx, each) for each in made]
        return [
            preview(tx, row, actor.now, actor.policy, email=email, short_number=short_number)
            for row in found
            if row is not None and row["parent_id"] is None
        ]

    return rehearse(database).transaction(work)
