"""What was to be told and what was sent: notices and messages, read page by page."""

from __future__ import annotations

from typing import Any

from flask import Response

from bot.web.api.auth import caller, needs, shown
from bot.web.api.listed import MessagesPage, MessagesQuery, NoticesPage, NoticesQuery
from bot.web.api.outages import wanted_of
from bot.web.api.paging import page, place_of
from bot.web.api.parts import Parts, described
from storage import Row, api_lists

_NOTICE = (
    "id", "campaign_id", "outage", "revision", "kind", "customer_number", "eic", "state",
    "due_at", "made_at",
)  # fmt: skip
_MESSAGE = (
    "id", "direction", "channel", "kind", "customer_number", "campaign_id", "outage", "language",
    "segments", "status", "error_code", "made_at", "sent_at", "done_at",
)  # fmt: skip


def register(parts: Parts) -> None:
    """The routes of notices and messages."""
    app, database = parts.app, parts.service.database

    @app.get("/notices", **described("notices:read", "messages", {200: NoticesPage}))
    @needs("notices:read")
    def list_notices(query: NoticesQuery) -> Response:
        """List notices: what each customer must be told of which revision of an outage."""
        wanted = wanted_of(database, query)
        found = api_lists.notices(database, place_of(query.cursor), query.limit + 1, wanted)
        return page(found, query.limit, _notice)

    @app.get("/messages", **described("messages:read", "messages", {200: MessagesPage}))
    @needs("messages:read")
    def list_messages(query: MessagesQuery) -> Response:
        """List messages, in and out, with what became of them."""
        wanted = wanted_of(database, query)
        found = api_lists.messages(database, place_of(query.cursor), query.limit + 1, wanted)
        return page(found, query.limit, _message)


def _notice(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _NOTICE} | {
        "phone": shown(str(row["phone"])),
        "messages": str(row["messages"] or "").split(),
    }


def _message(row: Row) -> dict[str, Any]:
    in_full = "contacts:read" in caller().scopes
    return {name: row[name] for name in _MESSAGE} | {
        "peer": shown(str(row["peer"])),
        "text": row["body"] if in_full else None,
    }
