"""What words alone say: yes or no, a pick from a list, a language, the scope, life support.

All functions take the folded words of a text (`fold(text).split()`), so one entry in a table
covers diacritics, Cyrillic, Russian in Latin letters and doubled letters.
"""

from __future__ import annotations

from collections.abc import Sequence

from intents.fold import fold
from intents.model import LANGUAGES

_KEY = 3  # letters of a phrase's first word that it is looked up by


_Heard = Sequence[tuple[int, str]]


class _Phrases:
    """Phrases that mean something: beginnings of consecutive words, "=" before a whole word.

    A line of a table is "meaning: phrase, phrase, ..."; a word costs one look-up.
    """

    def __init__(self, *tables: str) -> None:
        self._by_key: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
        for line in "".join(tables).split("\n"):
            meaning, _, phrases = line.partition(":")
            for phrase in phrases.split(",") if phrases else ():
                # A space marks where a whole word ends; `find` looks at words with one behind.
                stems = [fold(word) + " " * word.startswith("=") for word in phrase.split()]
                entry = (stems[0], meaning.strip(), tuple(stems[1:]))
                self._by_key.setdefault(stems[0].strip()[:_KEY], []).append(entry)

    def find(self, words: list[str]) -> list[tuple[int, str]]:
        """Each meaning found, with the place of its first word, in the order of the text."""
        found: list[tuple[int, str]] = []
        for place, word in enumerate(words):
            for first, meaning, rest in self._by_key.get(word[:_KEY], ()):
                if (word + " ").startswith(first) and _go_on(rest, words, place + 1):
                    found.append((place, meaning))
        return found


def _go_on(stems: tuple[str, ...], words: list[str], place: int) -> bool:
    if len(words) - place < len(stems):
        return False
    for stem in stems:
        if not (words[place] + " ").startswith(stem):
            return False
        place += 1
    return True


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


# --- yes and no -----------------------------------------------------------------------------

_POLITE = _folded(
    "of lūdzu ludzu paldies pls plz please thanks thank you thx ty пожалуйста спасибо пжл пж "
    "спс blagodarju mersi sir labdien sveiki hello hi привет nu ну well oh o a а"
)
_YES = _folded(
    "jā ja jaja jep jap jup jopcik aha ahā mhm uhu ok okej okei okey oki okay labi protams "
    "noteikti pareizi taisniba apstiprinu piekrītu piekritu varu vēlos gribu vajag нужно надо "
    "да дада ага угу ок окей конечно верно правильно точно подтверждаю согласен согласна хочу "
    "ладно хорошо давай yes yeah yep yup ya sure correct right indeed absolutely confirm "
    "confirmed agree fine davaj konechno verno pravilno tochno horosho ladno soglasen soglasna "
    "именно course"
)
_NO = _folded(
    "nē ne nea neē nekādā nevajag negribu nevēlos nepiekrītu nepareizi nope nah no not нет неа "
    "не нету ненадо никак неверно неправильно net netu nenado neverno nepravilno incorrect "
    "wrong never нисколько noup"
)
# Words that a yes or a no may have with it without changing it.
_BESIDE = _folded(
    "tā tas tieši ir gan to es vēl vairs надо нужно хочу verno это так все всё eto tak vse that "
    "is it i do the course of kā vajag gribu paldies jūs viss vajadzēs need want ķārtībā "
    "kartiba не надо thats da, correct right верно правильно adrese адрес"
)


def answer(words: list[str], text: str) -> str:
    """ "yes" or "no" when the whole text is one, politeness aside; else ""."""
    if not words:
        return _signed(text)
    if len(words) > _LONGEST_ANSWER:
        return ""
    rest = [word for word in words if word not in _POLITE]
    if not rest or not (rest[0] in _YES or rest[0] in _NO):
        return ""
    if not all(word in _YES or word in _NO or word in _BESIDE for word in rest):
        return ""
    if _is_other_word(rest[0], text):
        return ""
    says_no = rest[0] in _NO or (len(rest) > 1 and rest[1] in _NO)
    return "no" if says_no else "yes"


def _is_other_word(word: str, text: str) -> bool:
    lower = text.lower()
    if word == fold("yes"):
        return not any(letter in lower for letter in "yйе")
    return word == fold("ja") and "я" in lower


