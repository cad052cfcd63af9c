"""Whole messages that carriers reserve, STOP and START, in every spelling people use."""

from __future__ import annotations

from intents.fold import fold

# CANCEL is not here: it drops what is under way and must not cost a customer the alerts.
_OPT_OUT = (
    "stop", "stop stop", "stopall", "stop all", "stop sms", "sms stop", "stops", "unsubscribe",
    "quit", "end", "optout", "opt out", "revoke", "beigt", "atteikties", "atrakstīties",
    "atrakstities", "стоп", "стоп смс", "смс стоп", "отписаться", "отписка",
)  # fmt: skip
_OPT_IN = (
    "start", "unstop", "start sms", "sms start", "optin", "opt in", "subscribe",
    "sākt", "saakt", "pieteikties", "старт", "старт смс", "подписаться",
)  # fmt: skip
_RESERVED = {fold(words): "opt_out" for words in _OPT_OUT} | {
    fold(words): "opt_in" for words in _OPT_IN
}
_LONGEST = max(map(len, _RESERVED))


def reserved(folded: str) -> str:
    """'opt_out' or 'opt_in' when the whole folded text is a reserved word, else ''.

    Never inside a sentence: "stop sending me bills" is a wish that a dialogue confirms. Spaces
    between letters ("S T O P") are forgiven.
    """
    if len(folded) > 2 * _LONGEST:
        return ""
    known = _RESERVED.get(folded)
    if known is None and " " in folded and all(len(word) == 1 for word in folded.split()):
        known = _RESERVED.get(folded.replace(" ", ""))
    return known or ""
