"""Where an outage is, so that everybody finds their street and nobody's home is singled out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intents.address_rows import split_head, split_type
from storage import Database, Row, public

FEW = 5  # premises: fewer are not counted in public, and not put on a map where they are
_STREETS_KEPT = 50_000
# Degrees: a square of about 1 km for what many share, of about 10 km for what few have.
_NEAR, _FAR = (0.01, 1), (0.1, 10)


@dataclass(frozen=True, slots=True)
class Where:
    """One town of an outage, with its streets that may be named, those of most premises first.
    `premises` as it is: `about` tells what may be said of it."""

    town: str
    streets: tuple[str, ...]
    premises: int


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """The middle of a square in which premises are without power; `km` is how wide it is."""

    lat: float
    lon: float
    km: int


def about(premises: int) -> int | None:
    """A count as it may be said: rounded, so that differences tell of nobody; None for few.

    >>> [about(number) for number in (1, 4, 5, 12, 137, 2044, 260_318)]
    [None, None, 5, 10, 140, 2050, 260500]
    """
    if premises < FEW:
        return None
    step = 5 if premises < 100 else 10 if premises < 1000 else 50 if premises < 10_000 else 500
    return round(premises / step) * step


class Places:
    """Makes places of rows of `storage.public.parts`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lived_in: dict[tuple[str, str], bool] = {}

    def of(self, rows: Sequence[Row]) -> tuple[tuple[Where, ...], tuple[Spot, ...]]:
        """The towns of an outage, most premises first, and its squares on the map."""
        towns: dict[str, dict[str, int]] = {}
        for row in rows:
            name = street_of(str(row["address"]))
            streets = towns.setdefault(str(row["town"]), {})
            streets[name] = streets.get(name, 0) + int(row["premises"])
        found = [self._where(town, streets) for town, streets in towns.items()]
        return tuple(sorted(found, key=lambda each: (-each.premises, each.town))), _spots(rows)

    def _where(self, town: str, streets: dict[str, int]) -> Where:
        named = [name for name, many in streets.items() if self._may_name(name, town, many)]
        named.sort(key=lambda name: (-streets[name], name))
        return Where(town, tuple(named), sum(streets.values()))

    def _may_name(self, name: str, town: str, premises: int) -> bool:
        """The name of a farm is that of a home, and a street with one house on it as well."""
        if not split_type(name)[1]:
            return False
        return premises >= FEW or self._is_lived_in(name, town)

    def _is_lived_in(self, name: str, town: str) -> bool:
        key = name, town
        if key not in self._lived_in:
            if len(self._lived_in) > _STREETS_KEPT:
                self._lived_in.clear()
            self._lived_in[key] = public.premises_on(self._database, name, town, FEW) >= FEW
        return self._lived_in[key]


def street_of(address: str) -> str:
    """The street of an address of ours, or the name of a farm: as `intents.addresses` has it."""
    return split_head(address.partition(",")[0]).street


def _spots(rows: Sequence[Row]) -> tuple[Spot, ...]:
    """One for each transformer; those of few premises in a wide square."""
    of_one: dict[str, list[Row]] = {}
    for row in rows:
        if row["lat"] is not None and row["lon"] is not None:
            of_one.setdefault(str(row["transformer"]), []).append(row)
    return tuple(sorted({_spot(each) for each in of_one.values()}))


def _spot(rows: Sequence[Row]) -> Spot:
    premises = sum(int(row["premises"]) for row in rows)
    lat = sum(float(row["lat"]) * int(row["premises"]) for row in rows) / premises
    lon = sum(float(row["lon"]) * int(row["premises"]) for row in rows) / premises
    step, km = _NEAR if premises >= 2 * FEW else _FAR
    return Spot(_rounded(lat, step), _rounded(lon, step), km)


def _rounded(degrees: float, step: float) -> float:
    """The middle of the square of a fixed grid: the same for all homes in it."""
    return round((degrees // step + 0.5) * step, 4)
