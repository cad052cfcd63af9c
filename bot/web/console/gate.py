"""Pages that ask by themselves are answered one at a time, so that texts of customers go first.

A thread at work keeps the interpreter for 5 ms at a time, and a text gives it up at each of its
statements. With 200 consoles asking, twenty threads were at work at once, and texts waited for
seconds; with one, they wait for one.
"""

from __future__ import annotations

import threading

from flask import Blueprint, Response, g, request

from bot.web.console.frame import POLL

_WAIT_SECONDS = 0.25  # then there is nothing new: the page asks again in a moment


class Gate:
    """Through which questions of pages go, not what people ask for."""

    def __init__(self) -> None:
        self._free = threading.Lock()

    def stand_before(self, pages: Blueprint) -> None:
        """All questions to these pages go through here, before anything else is done for them."""
        pages.before_request(self._enter)
        pages.teardown_request(self._leave)

    def _enter(self) -> Response | None:
        if POLL not in request.headers:
            return None
        if not self._free.acquire(timeout=_WAIT_SECONDS):
            return Response(status=204)
        g.is_in_gate = True
        return None

    def _leave(self, _error: BaseException | None) -> None:
        if g.pop("is_in_gate", False):
            self._free.release()
