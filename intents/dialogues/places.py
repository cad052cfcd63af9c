"""Which house or premises a text means, from the places that the distributor's data offers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from intents.dialogues.turn import Data, Turn, numbered
from intents.fold import fold
from intents.model import Address, Outage, Place, Premises
from locales.short import short_address

# Below this a match is confirmed; a lead of this much over the next decides between two.
SURE_SCORE = 90.0
SURE_LEAD = 8.0
_ASKING = ("outage_status", "planned_outages")
LABEL = 30  # characters of an address or of a place as the sender wrote it
LABEL_IN_LIST = 24
_HOUSE_AND_FLAT = re.compile(r"\s\d.*$")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a dialogue, small enough to be kept in the state."""

    address: str
    town: str = ""
    eics: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return short_address(self.address, self.town, LABEL)

    def kept(self) -> list[object]:
        return [self.address, self.town, list(self.eics)]


@dataclass(frozen=True, slots=True)
class Found:
    """What a text named: `spots` when known; else `missing` says what was not found.

    `missing` is '' (something was found), 'house' (the street is known, the house is not),
    'number' (a street without a house, or a town) or 'all'.
    """

    spots: tuple[Spot, ...] = ()
    sure: bool = False
    missing: str = ""
    raw: str = ""


def spot_of(place: Place | Premises) -> Spot:
    eics = place.eics if isinstance(place, Place) else (place.eic,)
    return Spot(place.address, place.town, eics)


def spot_from(kept: object) -> Spot | None:
    """A spot kept in the state; None for anything else."""
    if (
        not isinstance(kept, list | tuple)
        or len(kept) != 3
        or not isinstance(kept[2], list | tuple)
    ):
        return None
    return Spot(str(kept[0]), str(kept[1]), tuple(str(eic) for eic in kept[2]))


def spots_from(data: Data) -> tuple[Spot, ...]:
    """The options of a numbered question, or the one place under way."""
    options = data.get("options")
    kept = options if isinstance(options, list | tuple) else [data.get("spot")]
    return tuple(spot for spot in map(spot_from, kept) if spot is not None)


def own_spots(turn: Turn) -> tuple[Spot, ...]:
    return tuple(spot_of(premises) for premises in turn.facts.premises)


def named(turn: Turn, *, asked: bool = False) -> Found | None:
    """The place that the text names; None when it names none.

    `asked`: we asked for an address, so the whole text is taken for one.
    """
    address = turn.heard.entities.address
    if address is None and not asked:
        in_town = turn.facts.town and turn.heard.intent in _ASKING
        return Found(missing="number", raw=turn.facts.town) if in_town else None
    raw = _written(address) if address else turn.heard.text.strip()
    exact = [place for place in turn.facts.places if place.exact]
    if exact:
        return _choose(turn, exact, raw)
    known = (turn.facts.streets or turn.facts.town) and not turn.facts.elsewhere
    if not (turn.facts.places or known):
        return Found(missing="all", raw=raw)
    return Found(missing="number" if address and not address.house else "house", raw=raw)


_NO_PLACE = frozenset({"ne", "nav", "net", "no", "not", "nope", "sorry", "tomer"})


def may_be_place(turn: Turn) -> bool:
    """Whether the answer to "where?" can be a place that no data knows, rather than a remark."""
    heard, facts = turn.heard, turn.facts
    if heard.entities.address or facts.places or facts.streets or facts.town:
        return True
    if any(letter.isdigit() for letter in heard.text):
        return True
    meant = heard.intent in ("report_fault", "cancel", "restored", "no") and heard.score >= 0.5
    return not meant and not _NO_PLACE & set(fold(heard.text).split())


def _written(address: Address) -> str:
    """As written, with the town, which `raw` may lack."""
    town = address.town
    return address.raw if not town or town in address.raw else f"{address.raw}, {town}"


def _choose(turn: Turn, exact: list[Place], raw: str) -> Found:
    known = _known_before(turn, exact)
    if known:
        return Found((known,), sure=True, raw=raw)
    first = exact[0]
    if len(exact) == 1 or first.score - exact[1].score >= SURE_LEAD:
        return Found((spot_of(first),), sure=first.score >= SURE_SCORE, raw=raw)
    return Found(tuple(spot_of(place) for place in exact), raw=raw)


def _known_before(turn: Turn, exact: list[Place]) -> Spot | None:
    """The sender's own premises, or an option just offered, that is at one of these places."""
    eics = {eic for place in exact for eic in place.eics}
    for group in (spots_from(turn.data), own_spots(turn)):
        met = [spot for spot in group if eics & set(spot.eics)]
        if len(met) == 1:
            return met[0]
    return None


def numbered_spots(turn: Turn, spots: Iterable[Spot], key: str, before: str = "") -> str:
    """A numbered list; the town is told only when there are several."""
    every = tuple(spots)
    if len({spot.town for spot in every}) > 1:
        return numbered(turn, [spot.label for spot in every], key, before)
    labels = [short_address(spot.address, limit=LABEL_IN_LIST) for spot in every]
    return numbered(turn, labels, key, before)


def street_label(turn: Turn, raw: str, outages: tuple[Outage, ...] = ()) -> str:
    """What to call the street or town asked about: its own name when known, else as written."""
    address = turn.heard.entities.address
    on_street = turn.facts.streets or (address and address.street)
    if outages and on_street and outages[0].address:
        # The same name stands in many towns: the one with the outage is meant.
        street = _HOUSE_AND_FLAT.sub("", outages[0].address)
        return cut(short_address(street, outages[0].town, LABEL))
    if turn.facts.streets:
        return cut(short_address(*turn.facts.streets[0], LABEL))
    label = cut(turn.facts.town or raw)
    return label[:1].upper() + label[1:]


def cut(raw: str) -> str:
    """What the sender wrote, short enough to stand in an answer."""
    words = " ".join(raw.split())
    return words if len(words) <= LABEL else words[: LABEL - 1].rstrip() + "."


def outages_at(turn: Turn, spot: Spot, state: str = "active") -> tuple[Outage, ...]:
    """The outages in `state` at a place, each once."""
    every = (*turn.facts.outages, *turn.facts.place_outages)
    met = [o for o in every if o.state == state and _is_at(o, spot)]
    return tuple({outage.id: outage for outage in reversed(met)}.values())[::-1]


def _is_at(outage: Outage, spot: Spot) -> bool:
    if outage.eic and spot.eics:
        return outage.eic in spot.eics
    return (outage.address, outage.town) == (spot.address, spot.town)