def _signed(text: str) -> str:
    """A text of signs only: "+" and a thumb up are a yes on phones here."""
    sign = text.strip()[:1]
    if sign in ("+", "👍", "👌", "✅"):
        return "yes"
    return "no" if sign in ("👎", "❌") or text.strip() == "-" else ""


_LONGEST_ANSWER = 6  # words

# --- a pick from a list ---------------------------------------------------------------------

_ORDINALS = {
    1: "viens pirmais pirmo pirmā pirmajai pirmajam первый первая первое первую первого один одна "
    "first one 1st pervyj pervij pervaja pervoe pervuju odin viena",
    2: "divi otrais otro otrā otrajai второй вторая второе вторую второго два две second two 2nd "
    "vtoroj vtoraja vtoroe vtoruju dva dve divas",
    3: "trīs trešais trešo trešā третий третья третье третью третьего три third three 3rd tretij "
    "tretja tretje tri",
    4: "četri ceturtais ceturto ceturtā четвертый четвёртая четвертая четвертое четвертую четыре "
    "fourth four 4th chetyre chetvertyj chetvertaja",
    5: "pieci piektais piekto piektā пятый пятая пятое пятую пять fifth five 5th pjat pjatyj",
    6: "seši sestais sesto sestā шестой шестая шестое шестую шесть sixth six 6th shest shestoj",
}
_ORDINAL_CASES = {
    1: "pirmajā pirmajam pirmā pirmās pirmais pirmo первом первой первому первым pervom pervoj",
    2: "otrajā otrajam otrā otrās otru otram втором второй второму вторым vtorom vtoroj",
    3: "trešajā trešajam trešajai trešās третьем третьей третьему tretjem tretej",
    4: "ceturtajā ceturtajam ceturtajai ceturtās четвертом четвертой четвёртом четвёртой",
    5: "piektajā piektajam piektajai piektās пятом пятой пятому pjatom pjatoj",
    6: "sestajā sestajam sestajai sestās шестом шестому shestom",
}
for _n, _forms in _ORDINAL_CASES.items():
    _ORDINALS[_n] += f" {_forms}"
_NUMBERS = {fold(form): n for n, forms in _ORDINALS.items() for form in forms.split()}
_LIST_WORDS = _POLITE | _folded(
    "nr num numurs numuru numur nomer nomeru номер вариант вариантом variant variants variantu "
    "varianta var izvēle izvēlos izvēlētos izvēli punkts punktu пункт выбор выбираю выбрал "
    "vybiraju the one option number choice choose pick i take es gribu man vajag tas tā to šis "
    "šo ir adrese adresi adrese adresei адрес мне нужен нужна нужно это вот that please no. мой "
    "моя mana mans gan лучше labāk of them dom māja no saraksta из списка из списка"
)
_AT = _folded("в во на по у in at uz pie no iekš")  # "во втором"; "на 2" may be an hour or a day
_MOST = 20  # lists are never longer


def choice(words: list[str]) -> int | None:
    """The 1-based pick when the whole text is one: "1", "nr 3", "otrais", "the second one"."""
    if not words or len(words) > _LONGEST_ANSWER:
        return None
    digits = [word for word in words if word.isdecimal()]
    rest = [word for word in words if not word.isdecimal() and word not in _LIST_WORDS]
    if len(digits) == 1 and not rest:
        number = int(digits[0]) if len(digits[0]) <= 2 else 0
        return number if 1 <= number <= _MOST else None
    if digits:
        return None
    named = {_NUMBERS[word] for word in words if word in _NUMBERS and word not in _LIST_WORDS}
    if not named:
        named = {_NUMBERS[word] for word in words if word in _NUMBERS}
    if len(named) == 1 and all(word in _NUMBERS or word in _AT for word in rest):
        return named.pop()
    return None


# --- language -------------------------------------------------------------------------------

