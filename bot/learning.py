"""The recogniser of this process: of the shipped phrases and those accepted here, kept current.

A change shows within a quarter of a minute, without a restart: what learns anew does so beside
the one that answers, and takes its place when it is ready.
"""

from __future__ import annotations

import logging
import time

from bot.watch import Watch
from intents.phrases import Phrase
from intents.understanding import Recogniser, taught_recogniser
from storage import Database, candidates

CHECK_SECONDS = 15.0
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
        self._recogniser = load_taught(self._database)
        self._version = version
        log.info("the accepted phrases were learned in %.1f s", time.monotonic() - started)
        return True


def load_taught(database: Database) -> Recogniser:
    """The recogniser of the shipped phrases and of those accepted in this database."""
    return taught_recogniser(accepted(database))


def accepted(database: Database) -> tuple[Phrase, ...]:
    """The phrases of this installation."""
    return tuple(
        Phrase(str(row["language"]), str(row["intent"]), str(row["text"]))
        for row in candidates.phrases(database)
    )
