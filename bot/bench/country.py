"""A made-up country of premises for measurements, and the ways in which people spell an address.

Towns, parishes and the commonest street names are real; farms, rarer streets, houses and flats are
composed. The same seed gives the same country.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice

from intents.noise import slipped

Row = tuple[str, str, str]  # EIC (without a right check character), address, town

# Towns, and their shares of the premises of all towns.
_TOWNS = """
Rīga 410 Daugavpils 55 Liepāja 45 Jelgava 40 Jūrmala 36 Ventspils 24 Rēzekne 20 Valmiera 17 Ogre 17
Jēkabpils 15 Tukums 13 Salaspils 12 Cēsis 11 Kuldīga 8 Olaine 8 Saldus 8 Talsi 7 Sigulda 9 Dobele 7
Bauska 7 Ludza 6 Krāslava 6 Limbaži 6 Gulbene 6 Madona 6 Alūksne 5 Aizkraukle 6 Preiļi 5 Balvi 5
Smiltene 4 Valka 4 Līvāni 5 Ikšķile 5 Lielvārde 5 Ādaži 5 Mārupe 8 Ķekava 6 Baloži 4 Saulkrasti 3
Grobiņa 3 Aizpute 3 Kandava 3 Brocēni 2 Auce 2 Priekule 2 Skrunda 2 Iecava 4 Baldone 3 Ķegums 2
Pļaviņas 2 Koknese 2 Varakļāni 2 Cesvaine 2 Lubāna 2 Rūjiena 2 Mazsalaca 1 Strenči 1 Ape 1 Vangaži 3
Salacgrīva 2 Aloja 1 Zilupe 1 Kārsava 2 Dagda 2 Viļāni 2 Viļaka 1 Ilūkste 2 Subate 1 Aknīste 1
Viesīte 1 Nereta 1 Sabile 1 Valdemārpils 1 Roja 2 Pāvilosta 1 Piltene 1 Durbe 1 Līgatne 1
"""
# Parishes in the genitive, as they stand before "pag.".
_PARISHES = """
Lēdurgas Krimuldas Raunas Vecpiebalgas Engures Maltas Kazdangas Drabešu Vaives Straupes Stalbes
Raiskuma Liepas Mārsnēnu Launkalnes Brantu Grundzāles Palsmanes Variņu Blomes Trikātas Brenguļu
Kauguru Kocēnu Dikļu Zilākalna Vaidavas Bērzaines Rencēnu Burtnieku Matīšu Vecates Plāņu Jērcēnu
Ērģemes Kārķu Vijciema Zvārtavas Umurgas Katvaru Pāles Vidrižu Skultes Viļķenes Liepupes Braslavas
Ramatas Sēļu Skaņkalnes Jeru Lodes Ipiķu Vilpulkas Naukšēnu Ķoņu Ēveles Madlienas Lauberes Mazozolu
Taurupes Krapes Meņģeles Ogresgala Suntažu Ķeipenes Birzgales Tomes Jumpravas Lēdmanes Skrīveru
Bebru Iršu Klintaines Aiviekstes Vietalvas Staburaga Sērenes Daudzeses Seces Sunākstes Zalves
Mazzalves Pilskalnes Rites Elkšņu Saukas Kurmenes Valles Skaistkalnes Bārbeles Stelpes Vecumnieku
Codes Mežotnes Rundāles Svitenes Viesturu Īslīces Gailīšu Ceraukstes Brunavas Dāviņu Vecsaules
Jaunsvirlaukas Platones Lielplatones Elejas Sesavas Vircavas Zaļenieku Glūdas Svētes Līvbērzes
Valgundes Cenu Salgales Sidrabenes Auru Bērzes Krimūnu Jaunbērzes Zebrenes Bikstu Annenieku Naudītes
Penkules Tērvetes Augstkalnes Bukaišu Vītiņu Lielauces Ukru Bēnes Īles Vecauces Lutriņu Gaiķu
Jaunlutriņu Zirņu Novadnieku Cieceres Remtes Blīdenes Ezeres Kursīšu Nīgrandes Pampāļu Šķēdes
"""
_STREETS = """
Brīvības Rīgas Skolas Miera Meža Stacijas Saules Ziedu Ezera Upes Centra Dzirnavu Jūras Parka Raiņa
Lāčplēša Kalēju Pils Baznīcas Tirgus Ostas Zvejnieku Gaujas Daugavas Ventas Lielupes Jelgavas Cēsu
Liepājas Maskavas Tallinas Tērbatas Ģertrūdes Elizabetes Stabu Blaumaņa Aspazijas Rūpniecības
Celtnieku Jaunatnes Draudzības Vienības Zemgales Kurzemes Vidzemes Latgales Kalnciema Dzelzavas
Ieriķu Lubānas Slokas Nometņu Avotu Hanzas Ganību Krasta Imantas Nīcgales Graudu Dārza Kalna Lauku
Pļavu Bērzu Liepu Ozolu Kļavu Priežu Egļu Lazdu Vītolu Rožu Ābeļu Ķiršu Smilšu Lielā Mazā Jaunā
Klusā Zaļā Īsā Pasta Slimnīcas Fabrikas Dzelzceļa Sporta Strēlnieku Ausekļa Pumpura Viestura Torņa
"""
_WHOLE = """
Krišjāņa Barona iela|Krišjāņa Valdemāra iela|18. novembra iela|11. novembra krastmala|Brīvības gatve
Andreja Pumpura iela|Mazā Nometņu iela|Friča Brīvzemnieka iela|1905. gada iela|Kārļa Ulmaņa gatve
Aspazijas bulvāris|Raiņa bulvāris|Kurzemes prospekts|Liepu aleja|Aleksandra Čaka iela|Lielā iela
Pulkveža Brieža iela|Jāņa Endzelīna iela|Zigfrīda Annas Meierovica bulvāris|Rīgas šoseja
"""
_FIRST_NAMES = "Jāņa Kārļa Andreja Friča Emīla Ernesta Augusta Eduarda Anša Pētera Oskara Viļa"
_SURNAMES = """
Ābeles Apsīša Bērziņa Birznieka Dārziņa Kalniņa Kronvalda Liepiņa Melngaiļa Ozoliņa Poruka Rozentāla
Saulieša Skalbes Tīrzmalieša Upīša Veidenbauma Vītola Zālīša Zvirbuļa Jurjāna Eglīša Grīna
"""
_STEMS = """
Bērz Ozol Liep Kļav Priež Egļ Alkšņ Vītol Lazd Kārkl Roz Vārp Rudz Miež Smilš Akmeņ Kalēj Zvejniek
Gan Arāj Audēj Podniek Galdniek Zirg Gailīš Vanag Balož Dzērv Stārķ Strazd Irb Krauk Vilk Lāč Lapš
Āpš Briež Zaķ Vāver Ūdr Bebr Puķ Māl Kram Grant Avot Straut Krast Kalv Sil Pur Tīrum Vējiņ Saul
Zvaigzn Ābel Ķirš Plūm Cerin Magon Sūn Papard Vizbul Dzeņ Cīruļ Rubeņ Medņ Zīl Žubīš Bit Kamen
"""
_OF_STREET = "u kalna leju birzs dārza mežu lauku krasta ezera pļavu ceļa salas"
_OF_FARM = """
i iņi āji nieki kalni lejas maļi sētas vidi zemji upes ezeri birzes salas krasti mājas lauki pļavas
ulāni āres ieši aiši ēni
"""
_BEFORE_FARM = " Jaun Vec Kaln Lejas Maz Liel Mež Upes Ezer Krūm Dārz Ceļ"
_TYPES = ("iela",) * 12 + ("gatve", "ceļš", "šķērsiela")
_RURAL = 0.2  # of all premises
_FARMS = 0.55  # of the rural ones
_PREMISES_OF_STREET = 170  # of a town: flats, mostly


def premises(count: int, seed: int = 7) -> Iterator[Row]:
    """`count` premises, no address twice."""
    rows = islice(_everywhere(count, random.Random(seed)), count)
    return ((f"43Z{number:012d}X", *row) for number, row in enumerate(rows))


def _everywhere(count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    names, farms = _street_names(), _farm_names()
    parishes = _PARISHES.split()
    each = max(round(count * _RURAL / len(parishes)), 1)
    for parish in parishes:
        yield from _parish(parish, each, farms, rng)
    spaced = _TOWNS.split()
    shares = dict(zip(spaced[::2], map(int, spaced[1::2]), strict=True))
    for town, share in shares.items():
        wanted = round(count * (1 - _RURAL) * share / sum(shares.values()))
        yield from _town(town, wanted, names, rng)
    yield from _parish("Pārējās", count, farms, rng)  # what rounding left


def _street_names() -> list[str]:
    names = [f"{name} iela" for name in _STREETS.split()]
    names += [name for line in _WHOLE.split("\n") for name in line.split("|") if name]
    rng = random.Random(1)
    made = [f"{stem}{end}" for stem in _STEMS.split() for end in _OF_STREET.split()]
    first_names = _FIRST_NAMES.split()
    made += [
        f"{first} {last}" for last in _SURNAMES.split() for first in rng.sample(first_names, 2)
    ]
    rng.shuffle(made)
    return list(dict.fromkeys(names + [f"{name} {rng.choice(_TYPES)}" for name in made]))


def _farm_names() -> list[str]:
    made = [
        (before + stem + end).capitalize()
        for before in _BEFORE_FARM.split(" ")
        for stem in _STEMS.split()
        for end in _OF_FARM.split()
    ]
    random.Random(2).shuffle(made)
    return list(dict.fromkeys(made))


def _parish(
    name: str, wanted: int, farms: list[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Farms of the parish, and the streets of its village."""
    many = min(round(wanted * _FARMS), len(farms) // 2)
    for farm in dict.fromkeys(rng.sample(farms, many)):
        yield f'"{farm}"', f"{name} pag."
        if rng.random() < 0.03:
            yield f'"{farm}"-2', f"{name} pag."
    village = name[:-1] if name.endswith(("as", "es")) else f"{name}ciems"
    for street in rng.sample(_STREETS.split()[:20] + _STREETS.split()[60:85], 8):
        for address in islice(_houses(f"{street} iela", rng), round(wanted * (1 - _FARMS) / 8)):
            yield f"{address}, {name} pag.", village


def _town(
    name: str, wanted: int, names: list[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    many = min(max(wanted // _PREMISES_OF_STREET, 12), len(names))
    # The common names are everywhere, the rarer ones here and there.
    streets = names[: many // 3] + rng.sample(names[many // 3 :], many - many // 3)
    for street in streets:
        for address in islice(_houses(street, rng), -(-wanted // many)):
            yield address, name


def _houses(street: str, rng: random.Random) -> Iterator[str]:
    """The premises along a street: houses with gardens, old ones of few flats, blocks of many."""
    number = rng.randint(1, 9)
    most = rng.choice((0, 0, 8, 45, 90))
    while True:
        house = f"{street} {number}{rng.choice(_BEHIND)}"
        flats = rng.randint(most // 2, most)
        yield from (f"{house}-{flat}" for flat in range(1, flats + 1)) if flats else (house,)
        number += rng.randint(1, 3)


_SHORTEST_MISTYPED = 5  # letters of a word
_BEHIND = ("",) * 14 + ("A", "B", "C", " k-1", " k-2", "/2")

# --- how people spell it --------------------------------------------------------------------

_PLAIN = str.maketrans("āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "acegiklnsuzACEGIKLNSUZ")
_CYRILLIC = {
    "ie": "ие", "jā": "я", "ja": "я", "ju": "ю", "jū": "ю", **dict(zip(
        "aābcčdeēfgģhiījkķlļmnņoprsštuūvzž", "аабцчдеефггхиийккллмннопрсштуувзж", strict=True)),
}  # fmt: skip
Spelling = Callable[[str, random.Random], str]


def plain(text: str, _: random.Random) -> str:
    """Without diacritics, in small letters."""
    return text.lower().translate(_PLAIN)


def in_russian(text: str, rng: random.Random) -> str:
    """ "ул. Бривибас 105-12, Огре"."""
    lower, written = text.lower().replace(" iela ", " ", 1).replace(" pag.", " волость"), ""
    while lower:
        size = 2 if lower[:2] in _CYRILLIC else 1
        written += _CYRILLIC.get(lower[:size], lower[:size])
        lower = lower[size:]
    street = " iela " in text and rng.random() < 0.5
    return ("ул. " if street else "") + written.title()


def mistyped(text: str, rng: random.Random) -> str:
    """One slip inside the longest word."""
    words = (word.strip('",.') for word in text.replace("-", " ").split())
    word = max((word for word in words if word.isalpha()), key=len)
    if len(word) < _SHORTEST_MISTYPED:
        return text
    return text.replace(word, slipped(word, rng.randint(1, len(word) - 3), rng), 1)


def _short(text: str, rng: random.Random) -> str:
    """Without the word street, first names as initials, "k2", "dz 12"."""
    text = text.replace(" iela ", " ", 1).replace(" k-", " k").replace('"', "")
    for first in ("Krišjāņa", *_FIRST_NAMES.split()):
        text = text.replace(f"{first} ", f"{first[0]}. ", 1)
    return text.replace("-", " dz ", 1) if rng.random() < 0.5 else text


def _house_first(text: str, _: random.Random) -> str:
    """ "105 Brīvības iela, Ogre"."""
    head, comma, rest = text.partition(",")
    street, house = head.rpartition(" ")[::2]
    simple = house.isdecimal() and street.endswith(("iela", "gatve"))
    return f"{house} {street}{comma}{rest}" if simple else text


def _whole(text: str, _: random.Random) -> str:
    return text


SPELLINGS: dict[str, Spelling] = {
    "clean": _whole,
    "no diacritics": plain,
    "a typing error": mistyped,
    "an error, no diacritics": lambda text, rng: plain(mistyped(text, rng), rng),
    "Russian": in_russian,
    "short forms": _short,
    "house first": _house_first,
}
