"""Checks of what is on this machine: database, disk, worker, queue, backups."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from bot.conversation.guessing import guessed
from bot.people.erasures import path_of
from bot.policy import PolicyError, read_policy
from bot.running import audited
from bot.running.checks import MEND, NOTE, OK, Check, Look
from bot.running.figures import BACKED_UP, WORKER_LEASE
from bot.settings import Settings
from bot.spool.files import Spool, folder_of
from storage import Database, StorageError, open_database, vitals
from storage.database import moment, shown_address

MIN_FREE_BYTES = 500_000_000
LONG_LOG_BYTES = 512_000_000
LOOK_SECONDS = 4.0
LATE = timedelta(minutes=5)
AUDIT_ROWS = 5000
OLD_BACKUP = timedelta(hours=48)
# Signatures and leases go by the clock.
WRONG_CLOCK = timedelta(seconds=30)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def database(settings: Settings) -> Iterator[Check]:
    """Its schema, how it is set, whether it is whole and can be written; then what is in it."""
    if lost := vitals.missing(settings.database_url):
        yield Check("database", MEND, lost)
        return
    try:
        opened = open_database(settings.database_url)
    except StorageError as error:
        yield Check("database", MEND, str(error))
        return
    try:
        left = opened.pending_migrations()
        if left:
            yield Check(
                "database", MEND, f"lacks {len(left)} migration step(s); run: gaisma migrate"
            )
            return
        yield Check("database", OK, f"up to date, {shown_address(settings.database_url)}")
        if host := unguarded(settings.database_url):
            yield Check("database", MEND, f"what goes to {host} may be read on the way, and "
                        "another may answer in its place: end GAISMA_DATABASE_URL with "
                        "?sslmode=verify-full")  # fmt: skip
        yield from _engine(opened)
        yield from _worker(opened)
        yield from _state(opened)
        yield from _guessing(opened, settings)
        yield _audit(opened, settings)
        if opened.engine != "sqlite" and not settings.erasures:
            yield Check("erasures", NOTE, f"GAISMA_ERASURES is not set: the list is "
                        f"{path_of(settings).absolute()}, which other hosts do not see; whoever "
                        "was erased here is back when one of them adopts a backup")  # fmt: skip
    except StorageError as error:
        yield Check("database", MEND, str(error))
    finally:
        opened.close()


def _file(opened: Database) -> Iterator[Check]:
    whole = opened.examine(LOOK_SECONDS)
    if whole is None:
        yield Check(
            "pages", NOTE, "too large to be read through now; gaisma backup checks them all"
        )
    elif whole:
        yield Check(
            "pages", MEND, f"the file is damaged ({whole}); see After a restore in the docs"
        )
    else:
        yield Check("pages", OK, "whole")
    if vitals.pragma(opened, "journal_mode") != "wal":
        yield Check("log", MEND, "the write-ahead log is off: is the file on a network share?")
    if vitals.pragma(opened, "synchronous") != "2":
        yield Check("durability", NOTE, "the last texts before a power cut may be lost "
                    "(?synchronous in GAISMA_DATABASE_URL)")  # fmt: skip


def unguarded(database_url: str) -> str:
    """The host of a PostgreSQL elsewhere whose certificate is not asked for; '' when all is well.

    libpq takes TLS when it is offered, and goes on without when it is not.
    """
    parts = urlsplit(database_url)
    if parts.scheme == "sqlite":
        return ""
    words = dict(parse_qsl(parts.query))
    host = words.get("host") or parts.hostname or ""
    here = not host or host.startswith("/") or host in LOOPBACK  # a socket, or this machine
    return "" if here or words.get("sslmode") in ("verify-ca", "verify-full") else host


def _engine(opened: Database) -> Iterator[Check]:
    if opened.engine == "sqlite":
        yield from _file(opened)
    try:
        vitals.try_to_write(opened, datetime.now(UTC))
        yield Check("writing", OK, "a row was written and taken back")
    except StorageError as error:
        yield Check("writing", MEND, str(error))


def _worker(opened: Database) -> Iterator[Check]:
    now = datetime.now(UTC)
    holder, seen = vitals.worker_seen(opened, WORKER_LEASE)
    oldest = min((q.since for q in vitals.queues(opened, now) if q.since), default=None)
    late = now - oldest if oldest else timedelta()
    alive = seen is not None and now - seen < WORKER_LEASE
    worker = "gaisma serve" if opened.engine == "sqlite" else "gaisma worker"
    if seen is not None and seen - now > WRONG_CLOCK:
        yield Check("clock", MEND, "the worker has written a later time than it is now: the clock "
                    "was put back. Set it by NTP")  # fmt: skip
    if alive:
        yield Check("worker", OK, f"at work ({holder.rpartition('/')[0]})")
    elif oldest:
        yield Check("worker", MEND, f"none is at work, and messages wait; start {worker}")
    elif opened.engine == "sqlite":
        yield Check("worker", NOTE, "none is at work; gaisma serve has one")
    else:
        yield Check("worker", NOTE, "none is at work; on PostgreSQL it is gaisma worker")
    if late > LATE:
        yield Check("queue", MEND, f"a message has been due for {late.total_seconds() / 60:.0f} "
                    "minutes; see the log of the worker")  # fmt: skip
    else:
        yield Check("queue", OK, "nothing is late")


def _state(opened: Database) -> Iterator[Check]:
    facts = vitals.switches(opened)
    if facts.get("sending_stopped"):
        yield Check(
            "alerts", NOTE, "all stopped by a person; to go on: gaisma campaign resume --all"
        )
    for name in (each for each in facts if each.startswith("sending_paused") and facts[each]):
        yield Check("sending", MEND, f"paused: {facts[name]} Correct the settings and start again")
    if facts.get("restored_at"):
        yield Check("restore", NOTE, "a backup was put back and alerts are asked about first; "
                    "see: gaisma restore")  # fmt: skip
    made = facts.get(BACKED_UP)
    if not made:
        note = "" if opened.engine == "sqlite" else "; after pg_dump: gaisma backup --made"
        yield Check("backup", NOTE, f"none was noted by gaisma backup yet{note}")
    elif (age := datetime.now(UTC) - moment(made)) > OLD_BACKUP:
        yield Check("backup", NOTE, f"the last was made {age.days} days ago")
    else:
        yield Check("backup", OK, f"made {age.total_seconds() / 3600:.0f} hours ago")


def _guessing(opened: Database, settings: Settings) -> Iterator[Check]:
    """Whether somebody guesses at who the customers are."""
    try:
        policy = read_policy(settings.policy)
    except PolicyError:  # told by a check of its own
        return
    tried = guessed(opened, policy, datetime.now(UTC))
    if tried.share >= 1:
        yield Check("guessing", MEND, "so many wrong second facts came that each registration asks "
                    "for the whole meter number; see GaismaNumbersGuessed in the docs")  # fmt: skip
    elif tried.numbers:
        yield Check("guessing", NOTE, f"{tried.numbers} customer number(s) were tried so often "
                    "that they are registered by the whole meter number only")  # fmt: skip
    else:
        yield Check("guessing", OK, "nobody guesses at customer numbers")


def _audit(opened: Database, settings: Settings) -> Check:
    """Its last rows only: gaisma audit verify reads all."""
    try:
        found = audited.look(opened, settings.secret_keys, last=AUDIT_ROWS)
    except audited.Forged as error:
        return Check("audit", MEND, str(error))
    if found.broken is not None:
        what = audited.words(found)
        return Check("audit", MEND, f"{what}. Somebody changed it: keep a copy, compare it with "
                     "backups (gaisma audit verify)")  # fmt: skip
    return Check("audit", OK, audited.words(found))


def disk(settings: Settings) -> Iterator[Check]:
    """Room for more texts, and for a backup beside the database."""
    path = vitals.path_of(settings.database_url)
    if path is None:
        return
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    size, log = vitals.sizes(settings.database_url)
    says = f"{free / 1e9:.1f} GB free at {folder}, the database has {size / 1e9:.2f} GB"
    if free < MIN_FREE_BYTES:
        yield Check("disk", MEND, f"{says}; make room, or texts cannot be stored soon")
    elif free < 2 * size:
        yield Check("disk", NOTE, f"{says}; a backup needs as much again")
    else:
        yield Check("disk", OK, says)
    if log > LONG_LOG_BYTES:
        yield Check("log", NOTE, f"its log has {log / 1e9:.1f} GB: a reader has held it "
                    "for long. Restart what reads the file (a backup, a tool)")  # fmt: skip
    mode = path.stat().st_mode if path.exists() else 0
    if mode & 0o007:
        yield Check("privacy", NOTE, f"everybody on this machine may open {Path(path).name}; "
                    "chmod o-rwx")  # fmt: skip


def spool(settings: Settings) -> Iterator[Check]:
    """What waits in files of this machine, and whether more could."""
    folder = folder_of(settings)
    kept = Spool(folder)
    waiting, aside = len(kept.names()), kept.aside()
    if aside:
        yield Check("spool", MEND, f"{aside} text(s) in {folder} could not be taken; a person must "
                    "read them: see Reliability in the docs")  # fmt: skip
    if waiting:
        yield Check("spool", MEND, f"{waiting} text(s) or receipt(s) wait in {folder}; they are "
                    "taken while gaisma serve runs and the database can be written")  # fmt: skip
    elif why := kept.trouble():
        yield Check("spool", MEND, f"{why} Texts are refused while the database cannot be written")
    elif not aside:
        yield Check("spool", OK, "empty, and can be written")


LOOKS: tuple[tuple[str, Look], ...] = (("database", database), ("disk", disk), ("spool", spool))
