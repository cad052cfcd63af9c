"""Words by which people speak of a debt: what they owe, that they paid, in parts, cut off.

Everything is compared as beginnings of `intents.fold` skeletons.
"""

from __future__ import annotations

import re

from intents.fold import fold


def _stems(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


_PAID = _stems(
    "samaksāju samaksājis samaksājusi samaksājām samaksāts samaksāta samaksāti apmaksāju "
    "apmaksājis apmaksājusi apmaksājām apmaksāts apmaksāta apmaksāti nomaksāju pārskaitīju "
    "pārskaitīts ieskaitīju iemaksāju оплатил уплатил заплатил погасил оплачен уплачен перечислил "
    "paid payed settled transferred"
)
_NOT_YET = frozenset(
    fold("neesmu nav ne не нет not havent didnt cannot cant cik сколько how").split()
)
_PARTS = _stems(
    "daļām daļās dalīt nomaksā grafik atlikt atlikš pagarin частям частями рассроч отсроч "
    "installment instalment parts postpone defer extension"
)
_OFF = _stems("atslēg atslēdz отключ disconnect")
_BACK = _stems("pieslēg pieslēdz подключ reconnect")
_OWED = _stems("parād долг долж задолж owe debt balance arrears")
_SUM = _stems("jāmaksā maksājum maksāt samaksāt naud оплат платит денег деньги pay money")
_HOW_MUCH_WHEN_OR_NOT = frozenset(
    fold(
        "cik сколько much kad datumam termiņš когда числа срок when date due "
        "nav nevaru нет нечем могу cannot cant"
    ).split()
)
_PLAN = frozenset(fold("plāns plānu plāna план плана plan schedule").split())
_MINE = frozenset(fold("mani mums mūs man меня нас мне me us my").split())
_OFF_AT_A_GLANCE = ("atsl", "отключ", "otklju", "otkliu", "disconn")
_MINE_AT_A_GLANCE = re.compile(r"\b(?:man|m[uū]|мен|мне|нас|me|us|my|nas)")


def about(text: str) -> str:
    """What a text about money says: 'paid', 'parts', 'off' (being disconnected), 'back' (being
    connected again), 'owed', 'sum' (how much to pay, when, or that one cannot; perhaps no debt),
    or '' for anything else."""
    words = fold(text).split()
    if _begin(words, _PAID) and _NOT_YET.isdisjoint(words):
        return "paid"
    for kind, stems in (("parts", _PARTS), ("back", _BACK), ("off", _OFF), ("owed", _OWED)):
        if _begin(words, stems):
            return kind
    if not _PLAN.isdisjoint(words):
        return "parts"
    return "sum" if _begin(words, _SUM) and not _HOW_MUCH_WHEN_OR_NOT.isdisjoint(words) else ""


def fears_cut(text: str) -> bool:
    """Whether somebody asks about being disconnected themselves: "kad mani atslēgs"."""
    low = text.casefold()
    # Nearly all texts end here, for a fraction of what folding costs.
    if not any(part in low for part in _OFF_AT_A_GLANCE) or not _MINE_AT_A_GLANCE.search(low):
        return False
    words = fold(text).split()
    return _begin(words, _OFF) and not _MINE.isdisjoint(words)


def _begin(words: list[str], stems: tuple[str, ...]) -> bool:
    return any(word.startswith(stems) for word in words)
