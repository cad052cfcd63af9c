"""The towns and parishes of the distributor's premises, as people name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from rapidfuzz import fuzz, process

from intents import street_words as words
from intents import towns
from intents.fold import fold

_DIACRITICS = str.maketrans("āčēģīķļņšūž", "acegiklnsuz")
_RUSSIAN_PARISH = ("ская", "ской", "скую")  # "в Раунской волости"
_CUTOFF = 80.0  # likeness of 100 that a mistyped town must have


class TownIndex:
    """Towns by every case they are written in, Latvian and Russian.

    `names` are the towns as they are written; `keys` (see `town_key`) may name more places, such
    as the parishes at the end of addresses.
    """

    def __init__(self, names: Iterable[str], keys: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        self._spelt: dict[str, str] = {}  # a slip beside "ie" is two in a skeleton
        self._parishes: dict[str, str] = {}
        for name in sorted(names):
            self._add(name)
        for key in keys:
            self._forms.setdefault(key, key)
        # In a storm thousands write the same words; a look through them costs some microseconds.
        self.named_in = lru_cache(maxsize=4096)(self._named_in)
        self.key = lru_cache(maxsize=4096)(self._key)

    def _add(self, name: str) -> None:
        key = town_key(name)
        self._names.setdefault(key, name)
        self._spelt.setdefault(_spelt(name), key)
        for form in _forms(name):
            self._forms.setdefault(form, key)
        self._parishes[towns.genitive(name) if key == fold(name) else key] = key

    def nearly(self, town: str) -> str:
        """The town that is called so, typing errors allowed, as the premises have it, or ""."""
        return self._names.get(self.key(town), "")

    def _named_in(self, text: str) -> str:
        """The first town that `text` names, as it is written in the premises, or ""."""
        for key in self._spoken(fold(text).split()):
            if key in self._names:
                return self._names[key]
        return ""

    def _key(self, town: str) -> str:
        """The key of a town that a customer wrote, typing errors allowed; "" when unknown."""
        spoken = fold(town).split()
        known = next(self._spoken(spoken), "")
        if known or not spoken:
            return known
        bare = " ".join(word for word in spoken if word not in words.PARISH)
        return _nearest(bare, self._forms) or _nearest(_spelt(town), self._spelt)

    def _spoken(self, spoken: list[str]) -> Iterator[str]:
        for place, word in enumerate(spoken):
            following = spoken[place + 1] if place + 1 < len(spoken) else ""
            key = self._key_of_word(word, following)
            if key:
                yield key

    def _key_of_word(self, word: str, following: str) -> str:
        if following in words.PARISH and word in self._parishes:
            return self._parishes[word]
        # The town of "Mārupe iela" is a slip for the street.
        if following in words.STREET_TYPES:
            return ""
        if word in self._forms:
            return self._forms[word]
        if word in towns.RIGA_PARTS:
            return fold("Rīga")
        return fold(towns.FORMS[word]) if word in towns.FORMS else ""


@lru_cache(maxsize=4096)
def town_key(name: str) -> str:
    """Folded, without the word parish: "Lēdurgas pag." -> "ledurgas"."""
    return " ".join(word for word in fold(name).split() if word not in words.PARISH)


def _nearest(written: str, forms: dict[str, str]) -> str:
    near = process.extractOne(written, forms.keys(), scorer=fuzz.ratio, score_cutoff=_CUTOFF)
    return forms[near[0]] if near else ""


def _spelt(name: str) -> str:
    """Without diacritics and the word parish, otherwise as it is written."""
    written = name.lower().translate(_DIACRITICS).replace(".", " ").split()
    return " ".join(word for word in written if fold(word) not in words.PARISH)


def _forms(name: str) -> set[str]:
    key = town_key(name)
    if key != fold(name):
        # A parish is in the genitive; people name the village it is called after.
        villages = towns.nominatives(name.split()[0])
        russian = {fold(village[:-1] + end) for village in villages for end in _RUSSIAN_PARISH}
        return russian.union(
            {key}, *map(towns.forms, villages), *map(towns.spelt_in_russian, villages)
        )
    return {key, *towns.forms(name), *towns.RUSSIAN.get(name, ()), *towns.spelt_in_russian(name)}
