"""What a text names: EIC, numbers of all kinds, an address, a pick, an answer, a language.

A digit run alone may be many things; the words around decide, and what stays in doubt is left in
`Entities.digits` for the dialogue that asked. Pure, and never raises.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from intents import address_parse, eic, entity_words, spoken_time
from intents.fold import fold
from intents.model import Address, Entities
from intents.when import When

_LONGEST = 2000  # characters looked at; no SMS is longer
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"\d(?:\s?\d)*")
_SOLID = re.compile(r"\d+")
_TRANSLIT = re.compile(r"[^\W\d_][46]|[46][^\W\d_]")
_POSTCODE = re.compile(r"(?<!\w)(?:lv|лв)\s?[-–—]?\s?(\d{4})(?!\d)", re.IGNORECASE)
_BARE_POSTCODE = re.compile(r"\W*([1-5]\d{3})\W*")

# Loose on purpose: only what passes is worth asking the phone number library about.
_MAYBE_PHONE = re.compile(
    r"(?<![\d-])(?:(?:\+|00)\s?[1-9](?:[\s()-]{0,2}\d){7,14}|(?:371[\s-]?)?[2-9](?:[\s-]?\d){7})"
    r"(?![\d]|[\s-]?\d{3})"
)


def _stems(words: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in words.split())


# What a number is called by the words before it: beginnings of words.
_CALLED = (
    ("reading", _stems("rādījum показан pokazan reading nolasīju")),
    ("meter", _stems("skaitītāj счетчик счётчик schetchik meter")),
    (
        "contract",
        _stems(
            "līgum klient abonent договор dogovor клиент klijent абонент лицев contract customer "
            "account client"
        ),
    ),
    (
        "phone",
        _stems(
            "tālr talr telef tel mob zvan телеф тел моб звон позвон telefon zvon pozvon phone call "
            "mobile whatsapp sms"
        ),
    ),
)
_KWH = _stems("kwh квтч квт kvt kvtch kilovat киловат")
# "4521kwh" is one word.
_ANY_CALLED = re.compile(
    rf"(?:\b|\d)(?:{'|'.join([*_KWH, *(stem for _, stems in _CALLED for stem in stems)])})"
)
_NUMBER_WORDS = _stems("numur nr номер nomer number no serial заводск nomera")
_WINDOW = 60  # characters before a number that may say what it is
_REACH = 5  # words


class _Run(NamedTuple):
    """A run of digits at `start` to `end`, and what the words around call it."""

    digits: str
    start: int
    end: int
    called: str


class _Numbers(NamedTuple):
    eic: str = ""
    eic_valid: bool | None = None
    customer_number: str = ""
    phone: str = ""
    postcode: str = ""
    meter_reading: str = ""
    meter_number: str = ""
    digits: str = ""


def find(text: str, folded: str | None = None) -> Entities:
    """All that `text` names. Never raises.

    `folded` is `fold(text)` when the caller has it; without it, it is worked out here.
    """
    text = text[:_LONGEST]
    folded = fold(text) if folded is None else folded
    words = folded.split()
    heard = entity_words.hear(words)
    has_digits = _DIGIT.search(text) is not None
    numbers = _numbers(text, folded) if has_digits else _Numbers()
    tells_time = spoken_time.may_say(words, text, has_digits=has_digits)
    address = address_parse.find(text, folded)
    return Entities(
        *numbers,
        choice=entity_words.choice(words),
        answer=entity_words.answer(words, text),
        wanted_language=entity_words.wanted_language(words, heard),
        scope=entity_words.scope(words, heard),
        life_support=entity_words.life_support(heard),
        address=address,
        when=_when(text, address) if tells_time else None,
    )


def _when(text: str, address: Address | None) -> When | None:
    """What is said of a day or an hour around the address: "Brīvības 5.12" may look like one."""
    return spoken_time.find(text.replace(address.raw, " , ") if address else text)


def _numbers(text: str, folded: str) -> _Numbers:
    found = eic.find(text)
    if found is not None:
        return _Numbers(*found)
    digits = [
        re.sub(r"\s", "", run.group()) for run in _RUN.finditer(text) if not _is_letter(text, run)
    ]
    only = digits[0] if len(digits) == 1 else ""
    # Most texts with a number have a house or an hour, and need no closer look.
    if sum(map(len, digits)) < _LONG and not _ANY_CALLED.search(folded):
        return _Numbers(postcode=_postcode(text), digits=only)
    phone, span = _phone(text)
    runs = [run for run in _runs(text) if not span[0] <= run.start < span[1]]
    return _Numbers(
        customer_number=_customer_number(runs),
        phone=phone,
        postcode=_postcode(text),
        meter_reading=_reading(runs),
        meter_number=_meter_number(runs),
        digits=only,
    )


_SHORTEST = 3  # digits of the shortest number that is more than a house or a pick


def _is_letter(text: str, run: re.Match[str]) -> bool:
    """Whether it is a 4 or 6 that stands for ч or ш: "4to slu4ilos"."""
    if run.group() not in ("4", "6"):
        return False
    return bool(_TRANSLIT.search(text[max(run.start() - 1, 0) : run.end() + 1]))


def _runs(text: str) -> list[_Run]:
    """The numbers of at least 3 digits, each solid one, and spaced ones as a whole."""
    found: list[_Run] = []
    last = 0
    for match in _RUN.finditer(text):
        solid = list(_SOLID.finditer(text, match.start(), match.end()))
        if not any(len(part.group()) >= _LONG for part in solid):
            solid = [match]
        for part in solid:
            digits = re.sub(r"\s", "", part.group())
            if len(digits) >= _SHORTEST:
                called = _called(text, last, part.start(), part.end())
                found.append(_Run(digits, part.start(), part.end(), called))
        last = match.end()
    return found


_LONG = 7  # digits of a number that nobody means to go on behind a space


def _called(text: str, last: int, start: int, end: int) -> str:
    """What the words before a number (after the number before it) and the next word call it."""
    behind = fold(text[end : end + 10]).split()
    if behind and behind[0].startswith(_KWH):
        return "reading"
    before = fold(text[max(last, start - _WINDOW) : start]).split()[: -_REACH - 1 : -1]
    for place, word in enumerate(before):
        for name, stems in _CALLED:
            if word.startswith(stems):
                # "skaitītāja numurs 4521" and "номер счетчика 4521" are the meter's number,
                # "skaitītājs 4521" what it shows.
                is_number = any(each.startswith(_NUMBER_WORDS) for each in before[: place + 2])
                return name if name != "meter" or is_number else "reading"
    return ""


def _phone(text: str) -> tuple[str, tuple[int, int]]:
    """The first phone number in E.164 and where it is; ("", (0, 0)) when there is none.

    Eight digits from 2 or 6 may be a meter reading or a contract number: the words decide.
    """
    last = 0
    for match in _MAYBE_PHONE.finditer(text):
        number = match.group()
        if number[0] == "+" or _called(text, last, *match.span()) in ("", "phone"):
            phone = _e164(number)
            if phone:
                return phone, match.span()
        last = match.end()
    return "", (0, 0)


def _e164(number: str) -> str:
    # Imported here: its tables take a tenth of a second to load, and few texts need them.
    import phonenumbers

    international = re.sub(r"^00", "+", number)
    if number.startswith("371"):
        international = "+" + number
    try:
        parsed = phonenumbers.parse(international, "LV")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _customer_number(runs: list[_Run]) -> str:
    for run in runs:
        if run.called == "contract" and 5 <= len(run.digits) <= 12:
            return run.digits
    plain = [run.digits for run in runs if not run.called and len(run.digits) in (7, 8)]
    return plain[0] if plain else ""


def _reading(runs: list[_Run]) -> str:
    readings = [r.digits for r in runs if r.called == "reading" and len(r.digits) <= 8]
    return max(readings, key=len, default="")


def _meter_number(runs: list[_Run]) -> str:
    numbers = (run.digits for run in runs if run.called == "meter")
    return next((digits for digits in numbers if 5 <= len(digits) <= 14), "")


def _postcode(text: str) -> str:
    found = _POSTCODE.search(text) or _BARE_POSTCODE.fullmatch(text)
    return f"LV-{found.group(1)}" if found else ""
