"""Files that were checked and are not loaded yet: kept for half an hour for who sent them.

A file is found only with the token of the session that sent it; nothing of it is in the browser.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
import time
from pathlib import Path

from werkzeug.datastructures import FileStorage

SECONDS = 30 * 60.0


class Pending:
    """The folder of these files: readable by this account of the machine alone."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.gettempdir()) / f"gaisma-checked-{os.getuid()}"

    def keep(self, given: FileStorage, token: str) -> tuple[str, Path]:
        """Keep a file for the session; the name to ask for it by, and where it is."""
        self.sweep()
        name = secrets.token_urlsafe(12)
        path = self._path(name, token)
        given.save(path)
        os.utime(path, (time.time(), time.time()))
        return name, path

    def find(self, name: str, token: str) -> Path | None:
        """The file that this session sent; None when it sent none of the name, or too long ago."""
        self.sweep()
        path = self._path(name, token)
        return path if path.is_file() else None

    def sweep(self) -> None:
        """Forget what nobody has loaded in time."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        there = self._folder.lstat()
        if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.getuid() or there.st_mode & 0o077:
            raise PermissionError(f"{self._folder} is not this account's own folder")
        too_old = time.time() - SECONDS
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < too_old:
                    path.unlink()
            except FileNotFoundError:  # another process was quicker
                continue

    def _path(self, name: str, token: str) -> Path:
        mark = hashlib.sha256(f"{token} {name}".encode()).hexdigest()
        return self._folder / f"{mark}.csv"
