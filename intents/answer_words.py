"""What an answer to "where?" is when it is no full address: a house, a town, a remark, a question.

Word tables and pure functions over the text; which places exist is not known here.
"""

from __future__ import annotations

import re

from intents import street_words as words
from intents import towns
from intents.address_tokens import HOUSE, is_unit, tidy, tokens
from intents.fold import fold
from intents.model import Address


def _folded(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


# May stand beside a house number or a town without making it more than that.
_BESIDE = (
    words.HOUSE_WORDS
    | words.GREETINGS
    | _folded(
        "ir mājas tas tā manā mans mana man mums un numuru numurā pilsēta pilsētā город городе "
        "это мой моя в во на г номер номера по у it is its it's the my in at on city town nr no "
        "num # № ok labi ну а dom domu дома uz iekš pie jā да yes от of house's dzīvoklis"
    )
)
_TIMES = _folded(
    "stunda stundas stundu stundām minūtes minūti minūšu diena dienas dienu dienām šodien vakar "
    "vakarā rīta rītā rītu vakara vakaru naktī nakts nakti rīt nedēļa nedēļu nedēļas nedēļā "
    "šonedēļ mēnesī mēnesi reize reizi reizes reižu atkal joprojām kopš tagad ilgi sen nesen tikko "
    "час часа часов минут минуты минуту день дня дней дни сегодня вчера завтра утра утром утро "
    "вечера вечером ночи ночью неделю недели неделе месяц раз раза опять снова сейчас давно "
    "недавно только долго chas chasa chasov minut segodnja vchera utra vechera opjat snova raz "
    "hour hours minute minutes day days today yesterday tonight morning evening night afternoon "
    "week weeks month time times again since now ago already jau уже uzhe still pm am o'clock"
)
_NOT_KNOWN = _folded(
    "nezinu nezinām nezin nezinam pagaidi pagaidiet mirkli знаю знаем подожди подождите минутку "
    "помню помним забыл забыла pomnju zabyl atceros atceramies aizmirsu remember forgot forgotten "
    "znaju dunno know dont don't wait unsure idea"
)
_LAST = _folded("pēdējā pēdējais pēdējo pēdējajā последний последняя последнее последнем last")
_THERE = frozenset(map(fold, ("и там и там", "i tam i tam", "gan tur gan tur", "tur un tur")))
_ORDINAL = re.compile(r"(?<=\d)-?(?:ый|ой|ий|й|ая|я|ом|м|th|st|nd|rd)\b", re.IGNORECASE)
_WHY = _folded(
    "kāpēc kādēļ kāda cik зачем почему сколько zachem pochemu skolko why what how kāpec kapēc"
)
_ASKING = _folded(
    "kas ko kad vai kā kurš kura kuru kur kam что когда как какой какая какую где куда кто кому "
    "chto kogda kak gde kto when who where which is are do does can should will could нужно "
    "надо можно а и но разве un bet and but"
)
_FILLING = _folded("а и но ну un bet nu and but well so labi ok хорошо")
_POINTING = _folded(
    "pie pretī pretim blakus aiz starp netālu tuvu līdzās krustojums krustojumā krustojuma stūris "
    "stūrī stūra pagalms pagalmā у около возле рядом напротив за перед между недалеко угол углу "
    "угла дворе двор перекресток перекрёстке u okolo vozle rjadom naprotiv near next opposite "
    "behind beside by at between corner front outside"
)
_EVERYWHERE = _folded("visur везде vezde everywhere")
_ALL = _EVERYWHERE | _folded(
    "abi abas abās abos abiem abām abus visi visas visās visos visām оба обе обоих обеих "
    "все всех oba obe vse both all every"
)
_PLACES = _folded(
    "places addresses houses adresēs vietās mājās dzīvokļos адресах адресам местах домах домам "
    "квартирах adresah domah"
)
_WITH_ALL = _PLACES | _folded(
    "of them the in at two three we both no power light nav gaismas strāvas elektrības nē mājas "
    "dzīvokļi trijās divās в на по двух трех трёх нет света электричества и v na lūdzu please "
    "пожалуйста"
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}|\d{1,2} ?(?:[ap]m|h|ч)\b", re.IGNORECASE)
_ON = re.compile(r"\b(на|na|on|uz)\s+([^\W\d_]{4,})", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_LONGEST_HOUSE = 4  # digits; a longer number is no house's
_SHORT = 3  # words


def is_remark(text: str) -> bool:
    """Whether the text tells when or how often ("jau 3 stundas", "since 5pm") and no place.

    So does who does not know, or asks to wait.
    """
    spoken = set(fold(text).split())
    if spoken & _TIMES or spoken & _NOT_KNOWN:
        return True
    numbers = list(_NUMBER.finditer(_CLOCK.sub(" ", text)))
    if not numbers:
        return bool(_NUMBER.search(text))
    rest = _CLOCK.sub(" ", text)
    return all(
        len(number.group()) > _LONGEST_HOUSE or is_unit(rest, number.end()) for number in numbers
    )


def asks(text: str) -> bool:
    """Whether the text asks ("why?", "kas tas ir?") rather than answers with a place."""
    spoken = [word for word in fold(text).split() if word not in _FILLING]
    if not spoken:
        return True
    if spoken[0] in _WHY:
        return True
    return spoken[0] in _ASKING and text.rstrip().endswith("?")


def points(text: str) -> bool:
    """Whether the text says near what it is: "pie skolas", "у школы"."""
    return bool(_POINTING & set(fold(text).split()))


def on_what(text: str) -> str:
    """The word behind "on", perhaps a street: "net sveta na Miera"; '' for none."""
    for found in _ON.finditer(text):
        word, key = found[2], fold(found[2])
        named = found[1].casefold() != "uz" or word[0].isupper() or key in words.COMMON_STREETS
        if named and key not in _TIMES:  # "uz laiku", "на неделе"
            return word
    return ""


def means_all(text: str) -> bool:
    """ "abi", "оба", "both of them": each of the places in a list."""
    spoken = fold(text).split()
    if " ".join(spoken) in _THERE:
        return True
    if spoken[-2:] == ["at", "al"]:  # "no power at all"
        return False
    return bool(_ALL & set(spoken)) and (_ALL | _WITH_ALL).issuperset(spoken)


def says_everywhere(text: str) -> bool:
    """Whether a text that `means_all` may mean all of a flat or of a village as well: "visur"."""
    return (_ALL - _EVERYWHERE).union(_PLACES).isdisjoint(fold(text).split())


def means_last(text: str) -> bool:
    """ "the last one", "pēdējā": the end of a list."""
    spoken = set(fold(text).split())
    return bool(spoken & _LAST) and len(spoken) <= _SHORT


def without_ordinals(text: str) -> str:
    """ "105ый дом" as "105 дом"."""
    return _ORDINAL.sub("", text)


def house(text: str) -> tuple[str, str] | None:
    """(house, flat) when the text is a house number and nothing else: "nr. 41", "дом 41-12"."""
    text = tidy(text)
    found = HOUSE.search(text)
    if found is None:
        return None
    beside = fold(f"{text[: found.start()]} {text[found.end() :]}").split()
    if not _BESIDE.issuperset(beside):
        return None
    number = found.group("house").replace(" ", "")
    block = found.group("block")
    return (f"{number} k-{block}" if block else number), found.group("flat") or ""


def town(text: str) -> str:
    """The town as written when the text is one and nothing else: "Rīga", "в Риге"."""
    every = [token for token in tokens(tidy(text)) if token.key]
    named = [token for token in every if token.key not in _BESIDE]
    if any(token.key in words.PARISH for token in named) and 1 < len(named) <= _SHORT:
        return " ".join(token.raw for token in named)
    if len(named) != 1 or named[0].key not in towns.FORMS:
        return ""
    return named[0].raw.strip(".")


def join(before: Address, text: str, address: Address | None) -> Address | None:
    """What was said before and the text together, when neither alone is an address; else None.

    `before` is the street without its house, or the town alone, or an address that nobody knows;
    `address` is what the text names by itself.
    """
    number = house(text)
    if before.street and number:
        return _whole(before.street, *number, before.town)
    at = town(text)
    if before.street and at and (before.house or not before.town):
        return _whole(before.street, before.house, before.flat, at)
    if before.town and not before.street and address and address.street and not address.town:
        return _whole(address.street, address.house, address.flat, before.town)
    return None


def _whole(street: str, number: str, flat: str, at: str) -> Address:
    written = f"{street} {number}{'-' * bool(flat)}{flat}".strip()
    return Address(f"{written}, {at}" if at else written, street, number, flat, at)
