"""Words by which people ask to have planned works at another time."""

from __future__ import annotations

from intents.fold import fold


def _stems(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


_AT_A_GLANCE = (
    "pārc", "parc", "pārl", "parl", "atlik", "atlie", "main", "pārb", "cit", "перен", "отлож",
    "отклад", "сдвин", "помен", "друг", "peren", "otlo", "drug", "move", "postpon", "resched",
    "delay", "chang", "shift", "other", "different",
)  # fmt: skip
_MOVE = frozenset(
    fold(
        "pārcelt pārceliet pārceļiet pārcelsiet pārceltu atlikt atlieciet atliktu pārlikt "
        "pārlieciet pārliktu mainīt nomainīt samainīt mainiet перенести перенесите переносите "
        "переносить перенесли отложить отложите откладывать сдвинуть сдвиньте поменять поменяйте "
        "move postpone reschedule delay change shift perenesti perenesite otlozhit otlozhite"
    ).split()
)
# "Have the works been moved?" asks for their time.
_MOVED = frozenset(fold("moved postponed rescheduled delayed changed shifted").split())
_CAN = frozenset(fold("can could may might be please").split())
_WORKS = _stems(
    "darb atslēg atslēdz remont pārtrauk izslēg работ отключ ремонт rabot otklju otkliuch works "
    "work outage cut switch disconnection interruption maintenance repair shutdown"
)
_OTHER = frozenset(
    fold("citā cita citu citā другой другое другого другую drugoi drugoj another other").split()
) | {fold("different")}
# "I need to change my phone number" is about no works.
_ELSE = _stems(
    "tālrun telefon numur skaitīt valod adres līgum e-past epast номер телефон счетчик язык адрес "
    "договор почт nomer schetchik phone number meter language address contract e-mail email"
)
_TIME = _stems("dien laik diena день дня время числ недел дат den vrem day time date week")


def wants_moved(text: str, *, announced: bool) -> bool:
    """Whether the text asks for works at another time. `announced`: the sender knows of some, so
    that "another day, please" is enough."""
    # Nearly all texts end here.
    low = text.casefold()
    if not any(part in low for part in _AT_A_GLANCE):
        return False
    words = fold(text).split()
    spoken = frozenset(words)
    moved = not spoken.isdisjoint(_MOVED) and not spoken.isdisjoint(_CAN)
    moves = moved or not spoken.isdisjoint(_MOVE)
    other = not spoken.isdisjoint(_OTHER) and any(word.startswith(_TIME) for word in words)
    works = any(word.startswith(_WORKS) for word in words)
    if not works and any(word.startswith(_ELSE) for word in words):
        return False
    return (moves or other) and (works or announced)
