"""What one process holds and hears at the server, beside its pool: locks for jobs, wake-ups.

Each has a connection of its own: a lock is gone when its process is, and listening takes none of
the pool's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from storage.database import StorageError
from storage.locks import key_of
from storage.postgres_guard import Guard

log = logging.getLogger("gaisma.storage")

Connection = psycopg.Connection[Any]
CHANNEL = "gaisma_work"  # named by the trigger in storage.schema_postgres
_AGAIN_SECONDS = 2.0
_LOOK_SECONDS = 1.0  # how often a listener looks whether it is to end
_ASK_SECONDS = 30.0  # how often it asks whether the server is there at all
_SILENT_SECONDS = 15.0  # for an answer that the server gives without waiting for anybody


class Keeper:
    """Locks by name that one process in all has at one time; None of them outlives it."""

    def __init__(self, connect: Callable[[], Connection], guard: Guard) -> None:
        self._connect, self._guard = connect, guard
        self._conn: Connection | None = None
        self._busy = threading.Lock()
        self._held: set[str] = set()

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Whether the lock is ours until the end of the block. Waits for nobody."""
        if not self._take(name):
            yield False
            return
        try:
            yield True
        finally:
            self._let_go(name)

    def close(self) -> None:
        with self._busy:
            if self._conn is not None:
                self._conn.close()

    def _take(self, name: str) -> bool:
        with self._busy:
            # To the server this process is one, however many of its threads ask.
            if name in self._held:
                return False
            try:
                if self._conn is None or self._conn.closed:
                    self._conn = self._connect()
                with self._guard.watch(self._conn, time.monotonic() + _SILENT_SECONDS):
                    taken = self._conn.execute(
                        "SELECT pg_try_advisory_lock(%s)", (key_of(name),)
                    ).fetchone()
            except psycopg.Error as error:
                self._drop()
                raise StorageError(f"The database gave no lock: {error}") from error
            if taken and taken[0]:
                self._held.add(name)
                return True
            return False

    def _let_go(self, name: str) -> None:
        with self._busy:
            self._held.discard(name)
            try:
                if self._conn is not None:
                    with self._guard.watch(self._conn, time.monotonic() + _SILENT_SECONDS):
                        self._conn.execute("SELECT pg_advisory_unlock(%s)", (key_of(name),))
            except psycopg.Error:
                self._drop()  # the server lets go of what a lost connection held

    def _drop(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._conn = None


def listen(
    connect: Callable[[], Connection], guard: Guard, heard: Callable[[], None]
) -> Callable[[], None]:
    """Call `heard` whenever somebody queued work, from a thread; returns how to end that.

    While the server cannot be reached nothing is heard: whoever listens looks by itself too. The
    log has a line when that begins, and one when it ends.
    """
    ending = threading.Event()

    def work() -> None:
        deaf = False
        while not ending.is_set():
            try:
                with connect() as conn:
                    with guard.watch(conn, time.monotonic() + _SILENT_SECONDS):
                        conn.execute(f"LISTEN {CHANNEL}")
                    if deaf:
                        log.warning("wake-ups are heard again")
                    deaf = False
                    heard()  # what came before
                    _hear(conn, guard, heard, ending)
            except (psycopg.Error, StorageError) as error:
                if not deaf:
                    log.warning("wake-ups cannot be heard: %s", " ".join(str(error).split()))
                deaf = True
                ending.wait(_AGAIN_SECONDS)

    thread = threading.Thread(target=work, name="gaisma-listener", daemon=True)
    thread.start()

    def end() -> None:
        ending.set()
        thread.join(timeout=2 * _LOOK_SECONDS)

    return end


def _hear(
    conn: Connection, guard: Guard, heard: Callable[[], None], ending: threading.Event
) -> None:
    ask_at = time.monotonic() + _ASK_SECONDS
    while not ending.is_set():
        began = time.monotonic()
        for _ in conn.notifies(timeout=_LOOK_SECONDS, stop_after=1):
            heard()
        if time.monotonic() >= ask_at:
            # Who only listens is told nothing by a server that stands still, nor by one that went
            # away behind something that answers for it.
            with guard.watch(conn, time.monotonic() + _SILENT_SECONDS):
                conn.execute("SELECT 1")
            ask_at = time.monotonic() + _ASK_SECONDS
            heard()  # what came beside the answer
        elif time.monotonic() - began < 0.001:  # many at once: one look serves them all
            ending.wait(0.005)
