"""Examples under the help of each command, from `examples.txt` beside this file."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import click

FILE = Path(__file__).with_name("examples.txt")
WIDTH = 73  # with the indent and the backslash, a terminal of 80


@cache
def lines() -> tuple[str, ...]:
    """Every example: a whole command, as one types it."""
    text = FILE.read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def show_examples(command: click.Command, path: str) -> None:
    """Put the examples of `path` ("gaisma campaign") and of all below it under their help.

    A group shows the first one of each of its commands, and their whole first sentence: click
    would cut it in the middle.
    """
    command.short_help = _first_sentence(command.help or "")
    found = [line for line in lines() if f"{line} ".startswith(f"{path} ")]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            show_examples(below, f"{path} {name}")
        found = _one_each(found, len(path.split()))
    if found:
        folded = (_fold(line) for line in found)
        command.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in folded)


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z)`])\. ", paragraph)[0].removesuffix(".")


def _one_each(found: list[str], at: int) -> list[str]:
    """The first example of each command: `at` is where its own name stands in the line."""
    first: dict[str, str] = {}
    for line in found:
        words = shlex.split(line)
        first.setdefault(words[at] if at < len(words) else "", line)
    return list(first.values())


def _fold(line: str) -> str:
    """A long command on several lines, broken before options as a shell allows it."""
    rows = [""]
    for piece in re.split(r" (?=--|> )", line):
        if rows[-1] and len(rows[-1]) + len(piece) > WIDTH:
            rows.append(piece)
        else:
            rows[-1] = f"{rows[-1]} {piece}".lstrip()
    return " \\\n      ".join(rows)
