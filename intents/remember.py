"""What was learned of the example phrases, kept beside the code as Python keeps its own bytecode.

Learning takes a second, reading what was learned a twentieth of that, and a webhook must answer
soon after a start. A file that is missing, broken or of other phrases is simply learned anew.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
FOLDER = Path(__file__).parent
KEPT_IN = FOLDER / "__pycache__"


class Remember(Protocol):
    """Gives what is kept under a name, or what `make` makes, of plain values only."""

    def __call__(self, name: str, make: Callable[[], T], /) -> T: ...


def learn_anew(name: str, make: Callable[[], T], /) -> T:
    """Keeps nothing: for other phrases than those that come with the program."""
    return make()


class Kept:
    """What is kept for the phrases and the code as they are now. `save` after using it.

    `more`: whatever else it depends on; files of another `name` are let alone.
    """

    def __init__(self, folder: Path = KEPT_IN, *, name: str = "learned", more: str = "") -> None:
        self._name = name
        self._path = _path(folder, name, more)
        self._values: dict[str, Any] = {}
        # As with bytecode: whoever can write here can change the code as well.
        with suppress(OSError, ValueError, EOFError, TypeError):
            self._values = dict(marshal.loads(self._path.read_bytes()))  # noqa: S302
        self._new = False

    def __call__(self, name: str, make: Callable[[], T], /) -> T:
        if name not in self._values:
            self._values[name] = make()
            self._new = True
        value: T = self._values[name]
        return value

    def save(self) -> None:
        """Keep what was learned for the next start; where nothing can be written, it is not."""
        if not self._new:
            return
        part = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            part.write_bytes(marshal.dumps(self._values))
            part.replace(self._path)  # in one step: another start never reads half of it
            for old in self._path.parent.glob(f"{self._name}-*"):
                if old != self._path:
                    old.unlink(missing_ok=True)


def is_kept(*, name: str = "learned", more: str = "") -> bool:
    """Whether a file is there; one that is broken is found out when it is read."""
    return _path(KEPT_IN, name, more).exists()


def _path(folder: Path, name: str, more: str) -> Path:
    return folder / f"{name}-{_fingerprint(more)}.bin"


def _fingerprint(more: str) -> str:
    """Changes with the phrases, the code that learns, and the Python that reads it."""
    return hashlib.sha256(f"{_files()}{sys.version}{more}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _files() -> str:
    digest = hashlib.sha256()
    kinds = ("*.py", "*.txt", "phrases/*/*.txt")
    for path in sorted(path for kind in kinds for path in FOLDER.glob(kind)):
        digest.update(path.relative_to(FOLDER).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
