"""Which house or premises a text means, from the places that the distributor's data offers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from intents import answer_words, listed
from intents.dialogues.turn import Data, Turn, numbered, picked
from intents.fold import fold
from intents.model import Address, Outage, Place, Premises, Report
from locales.short import short_address

# Below this a match is confirmed; a lead of this much over the next decides between two.
SURE_SCORE = 90.0
SURE_LEAD = 8.0
_ASKING = ("outage_status", "planned_outages")
MOST_TOWNS = 5  # that a list tells by name; a place in more is asked about
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
    'number' (a street without a house, or a town), 'street' (a town, when an address was asked
    for) or 'all'.
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
    raw = _written(address) if address else turn.heard.text.strip(" .,!?")
    exact = [place for place in turn.facts.places if place.exact]
    if exact:
        return _choose(turn, exact, raw)
    known = (turn.facts.streets or turn.facts.town) and not turn.facts.elsewhere
    if turn.facts.elsewhere or not (turn.facts.places or known):
        return Found(missing="all", raw=raw)
    if address is None and turn.facts.town and not (turn.facts.places or turn.facts.streets):
        return Found(missing="street", raw=turn.facts.town)
    has_house = address.house if address else any(map(str.isdigit, raw))
    return Found(missing="house" if has_house else "number", raw=raw)


_NO_PLACE = frozenset({"ne", "nav", "net", "no", "not", "nope", "sorry", "tomer"})


def may_be_place(turn: Turn) -> bool:
    """Whether the answer to "where?" can be a place that no data knows, rather than a remark.

    "3 hours already", "why?" and "no light" are none, however much a street is called like them.
    """
    heard, facts = turn.heard, turn.facts
    if heard.entities.address or is_known(turn):
        return True
    if answer_words.is_remark(heard.text) or answer_words.asks(heard.text):
        return False
    if facts.places or facts.streets or facts.town or answer_words.points(heard.text):
        return True
    if heard.text.rstrip().endswith("?"):
        return False
    if any(letter.isdigit() for letter in heard.text):
        return True
    meant = heard.intent in ("report_fault", "cancel", "restored", "no") and heard.score >= 0.5
    return not meant and not _NO_PLACE & set(fold(heard.text).split())


def is_known(turn: Turn) -> bool:
    """Whether the text names a house of the distributor's data."""
    return any(place.exact for place in turn.facts.places)


def picked_spots(turn: Turn, spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """The options of a numbered list that the answer names, by number or by name; () for none."""
    index = picked(turn, len(spots))
    if index is None and spots and answer_words.means_last(turn.heard.text):
        index = len(spots) - 1
    return (spots[index],) if index is not None else named_spots(turn, spots)


def named_spots(turn: Turn, spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """Those that the text may name by street, town or house number: "Miera", "105"."""
    entries = [(spot.address, spot.town) for spot in spots]
    found = listed.matching(turn.heard.text, turn.heard.entities.address, entries)
    return tuple(spots[place] for place in found)


def _written(address: Address) -> str:
    """As written, with the town, which `raw` may lack."""
    town = address.town
    return address.raw if not town or town in address.raw else f"{address.raw}, {town}"


def _choose(turn: Turn, exact: list[Place], raw: str) -> Found:
    known = _known_before(turn, exact)
    if known:
        return Found((known,), sure=True, raw=raw)
    first = exact[0]
    if first.score < SURE_SCORE and _names_other_town(turn, exact):
        return Found(missing="all", raw=raw)
    if len(exact) == 1 or first.score - exact[1].score >= SURE_LEAD:
        return Found((spot_of(first),), sure=first.score >= SURE_SCORE, raw=raw)
    return Found(tuple(spot_of(place) for place in exact), raw=raw)


def _names_other_town(turn: Turn, exact: list[Place]) -> bool:
    """Whether a town was named, and the address is not there but in more than can be listed."""
    address = turn.heard.entities.address
    return bool(address and address.town) and len({place.town for place in exact}) > MOST_TOWNS


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
        street, town = turn.facts.streets[0]
        several = len({at for _, at in turn.facts.streets}) > 1
        return cut(short_address(street, "" if several else town, LABEL))
    label = cut(turn.facts.town or raw)
    return label[:1].upper() + label[1:]


def cut(raw: str) -> str:
    """What the sender wrote, short enough to stand in an answer; whole words as long as any fits.

    >>> cut("Lielā Kalna iela, par Rēzekni tālāk")
    'Lielā Kalna iela'
    """
    words = " ".join(raw.split())
    if len(words) <= LABEL:
        return words
    fits = words[: LABEL + 1]
    clause, comma, _ = fits.rpartition(",")
    kept = clause if comma else fits.rpartition(" ")[0].rstrip(" .;-")
    return kept or words[: LABEL - 1] + "."


def outages_at(turn: Turn, spot: Spot, state: str = "active") -> tuple[Outage, ...]:
    """The outages in `state` at a place, each once."""
    every = (*turn.facts.outages, *turn.facts.place_outages)
    met = [o for o in every if o.state == state and _is_at(o, spot)]
    return tuple({outage.id: outage for outage in reversed(met)}.values())[::-1]


def report_at(turn: Turn, spot: Spot) -> Report | None:
    """The sender's own open report at a place."""
    for report in turn.facts.reports:
        if report.eic in spot.eics or (report.address, report.town) == (spot.address, spot.town):
            return report
    return None


def _is_at(outage: Outage, spot: Spot) -> bool:
    if outage.eic and spot.eics:
        return outage.eic in spot.eics
    return (outage.address, outage.town) == (spot.address, spot.town)
