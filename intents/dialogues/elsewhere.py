"""A place known only in another town, or under a like name: asked about before it is told."""

from __future__ import annotations

from intents.dialogues.places import LABEL, Found
from intents.dialogues.turn import Turn
from intents.model import Step
from locales.short import short_address


def ask(turn: Turn, found: Found, then: str) -> Step | None:
    """'Is it at Krasta 2, Liepāja?', or None when the place is beyond doubt.

    `then` is what goes on after a yes: status, planned or offer.
    """
    label, place = _other(turn, found)
    if not place:
        return None
    data: dict[str, object] = {"place": place, "then": then}
    return turn.ask("status.elsewhere", "fault.confirm", data=data, address=label)


def _other(turn: Turn, found: Found) -> tuple[str, str]:
    """(what to call it, what to look for after a yes); empty when nothing need be asked."""
    if len(found.spots) == 1 and not found.sure:
        spot = found.spots[0]
        return spot.label, f"{spot.address}, {spot.town}"
    if found.spots or not turn.facts.elsewhere:
        return "", ""
    street, town = turn.facts.streets[0]
    return short_address(street, town, LABEL), f"{street}, {town}"
