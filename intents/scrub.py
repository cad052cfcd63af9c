"""What a text says without what tells who wrote it: kept to learn from, so it must name nobody.

Addresses, numbers, e-mails and names go. What is left is looked at by a person before anything
learns from it: no rule knows every name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from intents.address_parse import find
from intents.address_tokens import tidy
from intents.fold import fold

LONGEST = 160  # characters; a longer text tells a story, and stories tell about people
_MOST_ADDRESSES = 6
_SHORTEST_STEM = 3
_ENDING = 2  # letters by which the cases of a name differ
_UNSAID = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+"
    r"|\b\d{2}[A-Z]-?[0-9A-Z-]{12,}"  # an EIC
    r"|\blv\s?[-–]?\s?\d{4}\b|[+#№]?\d(?:[\s().-]{0,2}\d){3,}",  # four digits or more
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LEFT_OVER = re.compile(r"\s+(?=[,.;:!?])|(?<=[,;:(])\s*(?=[,.;:!?)])|^[\s,.;:!?)-]+|[\s,;:(-]+$")


def _words(words: str) -> tuple[str, ...]:
    return tuple(map(fold, words.split()))


# What a name follows: "mani sauc", "это", "my name is"; and what stands before a signature.
_BEFORE_NAMES = frozenset(
    _words(
        "sauc vārds uzvārds šeit es esmu cieņu cieņā kungs kundze kundzei kungam зовут имя "
        "фамилия это я уважением господин госпожа name surname is am regards sincerely mr mrs ms "
        "zovut eto uvazheniem"
    )
)
# Given names that are common in Latvia, without the endings that their cases have.
_GIVEN = _words(
    "jān ann annij andr andrej mār mārtiņ ivar aivar jur juris gunt ilz ing ingrīd ingun ilmār "
    "krist kristīn kristap pēter ēvald edgar edvard edvīn gint gunār gun līg zan zaig vald valdem "
    "viest aij dac dain daig elīn elīz emīl ernest rihard robert roland sarm sandr sanit sant uld "
    "vij vilnis zigurd ziedon agnes arnis art artūr baib bruno laur inese ines oskar toms rait "
    "solvit silv sigit tatjan natālij svetlan irin olg jeļen galin ludmil marin vladimir aleksandr "
    "sergej dmitrij igor oleg viktor елен ольг светлан татьян ирин натал наташ марин галин людмил "
    "надежд вер любов екатерин кат мар мари анастас наст алексе саш александр серге андре дмитр "
    "дим иван владимир вов виктор олег игор никола михаил юр евген павел павл денис максим роман "
    "артем артём витал джон анн elena jelena anna mary peter michael john sergei dmitry"
)
_ENDINGS = _words(
    "s š is a e am im ām ēm ai ei as es u i ij ijs ija у ю а я е ы и ой ей ом ем ью ь й ий ия ию ии"
)
# Words of other meanings that such a name or case is spelled like: дача, дым, kāts, were, wow.
_NO_NAMES = frozenset(_words("даче дачу дым дымом kātu вера vērā very were vis wow"))
_NAMES = frozenset(
    name
    for stem in _GIVEN
    for name in (stem, *(stem + ending for ending in _ENDINGS))
    if len(name) > _SHORTEST_STEM and name not in _NO_NAMES
) | {fold("Anna")}


def scrub(text: str, knows: Callable[[str], bool], private: Iterable[str] = ()) -> str:
    """The text without addresses, numbers, e-mails and names; '' when nothing to learn is left.

    `knows` says whether a word is one of the example phrases'; one that is not and is written as
    a name goes. `private`: names and addresses that belong to the sender.
    """
    left = _without_addresses(_UNSAID.sub(" ", tidy(" ".join(text.split()))))
    own = tuple(word[: max(len(word) - _ENDING, _SHORTEST_STEM)] for word in _own_words(private))
    named = set(_named(left, knows, own))
    said = "".join(
        "" if span in named else left[slice(*span)] for span in _pieces(left)
    )  # fmt: skip
    told = _LEFT_OVER.sub("", " ".join(said.split())).strip()
    long_enough = any(map(str.isalpha, told)) and len(fold(told)) > 1
    return told if long_enough and len(told) <= LONGEST else ""


def _without_addresses(text: str) -> str:
    """'' for a text with an address that cannot be cut out of it."""
    for _ in range(_MOST_ADDRESSES):
        address = find(text)
        if address is None:
            return text
        if not address.raw or address.raw not in text:
            return ""
        text = text.replace(address.raw, " ")
    return ""


def _own_words(private: Iterable[str]) -> Iterator[str]:
    for each in private:
        yield from (word for word in fold(each).split() if len(word) > _SHORTEST_STEM)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The spans of words and of what is between them, in order."""
    end = 0
    for match in _WORD.finditer(text):
        yield end, match.start()
        yield match.span()
        end = match.end()
    yield end, len(text)


def _named(
    text: str, knows: Callable[[str], bool], own: tuple[str, ...]
) -> Iterator[tuple[int, int]]:
    """The spans of words that are, or may be, names."""
    after_name, end = False, 0
    for match in _WORD.finditer(text):
        word = match.group()
        folded = fold(word)
        known = knows(word)
        goes_on = after_name and not text[end : match.start()].strip(" .")
        is_name = folded in _NAMES or (bool(own) and folded.startswith(own))
        if not known:
            is_name = is_name or goes_on or (word[0].isupper() and not _begins(text, match))
        if is_name:
            yield match.span()
        after_name, end = is_name or folded in _BEFORE_NAMES, match.end()


def _begins(text: str, match: re.Match[str]) -> bool:
    """Whether it has its capital from beginning the text: a name would be called out, or two."""
    behind = text[match.end() :].lstrip()
    return not text[: match.start()].strip() and not (behind[:1] == "," or behind[:1].isupper())
