"""Where the invented customers live: real towns and common street names, one transformer a street.

House and flat numbers are made up; coordinates are near the street, good enough for a map.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

# town | street (or nothing: farms) | postcode | kind of buildings | lat lon | feeder
_STREETS = """
Rīga|Brīvības iela|LV-1011|flats|56.9572 24.1258|F-101
Rīga|Aleksandra Čaka iela|LV-1011|mixed|56.9553 24.1372|F-101
Rīga|Krišjāņa Barona iela|LV-1012|flats|56.9581 24.1341|F-101
Rīga|Ģertrūdes iela|LV-1010|mixed|56.9549 24.1296|F-102
Rīga|Lāčplēša iela|LV-1011|mixed|56.9513 24.1287|F-102
Rīga|Krišjāņa Valdemāra iela|LV-1013|flats|56.9622 24.1184|F-102
Rīga|Miera iela|LV-1013|mixed|56.9655 24.1350|F-103
Rīga|Brīvības gatve|LV-1039|flats|56.9832 24.1897|F-103
Rīga|Dzelzavas iela|LV-1084|flats|56.9621 24.1952|F-104
Rīga|Ieriķu iela|LV-1084|flats|56.9664 24.1853|F-104
Rīga|Nīcgales iela|LV-1035|flats|56.9650 24.2003|F-104
Rīga|Hipokrāta iela|LV-1079|flats|56.9811 24.2399|F-105
Rīga|Aglonas iela|LV-1057|flats|56.9152 24.1851|F-106
Rīga|Ozolciema iela|LV-1058|flats|56.9031 24.0982|F-107
Rīga|Valdeķu iela|LV-1004|mixed|56.9103 24.0903|F-107
Rīga|Kalnciema iela|LV-1046|mixed|56.9468 24.0702|F-108
Rīga|Slokas iela|LV-1048|flats|56.9502 24.0633|F-108
Rīga|Anniņmuižas bulvāris|LV-1067|flats|56.9603 24.0201|F-109
Rīga|Zolitūdes iela|LV-1029|flats|56.9432 24.0153|F-109
Daugavpils|Rīgas iela|LV-5401|mixed|55.8711 26.5165|F-21
Daugavpils|18. novembra iela|LV-5417|flats|55.8803 26.5420|F-21
Daugavpils|Smilšu iela|LV-5410|flats|55.8842 26.5381|F-22
Daugavpils|Arodu iela|LV-5404|houses|55.8921 26.5542|F-22
Daugavpils|Valkas iela|LV-5417|flats|55.8870 26.5301|F-22
Liepāja|Graudu iela|LV-3401|mixed|56.5083 21.0101|F-31
Liepāja|Klaipēdas iela|LV-3416|flats|56.4902 21.0133|F-31
Liepāja|Dzintaru iela|LV-3401|mixed|56.5051 20.9982|F-31
Liepāja|Ganību iela|LV-3407|houses|56.4981 21.0180|F-32
Jelgava|Lielā iela|LV-3001|flats|56.6512 23.7138|F-41
Jelgava|Dobeles iela|LV-3001|mixed|56.6478 23.6981|F-41
Jelgava|Garozas iela|LV-3002|houses|56.6431 23.7552|F-42
Jūrmala|Jomas iela|LV-2015|mixed|56.9722 23.7971|F-51
Jūrmala|Raiņa iela|LV-2016|flats|56.9681 23.6152|F-52
Jūrmala|Asaru prospekts|LV-2008|houses|56.9602 23.7102|F-52
Ventspils|Lielais prospekts|LV-3601|flats|57.3901 21.5701|F-61
Ventspils|Saules iela|LV-3601|houses|57.3845 21.5783|F-61
Rēzekne|Atbrīvošanas aleja|LV-4601|flats|56.5103 27.3331|F-71
Rēzekne|Latgales iela|LV-4601|mixed|56.5032 27.3298|F-71
Rēzekne|Jupatovkas iela|LV-4601|houses|56.5187 27.3452|F-71
Valmiera|Rīgas iela|LV-4201|mixed|57.5381 25.4231|F-81
Valmiera|Gaujas iela|LV-4201|houses|57.5422 25.4352|F-81
Ogre|Brīvības iela|LV-5001|mixed|56.8163 24.6051|F-82
Ogre|Mālkalnes prospekts|LV-5001|flats|56.8211 24.6152|F-82
Cēsis|Rīgas iela|LV-4101|mixed|57.3121 25.2748|F-83
Cēsis|Lapsu iela|LV-4101|houses|57.3201 25.2601|F-83
Sigulda|Miera iela|LV-2150|houses|57.1541 24.8532|F-84
Sigulda|Leona Paegles iela|LV-2150|mixed|57.1503 24.8598|F-84
Tukums|Pasta iela|LV-3101|mixed|56.9671 23.1553|F-85
Salaspils|Skolas iela|LV-2121|flats|56.8612 24.3501|F-86
Salaspils|Meža iela|LV-2121|houses|56.8654 24.3622|F-86
Kuldīga|Liepājas iela|LV-3301|mixed|56.9683 21.9707|F-87
Kuldīga|Ventspils iela|LV-3301|houses|56.9755 21.9656|F-87
Saldus|Striķu iela|LV-3801|houses|56.6641 22.4892|F-88
Talsi|Lielā iela|LV-3201|mixed|57.2452 22.5881|F-89
Bauska|Dārza iela|LV-3901|houses|56.4081 24.1942|F-90
Dobele|Skolas iela|LV-3701|mixed|56.6252 23.2801|F-91
Limbaži|Jūras iela|LV-4001|houses|57.5141 24.7143|F-92
Madona|Saieta laukums|LV-4801|mixed|56.8531 26.2172|F-93
Jēkabpils|Brīvības iela|LV-5201|mixed|56.4992 25.8571|F-94
Smiltene|Dārza iela|LV-4729|houses|57.4241 25.9021|F-95
Lēdurgas pag.||LV-4012|farms|57.3172 24.7471|F-92
Krimuldas pag.||LV-2144|farms|57.1831 24.7052|F-84
Raunas pag.||LV-4131|farms|57.3321 25.6092|F-83
Vecpiebalgas pag.||LV-4122|farms|57.0601 25.8152|F-93
Engures pag.||LV-3113|farms|57.1602 23.2251|F-85
Maltas pag.||LV-4630|farms|56.3452 27.1581|F-71
Kazdangas pag.||LV-3457|farms|56.7351 21.7352|F-31
"""

_FARMS = """
Kalnāji Bērzi Ozoli Lejnieki Kalnarāji Vecvagari Jaunzemji Pīlādži Mežvidi Upmaļi Avotiņi
Dzirnavnieki Ceriņi Kļavas Liepsalas Ezermalas Saulītes Vējiņi Purmaļi Silmači Grantiņi Zīles
Straumēni Ceplīši Vilkači Gulbīši Krastmaļi Rudzīši Mārtiņi Pļavnieki Ābeles Strazdi Vārpas
Lazdiņas Dzeņi Cīruļi Smilgas Kārkli Akmeņi Tīrumnieki
"""
FARMS = tuple(_FARMS.split())


@dataclass(frozen=True, slots=True)
class Site:
    """One supply point that nobody has yet. `lat` and `lon` in degrees (WGS 84)."""

    address: str
    town: str
    postcode: str
    street: str
    transformer: str
    feeder: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class _Street:
    town: str
    name: str
    postcode: str
    buildings: str
    lat: float
    lon: float
    feeder: str
    transformer: str


def transformer_of(town: str, street: str = "") -> str:
    """The transformer of a street of the table. Raises KeyError for another street."""
    return {(row.town, row.name): row.transformer for row in _rows()}[town, street]


def make_sites() -> list[Site]:
    """Every supply point, street by street; the same ones each time."""
    return [site for row in _rows() for site in _along(row)]


def _rows() -> list[_Street]:
    return [_row(line, number) for number, line in enumerate(_STREETS.split("\n")[1:-1])]


def _row(line: str, number: int) -> _Street:
    town, name, postcode, buildings, where, feeder = line.split("|")
    lat, lon = map(float, where.split())
    return _Street(town, name, postcode, buildings, lat, lon, feeder, f"TP-{1204 + 17 * number}")


def _along(row: _Street) -> Iterator[Site]:
    """The premises of one street, in a line through its middle; farms scatter."""
    rng = random.Random(f"{row.town} {row.name}")
    heading = rng.uniform(0, math.pi)
    addresses = list(_BUILDINGS[row.buildings](row.name, rng))
    for number, address in enumerate(addresses):
        if row.buildings == "farms":
            heading, metres = rng.uniform(0, 2 * math.pi), rng.uniform(200, 4000)
        else:
            metres = (number - len(addresses) / 2) * 12
        north, east = math.cos(heading) * metres, math.sin(heading) * metres
        lat = round(row.lat + north / 111_320, 5)
        lon = round(row.lon + east / (111_320 * math.cos(math.radians(row.lat))), 5)
        yield Site(address, row.town, row.postcode, row.name, row.transformer, row.feeder, lat, lon)


def _flats(street: str, rng: random.Random) -> Iterator[str]:
    """Two or three large houses, some of the flats of each."""
    number = rng.randrange(10, 90)
    for _ in range(rng.randint(2, 3)):
        for flat in sorted(rng.sample(range(1, 73), rng.randint(14, 20))):
            yield f"{street} {number}-{flat}"
        number += 2


def _mixed(street: str, rng: random.Random) -> Iterator[str]:
    """Old town houses of a few flats each, a shop now and then."""
    number = rng.randrange(1, 60)
    for _ in range(8):
        letter = rng.choice(("", "", "", "A"))
        flats = rng.randint(3, 6)
        for flat in sorted(rng.sample(range(1, 16), flats)):
            yield f"{street} {number}{letter}-{flat}"
        number += rng.choice((1, 2, 2, 3))


def _houses(street: str, rng: random.Random) -> Iterator[str]:
    """A house on each plot."""
    number = rng.randrange(1, 8)
    for _ in range(rng.randint(26, 36)):
        yield f"{street} {number}{rng.choice(('', '', '', '', 'A'))}"
        number += rng.choice((1, 1, 2))


def _farms(_street: str, rng: random.Random) -> Iterator[str]:
    names = [FARMS[0], *rng.sample(FARMS[1:], rng.randint(21, 27))]
    return (f'"{name}"' for name in names)


_BUILDINGS = {"flats": _flats, "mixed": _mixed, "houses": _houses, "farms": _farms}
