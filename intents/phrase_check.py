"""What is wrong with the files of example phrases: each finding with file, line and a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from intents.fold import fold
from intents.language import LanguageGuesser
from intents.model import INTENTS, LANGUAGES
from intents.phrases import PHRASES_FOLDER, Phrase, phrase_files, read_phrases

_FREQUENT = frozenset((
    "report_fault", "outage_status", "planned_outages", "register", "danger", "still_out",
    "restored", "agent", "billing", "complaint", "power_quality",
))  # fmt: skip
_ENOUGH_FREQUENT, _ENOUGH_OTHER, _ENOUGH = 60, 300, 25
# Of the shipped phrases, pairs nearer than this were one sentence twice; the nearest pair that
# is right as it is, "включили свет" and "выключили свет", has 96.3.
_NEAR = 97.0
_LONGEST = 160  # characters of one SMS
# Words that all three languages borrow: "hallo", "ok", "thx", "paldies".
_BORROWED = frozenset(("greeting", "thanks", "yes", "no", "language", "choice", "opt_out"))
_NAMES = {"lv": "Latvian", "ru": "Russian", "en": "English"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `where` is file and line ("lv/faults.txt:12"), or the file alone."""

    where: str
    sentence: str


def check_files(folder: Path = PHRASES_FOLDER) -> list[Finding]:
    """All findings of a folder of phrase files, wrong lines first. Raises PhraseError if a
    language has no file, OSError and UnicodeDecodeError when one cannot be read."""
    findings: list[Finding] = []
    phrases: list[Phrase] = []
    for language, path in phrase_files(folder):
        name = f"{language}/{path.name}"
        read, wrong = read_phrases(path.read_text(encoding="utf-8"), language, name)
        phrases += read
        findings += [Finding(where, sentence) for where, sentence in wrong]
    return findings + check_phrases(phrases)


def check_phrases(phrases: Sequence[Phrase]) -> list[Finding]:
    """Findings about phrases that could be read, in the order of the checks."""
    return [
        *_twice(phrases),
        *_nearly_twice(phrases),
        *_too_long(phrases),
        *_foreign(phrases),
        *_thin(phrases),
    ]


def _twice(phrases: Sequence[Phrase]) -> Iterator[Finding]:
    first: dict[str, Phrase] = {}
    for phrase in phrases:
        key = fold(phrase.text)
        known = first.setdefault(key, phrase)
        if not key:
            yield Finding(phrase.where, f"{phrase.text!r} has no letter and no digit that is read.")
        elif known is phrase:
            continue
        elif known.intent != phrase.intent:
            yield Finding(
                phrase.where,
                f"{phrase.text!r} is {phrase.intent} here and {known.intent} at {known.where} "
                f"({known.text!r}); it can mean only one.",
            )
        elif known.language == phrase.language:
            yield Finding(
                phrase.where, f"{phrase.text!r} is at {known.where} already ({known.text!r})."
            )


def _nearly_twice(phrases: Sequence[Phrase]) -> Iterator[Finding]:
    for language in LANGUAGES:
        own = [phrase for phrase in phrases if phrase.language == language]
        keys = [fold(phrase.text) for phrase in own]
        orders: dict[str, int] = {}
        for place, key in enumerate(keys):
            near = process.extract(key, keys[:place], scorer=fuzz.ratio, score_cutoff=_NEAR)
            found = {other: text for text, _, other in near}
            same_words = orders.setdefault(" ".join(sorted(key.split())), place)
            found[same_words] = keys[same_words]
            for other, text in found.items():
                if own[other].intent != own[place].intent and text != key:
                    yield _near_finding(own[place], own[other])


def _near_finding(phrase: Phrase, other: Phrase) -> Finding:
    return Finding(
        phrase.where,
        f"{phrase.text!r} ({phrase.intent}) is nearly {other.text!r} ({other.intent}) at "
        f"{other.where}; keep the one that is right.",
    )


def _too_long(phrases: Sequence[Phrase]) -> Iterator[Finding]:
    for phrase in phrases:
        if len(phrase.text) > _LONGEST:
            yield Finding(
                phrase.where,
                f"{phrase.text[:30]!r}... has {len(phrase.text)} characters; one SMS has "
                f"{_LONGEST}. Keep the part that tells the meaning.",
            )


def _foreign(phrases: Sequence[Phrase]) -> Iterator[Finding]:
    guesser = LanguageGuesser(phrases)
    for phrase in phrases:
        language, sure = guesser.guess(phrase.text)
        if sure and language != phrase.language and phrase.intent not in _BORROWED:
            yield Finding(
                phrase.where,
                f"{phrase.text!r} looks {_NAMES[language]} and stands among "
                f"{_NAMES[phrase.language]} phrases.",
            )


def _thin(phrases: Sequence[Phrase]) -> Iterator[Finding]:
    counts = Counter((phrase.language, phrase.intent) for phrase in phrases)
    files = {(phrase.language, phrase.intent): phrase.where.partition(":")[0] for phrase in phrases}
    for language in LANGUAGES:
        for intent in INTENTS:
            have, need = counts[language, intent], enough(intent)
            if have < need:
                yield Finding(
                    files.get((language, intent), language),
                    f"{intent} has {have} {_NAMES[language]} phrases; at least {need} "
                    "are needed to tell it from the rest.",
                )


def enough(intent: str) -> int:
    """How many phrases of an intent each language must have."""
    if intent == "other":
        return _ENOUGH_OTHER
    return _ENOUGH_FREQUENT if intent in _FREQUENT else _ENOUGH
