"""Pages of a list: a cursor that is opaque to clients, and the Link header to the next page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from storage import Row

_GROUP = 3  # bytes that base64 writes without padding


def cursor_of(row_id: str) -> str:
    """The place behind this row. Every text of its pattern is a place: none is refused."""
    raw = row_id.encode()
    return base64.urlsafe_b64encode(raw + b" " * (-len(raw) % _GROUP)).decode()


def place_of(cursor: str | None) -> str:
    """The id behind which a page begins; '' for the first."""
    return base64.urlsafe_b64decode(cursor).decode("latin-1").rstrip(" ") if cursor else ""


def page(rows: Sequence[Row], limit: int, show: Callable[[Row], dict[str, Any]]) -> Response:
    """The answer of a list. `rows` has one more than `limit` where there is another page."""
    shown = rows[:limit]
    following = cursor_of(str(shown[-1]["id"])) if len(rows) > limit else None
    response = jsonify({"items": [show(row) for row in shown], "next_cursor": following})
    if following:
        query = [(k, v) for k, v in request.args.items(multi=True) if k != "cursor"]
        # Without the host: behind a proxy we do not know by which name we were called.
        path = f"{request.script_root}{request.path}"
        address = f"{path}?{urlencode([*query, ('cursor', following)])}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response
