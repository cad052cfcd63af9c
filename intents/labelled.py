"""Labelled texts from a file that people made: what is wrong in it is told, the rest is read."""

from __future__ import annotations

from intents.phrases import Phrase

_HEADINGS = frozenset(("language", "lang", "valoda", "язык"))


def read_rows(written: str, name: str) -> tuple[list[Phrase], list[tuple[str, str]]]:
    """Rows `language<TAB>intent<TAB>text`, and (file and line, sentence) of each line that is none.

    Any names of intents. A byte order mark, CRLF, empty lines and a header line are no mistakes.
    """
    found: list[Phrase] = []
    wrong: list[tuple[str, str]] = []
    lines = written.removeprefix("\ufeff").split("\n")  # a text may hold other line breaks
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        parts, where = [part.strip() for part in line.split("\t")], f"{name}:{number}"
        if not (found or wrong) and parts[0].lower() in _HEADINGS:
            continue
        sentence = _mistake(parts)
        if sentence:
            wrong.append((where, sentence))
        else:
            language, intent, text = parts
            found.append(Phrase(language, intent, text, where))
    return found, wrong


def _mistake(parts: list[str]) -> str:
    if len(parts) != 3:
        return "is not language, intent and text with a tab between each"
    if not parts[1]:
        return "has no intent in its second column"
    return "" if parts[2] else "has no text in its third column"
