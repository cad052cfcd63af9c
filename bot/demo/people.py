"""Who the invented customers are: names with their Latvian endings, firms, and a cast to play with.

Surnames are pairs, a man's and a woman's. Names of other languages are spelled as the Latvian
register of persons spells them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

_LV_MEN = """
Jānis Andris Juris Edgars Māris Aivars Mārtiņš Pēteris Kārlis Valdis Guntis Normunds Raivis
Artūrs Ivars Dainis Roberts Ēriks Uldis Gatis Kaspars Modris Zigmārs Rihards
"""
_LV_WOMEN = """
Anna Kristīne Inese Ilze Līga Dace Anita Inga Sandra Ieva Laima Zane Baiba Velta Ausma Maija
Rasma Evita Agnese Daina Gunta Elīna Vija Santa
"""
_LV_SURNAMES = """
Bērziņš/Bērziņa Kalniņš/Kalniņa Ozoliņš/Ozoliņa Jansons/Jansone Ozols/Ozola Liepiņš/Liepiņa
Krūmiņš/Krūmiņa Balodis/Balode Eglītis/Eglīte Zariņš/Zariņa Pētersons/Pētersone Vītols/Vītola
Kļaviņš/Kļaviņa Kārkliņš/Kārkliņa Vanags/Vanaga Siliņš/Siliņa Apinis/Apine Lapiņš/Lapiņa
Grīnbergs/Grīnberga Rudzītis/Rudzīte Lācis/Lāce Zālītis/Zālīte Krastiņš/Krastiņa Auziņš/Auziņa
Dūmiņš/Dūmiņa Sproģis/Sproģe Caune/Caune Pūce/Pūce Freimanis/Freimane Šmits/Šmite
Zvirbulis/Zvirbule Strazdiņš/Strazdiņa Celmiņš/Celmiņa Gailītis/Gailīte Miezis/Mieze
Paegle/Paegle Skujiņš/Skujiņa Upītis/Upīte Ābols/Ābola Dreimanis/Dreimane
"""
_RU_MEN = """
Aleksandrs Sergejs Vladimirs Andrejs Nikolajs Dmitrijs Aleksejs Viktors Jurijs Igors Oļegs
Vjačeslavs Jevgeņijs Valērijs Mihails Pāvels Anatolijs Maksims
"""
_RU_WOMEN = """
Jeļena Svetlana Natālija Olga Irina Tatjana Ludmila Gaļina Valentīna Nadežda Oksana Viktorija
Anastasija Marina Ņina Larisa Jekaterina Vera
"""
_RU_SURNAMES = """
Ivanovs/Ivanova Petrovs/Petrova Kuzņecovs/Kuzņecova Vasiļjevs/Vasiļjeva Smirnovs/Smirnova
Fjodorovs/Fjodorova Volkovs/Volkova Kozlovs/Kozlova Morozovs/Morozova Sokolovs/Sokolova
Mihailovs/Mihailova Andrejevs/Andrejeva Romanovs/Romanova Stepanovs/Stepanova
Semjonovs/Semjonova Pavlovs/Pavlova Jegorovs/Jegorova Bogdanovs/Bogdanova Ņikitins/Ņikitina
Zaicevs/Zaiceva Belovs/Belova Tihomirovs/Tihomirova Grigorjevs/Grigorjeva Orlovs/Orlova
Višņevskis/Višņevska Kovaļevskis/Kovaļevska Savickis/Savicka Rutkovskis/Rutkovska
Titovs/Titova Koroļovs/Koroļova Kovaļenko/Kovaļenko Ševčenko/Ševčenko
"""
_EN_MEN = "Džeimss Maikls Tomass Deivids Hanss Lūkass Marko Stīvens Oskars Pjērs Rahuls Jusufs"
_EN_WOMEN = "Sāra Emma Helēna Marija Sofija Klēra Džūlija Prija Ingrīda Luīze Fatima Eimija"
_EN_SURNAMES = """
Vilsons/Vilsone Teilors/Teilore Brauns/Brauna Millers/Millere Džonsons/Džonsone Šmits/Šmite
Rosi/Rosi Dibuā/Dibuā Patels/Patele Bergs/Berga Andersons/Andersone Novaks/Novaka
Fišers/Fišere Singhs/Singha Demirs/Demira Makdonalds/Makdonalda
"""


def _names(men: str, women: str, surnames: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    pairs = [pair.split("/") for pair in surnames.split()]
    return (
        (tuple(men.split()), tuple(pair[0] for pair in pairs)),
        (tuple(women.split()), tuple(pair[1] for pair in pairs)),
    )


NAMES = {
    "lv": _names(_LV_MEN, _LV_WOMEN, _LV_SURNAMES),
    "ru": _names(_RU_MEN, _RU_WOMEN, _RU_SURNAMES),
    "en": _names(_EN_MEN, _EN_WOMEN, _EN_SURNAMES),
}

_FIRM_FIRST = """
Zaļā Baltā Vecā Jaunā Ziemeļu Dienvidu Jūras Meža Saules Dzintara Amatas Gaujas Daugavas Ventas
Kurzemes Vidzemes Latgales Zemgales Rīta Sudraba Ozola Liepu Bruņinieku
"""
_FIRM_LAST = """
birze maiznīca darbnīca noliktava galdniecība kafejnīca pirts aptieka ceptuve tehnika pļava osta
straume zvaigzne sēta grāmatnīca frizētava šūtuve saimniecība krāsotava
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the cast: somebody the visitor finds at the top of the list of phones.

    `homes` are (town, street) of their premises; farms have street ''.
    """

    phone: str
    name: str
    language: str
    homes: tuple[tuple[str, str], ...]
    kind: str = "household"
    email: bool = False
    life_support: bool = False


_MAIZES_KALNS = (
    ("Rīga", "Brīvības gatve"),
    ("Jelgava", "Dobeles iela"),
    ("Liepāja", "Graudu iela"),
    ("Ogre", "Brīvības iela"),
    ("Tukums", "Pasta iela"),
)
CAST = (
    Part("+37120000001", "Anna Bērziņa", "lv", (("Rīga", "Dzelzavas iela"),)),
    Part("+37120000002", "Jānis Kalniņš", "lv", (("Rīga", "Brīvības iela"),
                                                 ("Sigulda", "Miera iela"))),
    Part("+37120000003", "Svetlana Ivanova", "ru", (("Daugavpils", "Valkas iela"),)),
    Part("+37120000004", "Sergejs Petrovs", "ru", (("Rēzekne", "Jupatovkas iela"),)),
    Part("+37120000005", "Velta Ozoliņa", "lv", (("Valmiera", "Gaujas iela"),), life_support=True),
    Part("+37120000006", 'SIA "Maizes kalns"', "lv", _MAIZES_KALNS, kind="business", email=True),
    Part("+37120000007", "Džeimss Vilsons", "en", (("Jūrmala", "Asaru prospekts"),)),
    Part("+37120000008", "Pēteris Liepiņš", "lv", (("Lēdurgas pag.", ""),)),
    Part("+37120000009", "Ilze Krūmiņa", "lv", (("Cēsis", "Lapsu iela"),)),
    Part("+37120000010", "Oksana Kovaļenko", "ru", (("Rīga", "Aglonas iela"),), email=True),
    # The sandbox takes phones that end in 99 for switched off: the e-mail must do.
    Part("+37120000099", "Igors Volkovs", "ru", (("Liepāja", "Ganību iela"),), email=True),
)  # fmt: skip
CAST_END = "+37120000100"  # phones below this one are of the cast


def make_name(language: str, rng: random.Random) -> str:
    """First name and surname of one sex, as on a Latvian bill."""
    first, surnames = rng.choice(NAMES[language])
    return f"{rng.choice(first)} {rng.choice(surnames)}"


def make_firms(count: int, rng: random.Random) -> list[str]:
    """Names of firms, each once; at most 460."""
    both = [f"{a} {b}" for a in _FIRM_FIRST.split() for b in _FIRM_LAST.split()]
    kinds = ("SIA", "SIA", "SIA", "SIA", "ZS", "AS")
    return [f'{rng.choice(kinds)} "{name}"' for name in rng.sample(both, count)]
