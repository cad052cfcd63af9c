"""More places than one in a text: each is filed, or asked about in its turn; none is lost."""

from __future__ import annotations

from dataclasses import replace

from intents.address_more import before_and
from intents.dialogues.places import Found, Spot, cut, named, picked_spots
from intents.dialogues.turn import Data, Turn, fits
from intents.entity_words import choice
from intents.fold import fold
from intents.model import Address, Entities, Event, FileReport, Place, Reply, Step

_MANY = 3  # replies that may not fit together


def split(turn: Turn, first: Found) -> tuple[tuple[Spot, ...], tuple[str, ...]]:
    """(the places that are beyond doubt, the others as they were written), `first` among them."""
    found = (first, *(_found(turn, *other) for other in turn.facts.others))
    sure = [each for each in found if each.sure and len(each.spots) == 1]
    spots = tuple(dict.fromkeys(each.spots[0] for each in sure))
    return spots, tuple(each.raw for each in found if each not in sure)


def _found(turn: Turn, address: Address, places: tuple[Place, ...]) -> Found:
    heard = replace(turn.heard, entities=replace(turn.heard.entities, address=address))
    facts = replace(turn.facts, places=places, streets=(), town="")
    found = named(replace(turn, heard=heard, facts=facts))
    return found or Found(missing="all", raw=address.raw)


def picked_beside(turn: Turn, spots: tuple[Spot, ...]) -> Spot | None:
    """The option of a list that is named before another address: "1 un Dzirnavu 40"."""
    address = turn.heard.entities.address
    front = before_and(turn.heard.text, address) if address else ""
    if not front:
        return None
    entities = Entities(choice=choice(fold(front).split()))
    heard = replace(turn.heard, text=front, entities=entities)
    picked = picked_spots(replace(turn, heard=heard), spots)
    return picked[0] if len(picked) == 1 else None


def as_written(turn: Turn) -> list[object]:
    """The other places of the text, to be kept in the state."""
    every = (address for address, _ in turn.facts.others)
    return [a.raw if a.town in a.raw else f"{a.raw}, {a.town}" for a in every]


def then(turn: Turn, data: Data, *events: Event) -> Step:
    """`events`, and after them the next place that was named; the end when there is none."""
    left = data.get("more")
    if not isinstance(left, list | tuple) or not left:
        return turn.end(*events)
    if turn.heard.entities.life_support:
        # A person will call at once, and there is no room for a question.
        return turn.end(*events, *(FileReport(str(place), "") for place in left))
    place, *more = map(str, left)
    kept: Data = {**data, "place": place, "more": more}
    asked = turn.ask("fault.next", "fault.ask_next", *events, data=kept, address=cut(place))
    replies = [event for event in asked.events if isinstance(event, Reply)]
    if len(replies) < _MANY or fits("\n".join(reply.text for reply in replies)):
        return asked
    # What is filed and what is asked come before what is known of another place.
    return replace(asked, events=tuple(e for e in asked.events if e not in replies[1:-1]))
