"""Towns of Latvia and parts of Rīga: their names in both scripts and in the cases people write.

Not a gazetteer: only what is needed to tell a town from a street in a text. The villages of a
distributor come from its own premises (`intents.addresses`).
"""

from __future__ import annotations

from intents.fold import fold

# Latvian name, and the Russian one where it differs from the Latvian letter by letter.
_TOWNS = """
Rīga=Рига Jūrmala=Юрмала Daugavpils=Даугавпилс,Двинск Jelgava=Елгава Jēkabpils=Екабпилс
Liepāja=Лиепая Ogre=Огре Rēzekne=Резекне Valmiera=Валмиера Ventspils=Вентспилс Ādaži=Адажи
Aizkraukle=Айзкраукле Aizpute=Айзпуте Aknīste=Акнисте Aloja=Алоя Alūksne=Алуксне Ape=Апе
Auce=Ауце Babīte=Бабите Baldone=Балдоне Baloži=Баложи Balvi=Балвы,Балви Bauska=Бауска
Brocēni=Броцены Carnikava=Царникава Cesvaine=Цесвайне Cēsis=Цесис Dagda=Дагда Dobele=Добеле
Durbe=Дурбе Ērgļi=Эргли Garkalne=Гаркалне Grobiņa=Гробиня Gulbene=Гулбене Iecava=Иецава
Ikšķile=Икшкиле Ilūkste=Илуксте Inčukalns=Инчукалнс Jaunjelgava=Яунелгава
Jaunolaine=Яунолайне Jaunpiebalga=Яунпиебалга Kalnciems=Калнциемс Kandava=Кандава
Kārsava=Карсава Koknese=Кокнесе Krāslava=Краслава Krimulda=Кримулда Kuldīga=Кулдига
Ķegums=Кегумс Ķekava=Кекава Lēdurga=Ледурга Lielvārde=Лиелварде Līgatne=Лигатне
Limbaži=Лимбажи Līvāni=Ливаны Lubāna=Лубана Ludza=Лудза Madona=Мадона Mārupe=Марупе
Mazsalaca=Мазсалаца Nereta=Нерета Olaine=Олайне Ozolnieki=Озолниеки Pāvilosta=Павилоста
Piltene=Пилтене Pļaviņas=Плявиняс Preiļi=Прейли Priekule=Приекуле Priekuļi=Приекули
Ragana=Рагана Rauna=Рауна Roja=Роя Ropaži=Ропажи Rūjiena=Руйиена Sabile=Сабиле
Salacgrīva=Салацгрива Salaspils=Саласпилс Saldus=Салдус Saulkrasti=Саулкрасты Seda=Седа
Sigulda=Сигулда Skrīveri=Скривери Skrunda=Скрунда Smiltene=Смилтене Staicele=Стайцеле
Stende=Стенде Stopiņi=Стопини Strenči=Стренчи Subate=Субате Talsi=Талсы Tukums=Тукумс
Ulbroka=Улброка Valdemārpils=Валдемарпилс Valka=Валка Vangaži=Вангажи Varakļāni=Варакляны
Vecpiebalga=Вецпиебалга Vecumnieki=Вецумниеки Viesīte=Виесите Viļaka=Виляка Viļāni=Виляны
Zilupe=Зилупе Ainaži=Айнажи
"""
_RIGA = """
Imanta=Иманта Purvciems=Пурвциемс Pļavnieki=Плявниеки Mežciems=Межциемс
Ziepniekkalns=Зиепниеккалнс Āgenskalns=Агенскалнс Zolitūde=Золитуде Ķengarags=Кенгарагс
Iļģuciems=Ильгюциемс Bolderāja=Болдерая Vecmīlgrāvis=Вецмилгравис Jaunciems=Яунциемс
Sarkandaugava=Саркандаугава Mežaparks=Межапаркс Teika=Тейка Jugla=Югла
Torņakalns=Торнякалнс Vecrīga=Вецрига Pārdaugava=Пардаугава Dārzciems=Дарзциемс
Daugavgrīva=Даугавгрива Berģi=Берги Šampēteris=Шампетерис Čiekurkalns=Чиекуркалнс
Dreiliņi=Дрейлини Zasulauks=Засулаукс Bieriņi=Биерини Maskačka=Маскачка
"""

