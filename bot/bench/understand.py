"""`gaisma bench understand`: what one text costs to understand, all three languages loaded."""

from __future__ import annotations

import random
import statistics
import time

from rapidfuzz import fuzz, process

from bot.bench.rows import Measured, percentile
from intents.fold import fold
from intents.phrases import load_phrases
from intents.understanding import load_recogniser


def measure(texts: int, rounds: int) -> list[Measured]:
    """Ours beside rapidfuzz's own scorer over the same folded examples; no text comes twice.

    The floor is `token_set_ratio` of one text with every example: less than any recogniser built
    on rapidfuzz without an index would have to do.
    """
    recogniser = load_recogniser()
    folded = [fold(phrase.text) for phrase in load_phrases()]
    ours: list[list[float]] = []
    floor: list[float] = []
    for number in range(rounds):
        made = _texts(texts, number)
        ours.append([_milliseconds(recogniser.understand, text) for text in made])
        floor += [_milliseconds(_best, fold(text), folded) for text in made[:100]]
    median = statistics.median(statistics.median(each) for each in ours)
    p99 = statistics.median(percentile(each, 0.99) for each in ours)
    beside = statistics.median(floor)
    return [
        Measured(
            f"a text, {len(folded)} examples", round(median, 3), round(beside, 3),
            round(median / beside, 3), "ms", round(p99, 3),
        )
    ]  # fmt: skip


def _best(text: str, examples: list[str]) -> object:
    return process.extractOne(text, examples, scorer=fuzz.token_set_ratio)


def _milliseconds(work: object, *arguments: object) -> float:
    assert callable(work)
    began = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - began) * 1000


def _texts(count: int, number: int) -> list[str]:
    """Examples with a slip and, every third, with an address; each once, seeded by the round."""
    chance = random.Random(number)
    phrases = [phrase.text for phrase in load_phrases()]
    made = []
    for index in range(count):
        text = chance.choice(phrases)
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice("aeiouks ") + text[place + 1 :]
        if index % 3 == 0:
            text = f"{text}, Brīvības {chance.randint(1, 200)}-{chance.randint(1, 60)}"
        made.append(f"{text} {index}" if index % 7 == 0 else text)
    return list(dict.fromkeys(made))
