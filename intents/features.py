"""What a folded text is made of, for the recogniser: words, their beginnings, pairs, meanings."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

from intents.concepts import Concepts

_DIGITS_ALIKE = str.maketrans("123456789", "000000000")
_WORDS_AT_MOST = 60  # an SMS of six segments; a longer text is judged by its beginning
_FEW_WORDS = 3

Group = tuple[str, ...]


def tokens_of(folded: str) -> list[str]:
    """The words with all digits alike, so that a number says how long it is and no more."""
    return folded.translate(_DIGITS_ALIKE).split(None, _WORDS_AT_MOST)[:_WORDS_AT_MOST]


class Features:
    """Turns words to groups of features. Pure; remembers words it has seen."""

    def __init__(self, concepts: Concepts) -> None:
        self.concepts = concepts
        self._parts = lru_cache(maxsize=16384)(self._parts_of)

    def of(self, tokens: list[str]) -> list[Group]:
        """A group for each different word, then one for what words are together."""
        return [*map(self.own, dict.fromkeys(tokens)), self.together(tokens)]

    def meanings_of(self, tokens: list[str]) -> list[Group]:
        """As `of`, with nothing of a word but its meanings where it has any."""
        words = [self._parts(token)[1] or self.own(token) for token in dict.fromkeys(tokens)]
        return [*words, self.together(tokens, spelled=False)]

    def own(self, token: str) -> Group:
        """The word itself, its beginnings, letter groups and meanings."""
        return self._parts(token)[0]

    def together(self, tokens: list[str], *, spelled: bool = True) -> Group:
        """Neighbouring words and meanings, and meanings anywhere in the text.

        Without `spelled`, neighbours are told by words only where they have no meaning.
        """
        found: set[str] = set()
        meanings: set[str] = set()
        before = "^"
        before_heads: Group = ("^",)
        for token in tokens:
            _, concepts, heads = self._parts(token)
            meanings.update(concepts)
            if spelled or not concepts:
                found.add(f"{before} {token}")
            found.update([f"{left}>{right}" for left in before_heads for right in heads])
            before, before_heads = token, heads
        found.add(f"{before} $")
        found.update(map("&".join, combinations(sorted(meanings), 2)))
        if len(tokens) <= _FEW_WORDS:
            found.add(f"#{len(tokens)}")
        return tuple(found)

    def _parts_of(self, token: str) -> tuple[Group, Group, Group]:
        concepts = tuple(sorted(self.concepts.of(token)))
        own = [token, *concepts]
        padded = f"_{token}_"
        own += [padded[start : start + 3] for start in range(len(token))]
        if len(token) > 3:
            own.append(f"4{token[:4]}")
        if len(token) > 5:
            own.append(f"5{token[:5]}")
        return tuple(dict.fromkeys(own)), concepts, concepts or (token[:4],)