# Adverbs ask for a language anywhere; adjectives ("russian", "krievu") only in a short text.
_LANGUAGE = """
    lv: latviski, latvisk, =латышски, по латыш, na latish, на латыш, на латвийском, latviešu valod
    lv: in latvian
    ru: krieviski, krievisk, =krievski, pa krevsk, pa kriev, по русск, по руски, на русск
    ru: na russk, krievu valod, in russian
    en: angliski, anglisk, pa angl, по английск, на английск, angļu valod, in english
"""
_LANGUAGE_NAMES = """
    name-lv: =latviešu, =latvian, =латышский, =латышском, =латвийский, =latyshskij
    name-ru: =krievu, =russian, =русский, =русском, =русский, =russkij, =russkom
    name-en: =angļu, =english, =английский, =английском, =anglijskij
"""
_LANGUAGE_CODES = {
    fold(code): language
    for language, codes in (("lv", "lv lat latv"), ("ru", "ru rus рус"), ("en", "en eng англ"))
    for code in codes.split()
}
_NOT_SPOKEN = _folded(
    "slikti плохо ploho nerunāju nesaprotu neprotu nezinu nemāku dont don't cannot can't not не "
    "нe ne neponimaju"
)
_SHORT = 4


def wanted_language(words: list[str], heard: _Heard) -> str:
    """lv, ru or en when the text asks for it; a language that is not understood is not wanted."""
    found = [(place, name) for place, name in heard if name in LANGUAGES]
    if len(words) == 1 and words[0] in _LANGUAGE_CODES:
        return _LANGUAGE_CODES[words[0]]
    refused = next((place for place, word in enumerate(words) if word in _NOT_SPOKEN), None)
    if len(words) <= _SHORT or refused is not None:
        found += [(place, name[-2:]) for place, name in heard if name.startswith("name-")]
    if refused is not None:
        first = min((place for place, _ in found if 0 <= place - refused <= 3), default=-1)
        found = [(place, name) for place, name in found if place != first]
    return found[-1][1] if found else ""


# --- how much is dark -----------------------------------------------------------------------

_SCOPE = """
    flicker: mirgo, mirkšķ, blisk, raustās, morga, морга, мига, мерца, migaet, flicker, blink
    flicker: lēkā, скач, skach, svārst, скачк, spriegums lēk, то есть то нет, te ir te nav
    flicker: on and off
    near: kaimiņ, sosed, сосед, neighbor, neighbour
    neighbours: visa iela, visai ielai, visā ielā, visu ielu, visa ciem, visam ciem, visā ciem
    neighbours: viss ciem, viss rajon, visā rajon, viss kvartāl, visā kvartāl, visa kāpņu
    neighbours: visā kāpņu, visam stāvvad, whole street, entire street, all street, whole village
    neighbours: whole area, whole block, whole neighb, whole building, вся улица, всей улице
    neighbours: всю улицу, весь район, весь подъезд, весь посел, всем районе, всем подъезд
    neighbours: vsja ulica, vsej ulice, ves rajon, ves podjezd, visas mājas, все дома, visi bez
    neighbours: у всех
    only: =tikai, =только, =tolko, =only, =just, =лишь, =toka, =тока
    room: virtuv, istab, guļamist, =vannas, =vannā, pagrab, garāž, =ванной, =ванна, =ванную
    room: кухн, комнат, подвал, гараж
    room: спальн, kuhn, komnat, kitchen, bedroom, bathroom, =room, =rooms, basement, garage
    room: living, cellar
    room: =stāvā, =stāvam, =stāvs, этаж, etazh, floor, upstairs, downstairs
    part: pusei mājas, pusei dzīv, puse mājas, pusē mājas, pusei =ir, pusē dzīv, daļa mājas
    part: daļai mājas, daļā mājas, daļā dzīv, daļai dzīv, daļēji, part of, half the, half of
    part: half my, =half, частич, часть, части, половин, polovin, chast, dažas rozet, dažās rozet
    part: pusei roz, puse roz, pusē roz, dažām roz
    part: dažās ist, viena fāz, vienas fāz, vienai fāz, vienā ist, trūkst fāz, одна фаза
    part: одной фаз, одну фаз, одной комн, odna faz, odnoj faz, one phase, lost phase, some room
    part: some socket, some light, some of, некоторы, несколько розет, nekotor, partly, partial
    thing: rozet, rozeš, розет, socket, outlet, lamp, ламп, apgaismojum, освещ, plīt, fāze, фаза
    thing: phase, лестниц, gaismekl
    bare: =all, =viss, =visa, =visā, =все, =весь, =всё, =entire, =whole, everything
    whole: visa māja, visā mājā, visai mājai, visu māju, visam, viss =dzīvoklis, visā dzīv
    whole: visam dzīv, =visur, pilnīb, pavisam, pilnīgi, nekur, весь дом, всем доме, всему дому
    whole: всей квартир, вся квартир, везде, полност, нигде, ves dom, vsem dome, vsej kvart, vezde
    whole: polnost, nigde, whole house, whole flat, whole apart, entire house, entire flat
    whole: everywhere, all of it, nothing works, =visā
    whole: totally, completely, =pilnībā
"""
_HAVE_LIGHT = _folded(
    "ir viss есть jest est горит gorit have has fine ok всё deg норм kārtībā works"
)
_HAVE_NONE = _folded(
    "nav нет net нету netu no arī tāpat тоже tozhe also too neither без bez both un и"
)


