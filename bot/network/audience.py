"""Whom an outage or an announcement is for, as people say it: a street, a town, a feeder.

"Kalna iela 1-57 odd" are the houses with an odd number from 1 to 57, with all letters and blocks
("12a", "12 k-2"). Houses between that do not exist are no error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import process

from intents.address_rows import Street, house_key, read_streets, split_type
from intents.fold import fold
from storage import Tx, customers
from storage import audience as rows
from storage.audience import Audience

SIDES = {"odd": 1, "even": 0}
MOST_PREMISES = 30_000  # that a statement can name
_SUGGESTED = 3
_ALIKE = 70.0  # of 100: less and it is no mistyped name
_HOUSE = r"\d+[^\W\d_]?(?:/\d+[^\W\d_]?)?(?:[ ]?(?:k|korp\w*)\.?[ -]*\d+)?"
_RANGE = rf"{_HOUSE}(?:\s*[-–—]\s*{_HOUSE})?"
_ASKED = re.compile(
    rf"^(?P<street>.*?)(?:[ ,]+(?P<houses>{_RANGE}(?:\s*,\s*{_RANGE})*))?"
    rf"(?:[ ,]+(?P<side>{'|'.join(SIDES)}))?$",
    re.IGNORECASE,
)
_PART = re.compile(rf"({_HOUSE})(?:\s*[-–—]\s*({_HOUSE}))?", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+)(.*)")


class AudienceRefused(Exception):
    """Nobody can be meant by this; the sentence says why and what to write instead."""


class _Key(NamedTuple):
    """A house in the order of a street: 12, 12a, 12b, 12k2, 13."""

    number: int
    rest: str


@dataclass(frozen=True)
class Houses:
    """A street as it was asked for: its name, and ranges of houses (none: all of them)."""

    street: str
    ranges: tuple[tuple[_Key, _Key | None], ...] = ()  # None: that one house
    side: str = ""

    def has(self, house: str) -> bool:
        """Whether a house (by `house_key`; '' is a farm) is meant."""
        if not self.ranges and not self.side:
            return True
        key = _key(house)
        if key is None or (self.side and key.number % 2 != SIDES[self.side]):
            return False
        return not self.ranges or any(_between(key, first, last) for first, last in self.ranges)


@dataclass(frozen=True)
class Asked:
    """Whom somebody wants to reach; empty fields do not narrow it."""

    towns: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    transformer: str = ""
    feeder: str = ""
    kind: str = ""

    def words(self) -> str:
        """The same on one line, for people who read the campaign later."""
        parts = [*self.streets, *self.towns]
        parts += [f"transformer {self.transformer}"] if self.transformer else []
        parts += [f"feeder {self.feeder}"] if self.feeder else []
        parts += [f"{self.kind}s only".replace("businesss", "businesses")] if self.kind else []
        return "; ".join(parts) or "all customers"


def resolve(tx: Tx, asked: Asked) -> Audience:
    """The audience, streets as EICs. Raises AudienceRefused for names that are not known."""
    towns = tuple(name for town in asked.towns for name in _town(tx, town))
    known = (("transformer", asked.transformer), ("feeder", asked.feeder))
    for column, name in known:
        if name and not customers.count_on(tx, column, [name]).get(name):
            raise AudienceRefused(f"no premises hangs on a {column} {name!r}.")
    eics = _eics_of_streets(tx, asked.streets, towns) if asked.streets else None
    return Audience(towns, asked.transformer, asked.feeder, eics, asked.kind)


def premises_of(tx: Tx, asked: Asked) -> tuple[str, ...]:
    """The EICs of streets or towns, for an outage there.

    Raises AudienceRefused for a place that is not known, and for one too large for one outage.
    """
    found = tuple(rows.eics_of(tx, resolve(tx, asked)))
    if len(found) > MOST_PREMISES:
        raise AudienceRefused(
            f"{len(found):,} premises are more than one outage can have ({MOST_PREMISES:,}); "
            "name streets, a transformer or a feeder."
        )
    return found


def parse_houses(text: str) -> Houses:
    """Read "Kalna iela 1-57 odd". Raises AudienceRefused for a range that runs backwards.

    >>> parse_houses("Kalna iela 2-8").has("3a")
    True
    >>> parse_houses("Kalna iela 2-8 even").has("3a")
    False
    """
    found = _ASKED.match(" ".join(text.split()))
    if found is None or not found["street"].strip(" ,"):
        raise AudienceRefused(f'{text!r} names no street; write "Kalna iela 1-57 odd".')
    ranges = []
    for part in _PART.finditer(found["houses"] or ""):
        first = _key(house_key(part[1]))
        last = _key(house_key(part[2])) if part[2] else None
        assert first is not None, "it begins with a digit"
        if last is not None and last.number < first.number:
            raise AudienceRefused(f"{part[0]!r} runs backwards; write the lower house first.")
        ranges.append((first, last))
    return Houses(found["street"].strip(" ,"), tuple(ranges), (found["side"] or "").lower())


def _key(house: str) -> _Key | None:
    found = _NUMBER.match(house)
    return _Key(int(found[1]), found[2]) if found else None


def _between(key: _Key, first: _Key, last: _Key | None) -> bool:
    """A last house without a letter takes in all houses of its number."""
    if last is None or key < first:
        return key == first and last is None
    return key <= last if last.rest else key.number <= last.number


def _town(tx: Tx, name: str) -> list[str]:
    known = customers.towns(tx)
    wanted = fold(name.strip())
    if found := [town for town in known if fold(town) == wanted]:
        return found
    raise AudienceRefused(f"no premises is in a town {name!r}.{_did_you_mean(name, known)}")


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    near = process.extract(
        name, known, processor=fold, limit=_SUGGESTED, score_cutoff=_ALIKE
    )  # fmt: skip
    return f" Did you mean {' or '.join(found for found, _, _ in near)}?" if near else ""


# --- streets --------------------------------------------------------------------------------


def _eics_of_streets(tx: Tx, streets: Sequence[str], towns: Sequence[str]) -> tuple[str, ...]:
    premises = rows.addresses_in(tx, towns)
    known = read_streets((row["eic"], row["address"], row["town"]) for row in premises)
    eics: dict[str, None] = {}
    for text in streets:
        for eic in _eics(parse_houses(text), known, text):
            eics[eic] = None
    return tuple(eics)


def _eics(asked: Houses, known: Sequence[Street], text: str) -> list[str]:
    name, kind = split_type(asked.street)
    found = [street for street in known if _is_called(street, name, kind)]
    if not found:
        near = _did_you_mean(asked.street, sorted({street.name for street in known}))
        raise AudienceRefused(f"there is no street {asked.street!r} there.{near}")
    if len(kinds := {street.name for street in found}) > 1 and not kind:
        raise AudienceRefused(f"{asked.street!r} may be {' or '.join(sorted(kinds))}; say which.")
    # One street may stand in the rows of several towns behind a comma; they are one town here.
    if len(towns := {street.town for street in found}) > 1:
        raise AudienceRefused(
            f"{asked.street!r} is in {', '.join(sorted(towns))}; say which with --town."
        )
    eics = [
        eic
        for street in found
        for key, house in street.houses.items()
        if asked.has(key)
        for eic in house.eics
    ]
    if not eics:
        raise AudienceRefused(f"no premises is at {text!r}; the street is there, the houses not.")
    return eics


def _is_called(street: Street, name: list[str], kind: str) -> bool:
    own, own_kind = split_type(street.name)
    return own == name and (not kind or not own_kind or kind == own_kind)
