"""Everything that takes what strangers write, by name: `./run fuzz TARGET`.

A target is made on an empty folder and called with bytes; it raises when a promise is broken. What
a stranger may get (a refusal, a question back, FileRefused) is no exception.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

SEEDS = Path(__file__).with_name("seeds")


class Target(Protocol):
    """One thing under fire."""

    def __call__(self, data: bytes) -> None: ...

    def close(self) -> None: ...


TARGETS: dict[str, str] = {
    "twilio": "of_http.Twilio",
    "kannel": "of_http.Kannel",
    "api": "of_http.Api",
    "visitor": "of_http.Visitor",
    "importer": "of_files.Importer",
    "policy": "of_files.Policies",
    "catalogue": "of_files.Catalogues",
    "lists": "of_files.Lists",
    "mails": "of_files.Mails",
    "understand": "of_texts.Understand",
    "talk": "of_texts.Talk",
    "words": "of_texts.Words",
    "numbers": "of_texts.Numbers",
}


def open_target(name: str, folder: Path) -> Target:
    """The target of this name. Its module is loaded now: a fuzzer prepares ours before."""
    module, made = TARGETS[name].split(".")
    return cast(Target, getattr(import_module(f"tests.fuzz.{module}"), made)(folder))


def seeds(name: str) -> list[Path]:
    """Inputs that are tried on every run: those that once broke something."""
    folder = SEEDS / name
    return sorted(folder.iterdir()) if folder.is_dir() else []
