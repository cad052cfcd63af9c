"""What a letter costs to post: by country and weight class, in integer cents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ANYWHERE = "*"
_COUNTRY = re.compile(r"([A-Z]{2})-")


class LetterError(Exception):
    """A letter or batch that cannot be made; the sentence says why, without name or address."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Weight class of one letter, such as 'LV 20 g', and its price."""

    country: str
    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class Postage:
    """The prices of the post: by country, ((up to grams, cents), ...); `ANYWHERE` for the rest.

    A4 of 80 g/m² weighs 5 g a sheet, a DL window envelope about 5 g.
    """

    prices: Mapping[str, Sequence[tuple[int, int]]]
    home: str = "LV"
    sheet_grams: float = 5.0
    envelope_grams: float = 5.0

    def stamp(self, postcode: str, sheets: int) -> Stamp:
        """The class and price of a letter of so many sheets. Raises LetterError without one."""
        country = self.country(postcode)
        grams = self.envelope_grams + sheets * self.sheet_grams
        for most, cents in sorted(self.prices.get(country, ())):
            if grams <= most:
                return Stamp(country, f"{country} {most} g", cents)
        raise LetterError(
            f"There is no postage for {grams:g} g to {_told(country)}: the letter has "
            f"{sheets} sheet(s)."
        )

    def country(self, postcode: str) -> str:
        """'LV' for LV-1010, for 1010 and for none; `ANYWHERE` for a country without prices."""
        code = postcode.strip().upper()
        named = _COUNTRY.match(code)
        if named and named.group(1) in self.prices:
            return named.group(1)
        at_home = not code or (code.isdigit() and len(code) == 4)
        return self.home if at_home or (named and named.group(1) == self.home) else ANYWHERE


def _told(country: str) -> str:
    return "other countries" if country == ANYWHERE else country