# How a nominative ends, and what stands there "in" and "to" the town. The genitive is left out
# for Latvian: "Rīgas 60" is a street.
_LATVIAN = {"a": ("a", "ā", "u"), "e": ("e", "ē", "i"), "is": ("is", "ī", "i"),
            "us": ("us", "ū", "u"), "ils": ("ils", "ilī", "ili"), "s": ("s", "ā", "u"),
            "i": ("i", "os", "us"), "as": ("as", "ās")}  # fmt: skip
_RUSSIAN = {"а": "а е у ы и", "я": "я е ю и", "и": "и ях ах", "ы": "ы ах", "е": "е"}
# The last letter of a Latvian name, and the folded Russian endings there.
_SPELT = {"a": "a e u i oi", "e": "e", "i": "i ah", "s": " e a u"}
_CONSONANT = (" ", "е", "а", "у")


def forms(name: str) -> frozenset[str]:
    """The folded cases of a Latvian town name, without the genitive. One word for each.

    >>> fold("Jelgavā") in forms("Jelgava"), fold("Jelgavas") in forms("Jelgava")
    (True, False)
    """
    for ending in sorted(_LATVIAN, key=len, reverse=True):
        if name.endswith(ending):
            stem = name[: -len(ending)]
            return frozenset(fold(stem + other) for other in _LATVIAN[ending])
    return frozenset({fold(name)})


def genitive(name: str) -> str:
    """The folded genitive of a Latvian town: "Lēdurga" is in "Lēdurgas pag."."""
    for ending, other in (("ils", "ils"), ("is", "u"), ("us", "us"), ("s", "a"), ("i", "u")):
        if name.endswith(ending):
            return fold(name[: -len(ending)] + other)
    return fold(name + "s")


def nominatives(name: str) -> tuple[str, ...]:
    """The names that may have the genitive `name`: "Lēdurgas" -> "Lēdurga"."""
    for ending, others in (("as", "a"), ("es", "e"), ("us", "us"), ("u", "i is"), ("a", "s")):
        if name.endswith(ending):
            return tuple(name[: -len(ending)] + other for other in others.split())
    return (name,)


def spelt_in_russian(name: str) -> frozenset[str]:
    """The folded cases of a Latvian name that Russians spell by its sound: "в Казданге".

    >>> fold("Казданге") in spelt_in_russian("Kazdanga")
    True
    """
    endings = _SPELT.get(name[-1:], "")
    stem = name if name.endswith("s") else name[:-1]
    return frozenset(fold(stem) + ending for ending in endings.split(" ") if endings)


def _russian_forms(name: str) -> set[str]:
    endings = _RUSSIAN.get(name[-1])
    if endings is None:
        return {fold(name + ending) for ending in _CONSONANT}
    return {fold(name[:-1] + ending) for ending in endings.split()}


def _read(table: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in table.split():
        name, _, russian = line.partition("=")
        for form in forms(name).union(*(_russian_forms(other) for other in russian.split(","))):
            found.setdefault(form, name)
    return found


RIGA_PARTS = _read(_RIGA)
"""Folded form -> the Latvian name of a part of Rīga."""

FORMS = RIGA_PARTS | _read(_TOWNS)
"""Folded form -> Latvian name, towns and parts of Rīga."""

RUSSIAN = {
    name: frozenset().union(*(_russian_forms(other) for other in russian.split(",")))
    for name, _, russian in (line.partition("=") for line in _TOWNS.split())
}
"""Latvian name of a town -> the folded cases of its Russian one."""
