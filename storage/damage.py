"""Whether a crash cost more than it may: commits that were lost with a damaged write-ahead log.

SQLite takes the log as far as its checksums go and says nothing of the rest. After a power cut that
is right: the last commit may be half on the disk, and nobody was told that it was made. Two or more
commits beyond that point were told, and are lost: what the database says is waiting may have gone.
The format of the log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
from pathlib import Path

from storage.vitals import path_of
from storage.writer import BUSY_SECONDS

_HEADER, _FRAME = 32, 24
_TORN = 1  # commits that a power cut may leave half written


def lost_commits(url: str) -> int:
    """How many commits the log of this database has lost; 0 when all is well, or for another
    engine. To be asked before anything is written. The damaged log is kept beside the file."""
    path = path_of(url)
    log = Path(f"{path}-wal")
    if path is None or not log.exists() or log.stat().st_size <= _HEADER:
        return 0
    before = _header(log)
    commits = _commits(log, before)
    try:
        conn = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _, valid, _ = conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            lost = sum(commits[valid:])
            # A log that began anew meanwhile is in use, and no question is open.
            if lost <= _TORN or _header(log) != before:
                return 0
            shutil.copy2(log, f"{log}.damaged")
        finally:
            conn.close()
    except (sqlite3.Error, OSError):
        return 0  # whoever opens it next says what is wrong
    return lost


def _header(log: Path) -> bytes:
    with log.open("rb") as file:
        return file.read(_HEADER)


def _commits(log: Path, header: bytes) -> list[bool]:
    """Of every frame since the log began anew: whether it ends a transaction."""
    if len(header) < _HEADER:
        return []
    page_size = struct.unpack(">I", header[8:12])[0]
    salts = header[16:24]
    if not 512 <= page_size <= 65536:
        return []
    found = []
    with log.open("rb") as file:
        file.seek(_HEADER)
        while len(frame := file.read(_FRAME)) == _FRAME and frame[8:16] == salts:
            found.append(frame[4:8] != b"\0\0\0\0")
            file.seek(page_size, 1)
    return found
