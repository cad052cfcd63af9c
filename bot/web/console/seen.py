"""Who saw what: a row of the audit log for each person, thing and hour, never for what asks itself.

The row stands before the page leaves. A process remembers what it has written, so that only the
first look of an hour costs a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Response, current_app, g, request

from bot.privacy import mask
from bot.web.console import frame as frames
from bot.web.console.frame import POLL
from storage import Database, Tx, agents
from storage.database import audit

_SEES = "sees_what"  # on a view
_REMEMBERED = 20_000  # looks of this hour
_LONGEST = 80  # characters of what was looked at

V = TypeVar("V", bound=Callable[..., Any])


def sees(action: str, *parts: str, of: str = "") -> Callable[[V], V]:
    """The view shows what belongs to customers, or hands it out.

    What is looked at is `of`, or the first of `parts` that the address has.
    """

    def mark(view: V) -> V:
        setattr(getattr(view, "__func__", view), _SEES, (action, parts, of))
        return view

    return mark


class Seen:
    """Made once; writes down what views show."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hour = ""
        self._known: set[tuple[str, str, str]] = set()

    def note(self, response: Response) -> Response:
        """After each view."""
        view = current_app.view_functions.get(request.endpoint or "")
        marked = getattr(view, _SEES, None)
        person = g.get("person")
        shown = request.method == "GET" and response.status_code == 200
        if marked is not None and person is not None and shown and POLL not in request.headers:
            action, parts, of = marked
            self._write(person.name, action, of or _named(parts), frames.now())
        return response

    def _write(self, name: str, action: str, what: str, now: datetime) -> None:
        hour, key = f"{now:%Y%m%d%H}", (name, action, what)
        if self._hour != hour or len(self._known) > _REMEMBERED:
            self._hour, self._known = hour, set()
        if key in self._known:
            return
        begun = now.replace(minute=0, second=0, microsecond=0)

        def work(tx: Tx) -> None:
            # Another process may have written it.
            if not agents.has_acted(tx, name, action, what, since=begun):
                audit(tx, name, action, what, now=now)

        self._database.transaction(work)
        self._known.add(key)


def _named(parts: tuple[str, ...]) -> str:
    asked = {**request.args.to_dict(), **(request.view_args or {})}
    named = next((str(asked[part])[:_LONGEST] for part in parts if asked.get(part)), "")
    return mask(named) if named.startswith("+") or "@" in named else named
