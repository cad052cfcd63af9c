"""Words of one meaning in Latvian, Russian and English, read from `concepts.txt`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intents.fold import fold
from intents.remember import Kept, Remember, learn_anew

Tables = tuple[dict[str, set[str]], dict[str, set[str]]]  # meanings of whole words, and of stems
CONCEPTS_FILE = Path(__file__).with_name("concepts.txt")
_SHORTEST_TYPO = 6  # shorter words have too many neighbours one letter away


class Concepts:
    """What a folded word means: `of` forgives one slip in a longer word, `exactly` none."""

    def __init__(self, lines: list[str], remember: Remember = learn_anew) -> None:
        self._words, self._stems = remember("meanings", lambda: _read(lines))
        self._longest = max(map(len, self._stems), default=0)
        self._alike: dict[tuple[str, int], list[str]] = {}
        for stem in self._stems:
            if len(stem) >= _SHORTEST_TYPO:
                self._alike.setdefault((stem[0], len(stem)), []).append(stem)
        self.of = lru_cache(maxsize=16384)(self._of)
        self.exactly = lru_cache(maxsize=16384)(self._exactly)

    def _of(self, token: str) -> frozenset[str]:
        found = self.exactly(token)
        if not found and len(token) >= _SHORTEST_TYPO and token.isalpha():
            return self._nearly(token)
        return found

    def _exactly(self, token: str) -> frozenset[str]:
        found = set(self._words.get(token, ()))
        for length in range(2, min(len(token), self._longest) + 1):
            found |= self._stems.get(token[:length], set())
        return frozenset(found)

    def _nearly(self, token: str) -> frozenset[str]:
        for length in range(min(len(token), self._longest), _SHORTEST_TYPO - 1, -1):
            stems = self._alike.get((token[0], length), ())
            near = process.extractOne(token[:length], stems, scorer=OSA.distance, score_cutoff=1)
            if near is not None:
                return frozenset(self._stems[near[0]])
        return frozenset()


def _read(lines: list[str]) -> Tables:
    words: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, _, spelled = line.partition(":")
            for word in spelled.replace("|", " ").split():
                table = stems if word.endswith("*") else words
                table.setdefault(fold(word), set()).add(name.strip())
    return words, stems


@lru_cache(maxsize=1)
def load_concepts() -> Concepts:
    """The concepts that come with the program."""
    kept = Kept(name="meanings")
    concepts = Concepts(CONCEPTS_FILE.read_text(encoding="utf-8").splitlines(), kept)
    kept.save()
    return concepts
