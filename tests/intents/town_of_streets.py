"""Made-up premises of twenty towns, and the ways in which people misspell an address."""

import random

from bot.bench.country import in_russian, mistyped, plain


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


_FIRST = _words(
    "Bērz Ozol Liep Kļav Priež Egl Alkšņ Vītol Lazd Kārkl Pūpol Roz Ziedoņ Vārp Rudz Kvieš Auz "
    "Miež Smilš Akmeņ Kalēj Dzirnav Mucenieka Zvejniek Mednieka Gan Arāj Pļāvēj Kūl Audēj "
    "Vērpēj Šuvēj Kurpniek Podniek Galdniek Mūrniek Jumiķ Ratiņ Zirg Gailīš Vanag Balož Dzērv "
    "Stārķ Cielav Žubīt Strazd Irb Krauk Vilk Lāč Lapš Āpš Briež Staltbriež Zaķ Ežuk Vāver Sesk "
    "Ūdr Bebr"
)
_LAST = ("u", "kalna", "leju", "birzs", "dārza", "mežu", "lauku", "krasta", "ezera", "pļavu")
_KNOWN = _words(
    "Brīvības Rīgas Skolas Miera Meža Stacijas Saules Ziedu Ezera Upes Centra Jūras Parka Raiņa "
    "Lāčplēša Kalēju Pils Baznīcas Tirgus Ostas Gaujas Daugavas Ventas Jelgavas Cēsu Maskavas "
    "Tērbatas Ģertrūdes Elizabetes Stabu Blaumaņa Kurzemes Vidzemes Latgales Kalnciema Dzelzavas "
    "Lubānas Slokas Nometņu Avotu Hanzas Ganību Krasta Imantas Nīcgales Anniņmuižas Graudu Čaka"
)
_LONG = _words(
    "Krišjāņa Barona iela|Krišjāņa Valdemāra iela|18. novembra iela|Andreja Pumpura iela|"
    "Mazā Nometņu iela|Friča Brīvzemnieka iela|1905. gada iela|Kārļa Ulmaņa gatve|"
    "Aspazijas bulvāris|Kronvalda bulvāris|Kurzemes prospekts|Brīvības gatve|Liepu aleja",
    "|",
)
TOWNS = _words(
    "Rīga Ogre Jelgava Jūrmala Liepāja Ventspils Cēsis Valmiera Sigulda Tukums Talsi Dobele Bauska "
    "Ludza Madona Kuldīga Saldus Limbaži Salaspils Olaine"
)
_TYPES = ("iela",) * 8 + ("gatve", "ceļš")

Row = tuple[str, str, str]


def rows(count: int, rng: random.Random) -> list[Row]:
    """Premises, no address twice. Every town has some streets of the same name as others."""
    names = [f"{name} iela" for name in _KNOWN] + list(_LONG)
    names += [f"{a}{b} {rng.choice(_TYPES)}" for a in _FIRST for b in _LAST]
    streets = [(name, town) for town in TOWNS for name in rng.sample(names, 90)]
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        name, town = rng.choice(streets)
        if rng.random() < 0.03:
            found[f"{rng.choice(_FIRST)}{rng.choice(('iņi', 'āji', 'nieki', 'kalni'))}", town] = (
                None
            )
            continue
        house = f"{rng.randint(1, 120)}{rng.choice(('',) * 8 + ('A', 'B', ' k-1', ' k-2', '/2'))}"
        flat = f"-{rng.randint(1, 60)}" if rng.random() < 0.7 else ""
        found[f"{name} {house}{flat}", town] = None
    return [(f"43Z{n:012d}X", address, town) for n, (address, town) in enumerate(found)]


_DOUBLED = {"ā": "aa", "ē": "ee", "ī": "ii", "ū": "uu", "š": "sh", "č": "ch", "ž": "zh",
            "ģ": "g", "ķ": "k", "ļ": "l", "ņ": "n"}  # fmt: skip


def doubled(text: str, _: random.Random) -> str:
    """As on a keyboard without diacritics: "visaa majaa", "shodien"."""
    return "".join(_DOUBLED.get(letter, letter) for letter in text.lower())


WAYS = {
    "plain": plain,
    "doubled": doubled,
    "cyrillic": in_russian,
    "mistyped": mistyped,
    "mistyped and plain": lambda text, rng: plain(mistyped(text, rng), rng),
}
