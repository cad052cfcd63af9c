"""The example phrases: `phrases/{lv,ru,en}/*.txt`, `[intent]` sections with one phrase a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from intents.model import INTENTS, LANGUAGES

PHRASES_FOLDER = Path(__file__).with_name("phrases")


class PhraseError(ValueError):
    """A line that is no phrase: the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One example of how customers say one thing. `language` is '' when it is not known.

    `where` is its file and line ("lv/faults.txt:12"), '' when it came from elsewhere.
    """

    language: str
    intent: str
    text: str
    where: str = field(default="", compare=False)


def load_phrases(folder: Path = PHRASES_FOLDER) -> tuple[Phrase, ...]:
    """All phrases of all languages. Raises PhraseError at the first wrong line."""
    found: list[Phrase] = []
    for language, path in phrase_files(folder):
        name = f"{language}/{path.name}"
        found += parse_phrases(path.read_text(encoding="utf-8"), language, name)
    return tuple(found)


def phrase_files(folder: Path = PHRASES_FOLDER) -> Iterator[tuple[str, Path]]:
    """Language and path of every file, in one order. Raises PhraseError if a language has none."""
    for language in LANGUAGES:
        paths = sorted((folder / language).glob("*.txt"))
        if not paths:
            raise PhraseError(f"{folder / language}: there is no file of phrases")
        yield from ((language, path) for path in paths)


def parse_phrases(text: str, language: str, name: str) -> list[Phrase]:
    """The phrases of one file. Raises PhraseError at the first wrong line."""
    found, wrong = read_phrases(text, language, name)
    if wrong:
        where, sentence = wrong[0]
        raise PhraseError(f"{where}: {sentence}")
    return found


def read_phrases(text: str, language: str, name: str) -> tuple[list[Phrase], list[tuple[str, str]]]:
    """The phrases of one file, and (file and line, sentence) of each line that is none.

    Blank lines and lines that begin with # are left out.
    """
    found: list[Phrase] = []
    wrong: list[tuple[str, str]] = []
    intent: str | None = None  # '' while in a section that is no intent
    for number, line in enumerate(text.splitlines(), 1):
        words, where = line.strip(), f"{name}:{number}"
        if not words or words.startswith("#"):
            continue
        if words.startswith("["):
            intent = _section(words)
            if not intent:
                wrong.append((where, f"not an intent: {words!r}"))
        elif intent:
            found.append(Phrase(language, intent, words, where))
        elif intent is None:
            wrong.append((where, f"a phrase before the first [intent]: {words!r}"))
    return found, wrong


def _section(words: str) -> str:
    intent = words.removeprefix("[").removesuffix("]")
    return intent if f"[{intent}]" == words and intent in INTENTS else ""


def parse_rows(lines: Iterable[str], name: str) -> list[Phrase]:
    """Rows `language<TAB>intent<TAB>text` of any label set. Raises PhraseError at a wrong row."""
    found: list[Phrase] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        parts = line.rstrip("\r\n").split("\t")
        if len(parts) != 3 or not parts[1].strip():
            raise PhraseError(f"{name}:{number}: not language, intent and text: {line.strip()!r}")
        language, intent, text = (part.strip() for part in parts)
        found.append(Phrase(language, intent, text, f"{name}:{number}"))
    return found
