"""The folder in which texts and receipts wait while the database cannot be written.

One file each, readable by its owner only, on the disk before the provider is told that it was
taken; a file is there as a whole or not at all. Names sort by the order in which they came, also
when the clock is put back, and tell nothing of what is inside.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.settings import Settings
from storage.copies import flush_folder

# A storm writes some hundred texts a second; so many are minutes of it.
MOST_FILES = 20_000
# Files of this size are kept ready, so that a full disk still has room for as many texts. The
# longest text of ten parts, in its widest letters, fits in one.
RESERVE_BYTES, RESERVE_FILES = 8192, 256
OLD_PART_SECONDS = 60.0
_PATIENCE = 60  # looks, of 0.05 s, for who takes texts to be done
_ENDING, _PART, _RESERVE, _ASIDE = ".json", ".part", "reserve-", "aside-"
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
_FULL = (errno.ENOSPC, errno.EDQUOT)


class SpoolError(Exception):
    """Nothing can be kept there now; the sentence says why."""


def folder_of(settings: Settings) -> Path:
    """Where texts wait by these settings: beside the database, unless they name a place."""
    if settings.spool:
        return Path(settings.spool)
    parts = urlsplit(settings.database_url)
    if parts.scheme != "sqlite":
        return Path("var/spool")
    path = Path(parts.path.removeprefix("/"))
    return path.with_name(f"{path.name}.spool")


class Spool:
    """One folder. Several processes of a machine may share it."""

    def __init__(self, folder: Path, most: int = MOST_FILES, reserve: int = RESERVE_FILES) -> None:
        self._folder, self._most, self._reserve = folder, most, reserve
        self._lock = threading.Lock()
        self._last = 0
        self._count = len(self.names())

    def prepare(self) -> None:
        """Make the folder and what it keeps ready, as far as it can; never raises."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            there = self._listed()
            for name in (each for each in there if each.endswith(_PART)):
                path = self._folder / name
                if time.time() - path.lstat().st_mtime > OLD_PART_SECONDS:
                    path.unlink()  # its writer was killed, and its sender told nothing
            for name in (f"{_RESERVE}{number:03}" for number in range(self._reserve)):
                if name not in there:
                    self._write(self._folder / name, b" " * RESERVE_BYTES)

    def put(self, entry: Mapping[str, Any], share: float = 1.0) -> str:
        """Keep an entry and have it on the disk; its name. Raises SpoolError.

        `share`: of the room there is, how much entries of this kind may take.
        """
        data = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")
        with self._lock:
            if self._count >= self._most * share:
                raise SpoolError(f"{self._count} files wait in {self._folder} already.")
            name = self._next_name()
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._keep(name, data)
            except OSError as error:
                raise SpoolError(f"{self._folder} cannot be written: {error.strerror}.") from error
            self._count += 1
        return name

    def names(self) -> list[str]:
        """What waits, in the order in which it came."""
        found = self._listed()
        return sorted(name for name in found if name.endswith(_ENDING) and name[0].isdigit())

    def aside(self) -> int:
        """How many entries could not be taken at all and wait for a person."""
        return len(self.aside_names())

    def aside_names(self) -> list[str]:
        """Those, in the order in which they came."""
        return sorted(name for name in self._listed() if name.startswith(_ASIDE))

    def trouble(self) -> str:
        """Why nothing could be kept there; '' when it could. Leaves nothing behind."""
        folder = self._folder
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent  # it is made when it is needed
        if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            return f"{self._folder} cannot be written."
        if folder == self._folder and folder.stat().st_mode & 0o022:
            return f"others may write in {self._folder}, and so texts of their own: chmod 700."
        return ""

    def read(self, name: str) -> dict[str, Any] | None:
        """An entry; None when another process has taken it. Raises ValueError for a broken one."""
        try:
            with os.fdopen(self._open(name, os.O_RDONLY), "rb") as file:
                made = json.loads(file.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ValueError("an entry is no link") from error
            raise SpoolError(f"{self._folder} cannot be read: {error.strerror}.") from error
        if not isinstance(made, dict):
            raise ValueError("an entry is an object")
        return made

    def remove(self, name: str) -> None:
        """It was taken. When it cannot be removed it is taken again, which changes nothing."""
        with suppress(OSError):
            (self._folder / name).unlink()
        self._recount()

    def set_aside(self, name: str) -> None:
        """It cannot be taken: for a person to look at."""
        with suppress(OSError):
            (self._folder / name).rename(self._folder / f"{_ASIDE}{name}")
        self._recount()

    def bring_back(self, name: str) -> None:
        """What was set aside is tried again."""
        with suppress(OSError):
            (self._folder / name).rename(self._folder / name.removeprefix(_ASIDE))
        self._recount()

    def wipe(self, name: str) -> None:
        """Delete an entry, its words overwritten first. What is gone already is left."""
        path = self._folder / name
        with suppress(OSError):
            with suppress(OSError, ValueError):  # a link, or a file of somebody else's, only goes
                _write_all(self._open(name, os.O_WRONLY), b" " * path.lstat().st_size)
            path.unlink()
        self._recount()

    def of(self, phones: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The texts of these phones, set aside or not, by their names."""
        for name in (*self.aside_names(), *self.names()):
            with suppress(ValueError, SpoolError):
                entry = self.read(name)
                if entry is not None and entry.get("phone") in phones:
                    yield name, entry

    def forget(self, phones: Collection[str]) -> int:
        """Delete all texts of these phones; how many. Whoever takes texts now is waited for."""
        for _ in range(_PATIENCE):
            with self.alone() as alone:
                if alone:
                    break
            time.sleep(0.05)
        with self.alone():
            found = [name for name, _ in self.of(phones)]
            for name in found:
                self.wipe(name)
        return len(found)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process of this machine takes what waits, until the block ends."""
        try:
            handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield True  # a full disk: nobody can take the lock, and taking twice changes nothing
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(handle)

    # -- inside ------------------------------------------------------------------------------

    def _open(self, name: str, way: int) -> int:
        """A file of the folder's owner or of ours, and nothing else: whoever may put a link, a pipe
        or a file of theirs here shall lead us nowhere. Raises OSError, ValueError."""
        handle = os.open(self._folder / name, way | os.O_NOFOLLOW | os.O_NONBLOCK)
        found, owners = os.fstat(handle), {os.geteuid(), self._folder.stat().st_uid}
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in owners:
            os.close(handle)
            raise ValueError("an entry is a file of ours")
        return handle

    def _listed(self) -> set[str]:
        try:
            return {path.name for path in self._folder.iterdir()}
        except OSError:
            return set()

    def _recount(self) -> None:
        with self._lock:
            self._count = len(self.names())

    def _next_name(self) -> str:
        if not self._last:
            newest = self.names()[-1:]
            self._last = int(newest[0].partition("-")[0]) if newest else 0
        self._last = max(time.time_ns(), self._last + 1)
        return f"{self._last:020}-{os.getpid()}{_ENDING}"

    def _keep(self, name: str, data: bytes) -> None:
        path = self._folder / name
        try:
            self._write(path, data)
        except OSError as error:
            if error.errno not in _FULL or not self._keep_in_reserve(path, data):
                raise
        flush_folder(self._folder)

    def _write(self, path: Path, data: bytes) -> None:
        """The file appears under its name when all of it is on the disk."""
        part = path.with_suffix(_PART)
        try:
            _write_all(os.open(part, _ANEW, 0o600), data)
            part.rename(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _keep_in_reserve(self, path: Path, data: bytes) -> bool:
        """Write into a file that has its room on the disk already; False when none is left."""
        if len(data) > RESERVE_BYTES:
            return False
        for number in range(self._reserve):
            ready = self._folder / f"{_RESERVE}{number:03}"
            try:
                handle = self._open(ready.name, os.O_WRONLY)
            except (OSError, ValueError):
                continue
            _write_all(handle, data.ljust(RESERVE_BYTES))
            ready.rename(path)
            return True
        return False


def _write_all(handle: int, data: bytes) -> None:
    """Write, wait for the disk, and close."""
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
