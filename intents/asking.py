"""Whether a text that speaks of power being back asks about it: "is light back", "свет есть?".

The words are those of who tells us that it is back; only their order, a small word before them, or
the mark at the end says otherwise, and votes of words see neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from intents.examples import Match
from intents.fold import fold

_LIKELY = 0.75  # of being about how power stands, to answer a question about it at once
_LONGEST = 9  # words of a question; a longer text tells more than it asks
_BETWEEN = re.compile(r"[,.;:!\n]+|(?<=\?)\s+")
_MARK = re.compile(r"\?\W*$")
# Before a question, and no part of it.
_BEFORE = (
    r"(?:(?:hi|helo|hei|pls|please|so|and|but|nov|sveiki|labdien|labvakar|labrit|cau|ludzu|un|bet"
    r"|nu|tad|tagad|zdravstvuite|dobrii|den|vecer|dobroe|utro|privet|a|i|no|skazite|poskazite"
    r"|podskazite|pozaluista) )*"
)
_WHAT = r"(?:the |our |my |your |all |any )?(?:pover|pov?r|light?s?|lite?s?|elec\w*|elek\w*|curent)"
# Folded: "when" is "vhen", "will" is "vil".
_OPENS = re.compile(
    rf"{_BEFORE}(?:"
    rf"(?:is|iz|are|r|has|vas|vil|vont) (?:it|they|there|ther|everithing|evrithing|{_WHAT})\b"
    rf"|(?:do|does|did) (?:it|u|iu|iou|they|ve|i|{_WHAT})\b|(?:have|hav) (?:u|iu|iou|they|ve)\b"
    r"|(?:vhen|ven|vhn|vhens|vens|kad|kd|kogda|kagda|kada|koda) (?!.*\b(?:came|vas|vere|bi\w*)\b)"
    r"|vai\b|razve\b|neuzeli\b"
    r")"
)
_CLOSES = re.compile(r"(?:\w+ ){1,2}li\b.*|.* kogda|.* kad")
_YET = re.compile(r"\byet\W*$", re.IGNORECASE)  # folded, it is Latvian "iet": it works
_ABOUT = ("outage_status", "restored")
# With no verb the votes hear the end of the world: "конец света скоро".
_SOON = re.compile(
    rf"{_BEFORE}(?:(?:svet\w?|elektr\w+|tok) skoro|skoro (?:li )?(?:svet\w?|elektr\w+|tok))"
)
_SHORT = 4  # words of an address
_POLITE = ("greeting", "thanks")
# "Is it still off": not about power that is back.
_NOT = re.compile(r"\b(?:not?|nt|dont|isnt|havent|stil|of|out|nav|ne|net|bez|nebus|vel|bezt)\b")


def asked_of(
    text: str, rank: Callable[[str], Sequence[Match]], matches: Sequence[Match]
) -> Sequence[Match]:
    """The matches of a text that asks if, or when, power is back; none when it does not.

    `rank` gives the matches of a folded text, likeliest first; `matches` are those of this one.
    """
    *told, asked = [part for part in _BETWEEN.split(text) if fold(part)] or [""]
    if not is_question(asked):
        return ()
    if told and matches[0].intent not in (*_ABOUT, "still_out", *_POLITE):
        return ()  # "on Friday I have guests, will there be light"
    if not all(_is_before(part, rank) for part in told):
        return ()  # "light is back, is anybody still coming": first of all it tells
    heard = rank(fold(asked)) if told else matches
    about: tuple[str, ...] = _ABOUT
    if _SOON.fullmatch(fold(asked)):
        return [Match(_ABOUT[0], _LIKELY, sure=True), *heard]
    if not heard[0].sure and not _NOT.search(fold(asked)):
        about = (*_ABOUT, "still_out")
    likely = heard[0].intent
    if likely not in about or (likely == _ABOUT[0] and heard[1:2] and heard[1].intent not in about):
        return ()
    score = sum([each.score for each in heard if each.intent in about])
    because = next((each.because for each in heard if each.intent == _ABOUT[0]), ())
    sure = heard[0].sure or score >= _LIKELY
    rest = [each for each in heard if each.intent not in about]
    return [Match(_ABOUT[0], min(score, 1.0), sure, because), *rest]


def _is_before(part: str, rank: Callable[[str], Sequence[Match]]) -> bool:
    """Whether this only leads to the question: a greeting, or where it is asked about."""
    folded = fold(part)
    best = rank(folded)[0]
    return best.intent in _POLITE or (not best.sure and len(folded.split()) <= _SHORT)


def is_question(text: str) -> bool:
    """Whether one sentence asks, by its mark, its order or a small word."""
    folded = fold(text)
    if len(folded.split()) > _LONGEST:
        return False
    marked = _MARK.search(text) or _YET.search(text)
    asks = _OPENS.match(folded) or _CLOSES.fullmatch(folded) or _SOON.fullmatch(folded)
    return bool(marked or asks)