def scope(words: list[str], heard: _Heard) -> str:
    """flicker, neighbours, part, whole or "" (not said)."""
    said: dict[str, int] = {}
    for place, meaning in heard:
        said.setdefault(meaning, place)
    if not said:
        return ""
    if "flicker" in said:
        return "flicker"
    if "part" in said or ("only" in said and ("room" in said or "thing" in said)):
        return "part"
    if "near" in said and not _neighbours_have_light(words, said["near"]):
        return "neighbours"
    if "neighbours" in said:
        return "neighbours"
    return "whole" if "near" in said else _scope_of_rooms(words, said)


def _neighbours_have_light(words: list[str], place: int) -> bool:
    behind = words[place + 1 : place + 5]
    around = words[max(place - 3, 0) : place + 5]
    lit = any(word in _HAVE_LIGHT for word in behind)
    return lit and not any(word in _HAVE_NONE for word in around)


def _scope_of_rooms(words: list[str], said: dict[str, int]) -> str:
    if "whole" in said or ("bare" in said and len(words) <= _BARE_ANSWER):
        return "whole"
    if "room" in said:
        # A floor or a room in a long text may be part of an address or a story.
        return "part" if len(words) <= _LONG_ANSWER else ""
    return "whole" if "only" in said and _only_us(words, said["only"]) else ""


_LONG_ANSWER = 6  # words
# "all", "everything": in a longer text they say nothing about the house.
_BARE_ANSWER = 1
_US = _folded("man mums manā mūsu mani у меня нас моей нашей menja nas me us my our мой наш mans")


def _only_us(words: list[str], place: int) -> bool:
    return any(word in _US for word in words[place + 1 : place + 4])


# --- life support ---------------------------------------------------------------------------

_LIFE = """
    life: uz aparāt, pie aparāt, pie elpo, na aparat, на аппарат, на апарат, под аппарат
    life: к аппарат, к апарат, k aparat
    life: skābekļ, skabekl, кислород, kislorod, oxygen, =ивл, =ivl, elpošanas, elpināš
    life: plaušu ventil, mākslīg elpin, mākslīgā ventil, mākslīgās ventil, дыхательн, dyhateln
    life: diyhateln, вентиляц легк, вентиляции легк, вентиляция легк
    life: dialīz, диализ, dializ, dialys, концентратор, koncentrator, concentrator, =cpap, =сипап
    life: life support, respirator, breathing machine, breathing apparat, breathing device
    life: medical device, medical equip, medical machine, medicīnas iekārt, medicīnisk iekārt
    life: medicīnisk aparāt, medicīniskā iekārt, medicīniskā aparāt, medicīniskās iekārt
    life: медицинск аппарат, медицинский апарат, медицинское оборуд, медицинский прибор
    life: dzīvības uzturoš, dzīvību uzturoš, жизнеобесп, on =a =ventilator, =on =ventilator
    life: the =ventilator, his =ventilator, her =ventilator, my =ventilator, =ventilator =at =home
    life: uses =ventilator, needs =ventilator
"""


def life_support(heard: _Heard) -> bool:
    """Whether the text says that somebody depends on an electrical device.

    A "ventilators" of Latvian and a "вентилятор" of Russian are fans, and count for nothing.
    """
    return any(meaning == "life" for _, meaning in heard)


_PHRASES = _Phrases(_LANGUAGE, _LANGUAGE_NAMES, _SCOPE, _LIFE)


def hear(words: list[str]) -> _Heard:
    """The known phrases of a text: what the other functions here go by."""
    return _PHRASES.find(words)
