"""Cuts connections on which a server is silent for too long, so that nobody waits without end.

Limits on the server (`statement_timeout`) are of no use when it is the server that stands still: a
disk that hangs, a machine that was paused. Its system answers for it meanwhile, so that neither
keep-alives nor `tcp_user_timeout` find anything wrong, and whoever had sent it a statement would
wait for as long as that lasts.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

log = logging.getLogger("gaisma.storage")

Connection = psycopg.Connection[Any]
_LOOK_SECONDS = 0.5


class Guard:
    """Knows which connections are in use and until when; one thread looks after them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_use: dict[object, tuple[float, Connection]] = {}
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    @contextmanager
    def watch(self, conn: Connection, until: float) -> Iterator[None]:
        """Who waits on the connection after this moment (of the monotonic clock) gets an
        OperationalError, as if the server had closed it."""
        mine = object()
        with self._lock:
            self._in_use[mine] = until, conn
            # A thread does not live on in a forked process.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="gaisma-guard", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._in_use.pop(mine, None)

    def close(self) -> None:
        self._ending.set()

    def _look(self) -> None:
        while not self._ending.wait(_LOOK_SECONDS):
            now = time.monotonic()
            with self._lock:  # who is done with a connection cannot lend it to others meanwhile
                late = [mine for mine, (until, _) in self._in_use.items() if until < now]
                for mine in late:
                    _cut(self._in_use.pop(mine)[1])
            if late:
                log.warning("%d connections were cut: the database did not answer", len(late))


def _cut(conn: Connection) -> None:
    # Not closed: who waits on it does that, and no other file can get its number before.
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(conn.fileno())) as wire,
    ):
        wire.shutdown(socket.SHUT_RDWR)
