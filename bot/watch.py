"""Follows changes beside the answering of texts, in a thread that ends with what it serves."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from storage import StorageError

log = logging.getLogger("gaisma.watch")


class Watched(Protocol):
    """What can look whether the database has changed. `refresh` may raise StorageError."""

    def refresh(self) -> object: ...


class Watch:
    """Calls `refresh` of a thing every so often, once `start` was called.

    `is_gone` tells that the thread has not been heard of for longer than `overdue` seconds: after
    a fork it is not there. One that was only held up ends when it goes on, as another has taken its
    place. `seconds` is asked before each wait.
    """

    def __init__(self, name: str, seconds: Callable[[], float], overdue: float) -> None:
        self._name, self._seconds, self._overdue = name, seconds, overdue
        self._gone_at = float("inf")  # by the monotonic clock
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._place = object()  # of the thread that was started last

    @property
    def is_gone(self) -> bool:
        return time.monotonic() > self._gone_at

    def start(self, watched: Watched) -> None:
        """Begin, unless it has begun. The thread keeps no hold of `watched`."""
        with self._starting:
            now = time.monotonic()
            if now + self._overdue / 2 < self._gone_at < float("inf"):
                return
            self._gone_at = now + self._overdue
            self._place = place = object()
        args = (self, weakref.ref(watched), place)
        threading.Thread(target=_run, args=args, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """Look no more; what is being read now is finished."""
        self._stopping.set()

    def wait(self, place: object) -> bool:
        """Until the next look is due; False when there shall be none by the thread of this place:
        else a database that is away for a while would leave threads behind for good."""
        return not self._stopping.wait(self._seconds()) and place is self._place

    def beat(self) -> None:
        """The thread is there."""
        self._gone_at = time.monotonic() + self._overdue


def _run(watch: Watch, ref: weakref.ReferenceType[Watched], place: object) -> None:
    while watch.wait(place):
        watched = ref()
        if watched is None:
            return
        watch.beat()
        try:
            watched.refresh()
        except StorageError as error:
            # Its words only: a record that is kept would hold the error, and by it what we serve.
            log.warning("%s could not be read anew: %s", type(watched).__name__, str(error))
        del watched
