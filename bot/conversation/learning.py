"""The recogniser of this process: of the shipped phrases and those accepted here, kept current.

A change shows within half a minute, without a restart: it is learned in a process of its own, so
that no text waits for it, and what was learned takes the place of what answers when it is ready.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.watch import Watch
from intents.phrases import Phrase
from intents.understanding import Recogniser, is_learned, taught_recogniser
from storage import Database, candidates

CHECK_SECONDS = 15.0
LEARNING_SECONDS = 300.0  # at most; about 10 on an idle machine
_ROOT = Path(__file__).parents[2]
_OVERDUE_SECONDS = 60.0  # without a check for so long, whoever checked is gone (after a fork)
log = logging.getLogger("gaisma.learning")


class Learning:
    """Hands out the current recogniser. `fixed`: this one for good."""

    def __init__(self, database: Database, fixed: Recogniser | None = None) -> None:
        self._database = database
        self._fixed = fixed is not None
        self._version = "" if fixed else candidates.phrases_version(database)
        self._recogniser = fixed or load_taught(database)
        self._watch = Watch("gaisma-learning", lambda: CHECK_SECONDS, _OVERDUE_SECONDS)

    @property
    def recogniser(self) -> Recogniser:
        """The current one. A change is looked for beside this, after `watch`."""
        if self._watch.is_gone:
            self.watch()
        return self._recogniser

    def watch(self) -> None:
        """Look for new phrases from now on, in a thread that ends with this object."""
        if not self._fixed:
            self._watch.start(self)

    def refresh(self) -> bool:
        """Learn anew if the accepted phrases are others than before; whether they were.

        Raises StorageError when the database cannot be read.
        """
        version = candidates.phrases_version(self._database)
        if self._fixed or version == self._version:
            return False
        started = time.monotonic()
        learn_beside(accepted(self._database))
        self._recogniser = load_taught(self._database)
        self._version = version
        log.info("the accepted phrases were learned in %.1f s", time.monotonic() - started)
        return True


def learn_beside(taught: Sequence[Phrase]) -> None:
    """Have the shipped phrases and these learned, unless they are, by a process of its own.

    It takes seconds and 350 MB: too much for a process in which texts wait. Where it fails, or
    nothing can be kept, `load_taught` learns by itself.
    """
    if is_learned(taught):
        return
    rows = json.dumps([(phrase.language, phrase.intent, phrase.text) for phrase in taught])
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            [sys.executable, "-m", "bot.conversation.learning"], input=rows, text=True, check=True,
            timeout=LEARNING_SECONDS, capture_output=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )  # fmt: skip


def load_taught(database: Database) -> Recogniser:
    """The recogniser of the shipped phrases and of those accepted in this database."""
    return taught_recogniser(accepted(database))


def accepted(database: Database) -> tuple[Phrase, ...]:
    """The phrases of this installation."""
    return tuple(
        Phrase(str(row["language"]), str(row["intent"]), str(row["text"]))
        for row in candidates.phrases(database)
    )


def main() -> None:
    """Learn the phrases that come in as JSON, and keep what was learned for `load_taught`."""
    with suppress(OSError):
        os.nice(10)  # whoever answers texts goes first
    taught_recogniser([Phrase(*row) for row in json.load(sys.stdin)])


if __name__ == "__main__":
    main()
