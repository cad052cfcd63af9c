"""A text that is a place and nothing else: it names neither a wish nor a language."""

from __future__ import annotations

from intents import answer_words, towns
from intents.address_parse import parse_whole
from intents.dialogues.steps import ASKING, FAULTS
from intents.fold import fold
from intents.model import Address, Understanding
from intents.remark_words import BESIDE_ADDRESS

_MOST_WORDS = 3  # of a street and town without a number: "Dzelzavas Riga"
_SHORTEST = 2  # letters of a word beside an address that may be more than "dz" or "kv"


def address_in(heard: Understanding) -> Address | None:
    """The address that is all of the text; None when the text says anything else."""
    known = heard.intent not in ("other", "choice") and heard.sure
    if known or heard.danger or heard.reserved or "?" in heard.text or heard.text.isdecimal():
        return None
    address = heard.entities.address
    if address is not None:
        return address if _nothing_beside(heard.text, address) else None
    words = fold(heard.text).split()
    if not 1 <= len(words) <= _MOST_WORDS or words[-1] not in towns.FORMS:
        return None
    return parse_whole(heard.text)


def is_bare(heard: Understanding) -> bool:
    return address_in(heard) is not None


def _nothing_beside(text: str, address: Address) -> bool:
    rest = text.replace(address.raw, " ", 1).replace(address.town, " ", 1)
    return all(
        len(word) <= _SHORTEST
        or not word.isalpha()
        or word in BESIDE_ADDRESS
        or word in towns.FORMS
        for word in fold(rest).split()
    )


def street_on(heard: Understanding) -> Address | None:
    """What may be a street in a text about an outage that names no address.

    Whether there is such a street, the data must say.
    """
    if heard.intent not in FAULTS | ASKING or heard.entities.address is not None:
        return None
    name = answer_words.on_what(heard.text)
    return Address(raw=name, street=name) if name else None
