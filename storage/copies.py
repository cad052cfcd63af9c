"""Copies of a SQLite file: made whole while others write, and put back without a moment between.

A copy is marked as one (`COPY`), so that a service that finds it in its place knows that the
world has gone on since.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from storage.database import StorageError, stamp

COPY = "copy_taken_at"  # the switch of a copy; its value is when it was taken
Progress = Callable[[int, int], None]
_PAGES = 2000  # copied between two calls of `progress`
_MARK = """INSERT INTO switches VALUES (?, ?, ?, 'backup')
           ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at"""


def copy_out(
    source: sqlite3.Connection, path: Path, at: datetime, progress: Progress | None = None
) -> None:
    """A checked copy of one moment at `path`, readable by its owner only; never half a file.

    Raises StorageError when the file is there already, cannot be written or is not whole.
    """
    if path.exists():
        raise StorageError(f"{path} is there already; name a file that is not.")
    part = _part_of(path)
    try:
        _snapshot(source, part, progress)
        _mark_and_check(part, at)
        _flush(part)
        _name_once(part, path)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{path} cannot be written: {_why(error)}") from error
    finally:
        part.unlink(missing_ok=True)


def _part_of(path: Path) -> Path:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}. "
            "Is its folder there, and yours to write in?"
        ) from error
    return part


def _snapshot(source: sqlite3.Connection, part: Path, progress: Progress | None) -> None:
    # Inside a reading transaction all pages are of one moment. Without it every commit of others
    # makes SQLite begin the copy anew, and beside a busy service it would never end.
    source.execute("BEGIN")
    try:
        source.execute("SELECT count(*) FROM switches").fetchone()
        with closing(sqlite3.connect(part)) as target:
            source.backup(
                target, pages=_PAGES,
                progress=lambda _, left, total: progress(total - left, total) if progress else None,
            )  # fmt: skip
    finally:
        source.execute("COMMIT")


def _mark_and_check(part: Path, at: datetime) -> None:
    with closing(sqlite3.connect(part)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        with copy:
            copy.execute(_MARK, (COPY, stamp(at), stamp(at)))
        _check_whole(copy, part)


def _check_whole(copy: sqlite3.Connection, path: Path) -> None:
    found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise StorageError(f"{path} is not whole: {'; '.join(found)[:200]}")
    if copy.execute("PRAGMA foreign_key_check").fetchone():
        raise StorageError(f"{path} is not whole: rows point to rows that are not there.")


def check_copy(path: Path) -> None:
    """Raise StorageError unless the file is a whole database. It is only read."""
    if not path.is_file():
        raise StorageError(f"There is no file {path}.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'switches'").fetchone():
                return _check_whole(copy, path)
    except sqlite3.DatabaseError as error:
        raise StorageError(f"The file {path} cannot be read as a database: {error}.") from error
    raise StorageError(f"The file {path} holds tables of another program; name another file.")


def put_in_place(
    copy: Path, target: Path, prepare: Callable[[str], None], now: datetime
) -> Path | None:  # fmt: skip
    """Put a copy where the database is; what was there is kept beside it, under the name returned.

    `prepare` works on the new file before it has its name, given its address: so there is no moment
    at which an unprepared database could be opened. Raises StorageError while somebody uses the
    old one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(target)
    try:
        shutil.copyfile(copy, part)
        prepare(f"sqlite:///{part}")
        _flush(part)
        kept = _set_aside(target, now)
        part.replace(target)
        flush_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        for name in (part, Path(f"{part}-wal"), Path(f"{part}-shm")):
            name.unlink(missing_ok=True)
    return kept


def _set_aside(target: Path, now: datetime) -> Path | None:
    if not target.exists():
        return None
    _close_log(target)
    kept = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%S}")
    # A second name for it, and not a move: at no moment is there no database.
    os.link(target, kept)
    return kept


def _close_log(target: Path) -> None:
    """Bring the log into the file and remove it; only who is alone with a database can."""
    try:
        with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as old:
            mode = old.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"The database {target} is in use; stop the service (serve and worker) first."
        ) from error
    except sqlite3.DatabaseError:
        mode = "delete"  # destroyed: kept as it is, log and all
    if mode != "delete":
        raise StorageError(f"The database {target} is in use; stop the service first.")
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{target}{suffix}").replace(f"{target}{suffix}.old")


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the names in the folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name_once(part: Path, path: Path) -> None:
    """Give the file its name, unless somebody has taken it meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise StorageError(f"{path} is there already; name a file that is not.") from None
    except OSError:
        # A file system without second names: nobody else writes to a folder of backups.
        part.replace(path)
    flush_folder(path.parent)


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror}."
    return f"{error}. Is the disk full?"
