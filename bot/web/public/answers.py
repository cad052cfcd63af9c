"""Answers as bytes, made once and given to all who ask: plain and packed, with their headers.

Nothing is packed, dated or compared while somebody waits but one short text.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Protocol

Headers = list[tuple[str, str]]
_WORTH_PACKING = 400  # bytes
_LEVEL = 6


class StartResponse(Protocol):
    """What a WSGI server hands to the app (PEP 3333)."""

    def __call__(self, status: str, headers: Headers, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `number` is that of the site it was made of."""

    status: str
    body: bytes
    packed: bytes
    etag: str
    changed: str  # Last-Modified
    plain_head: Headers
    packed_head: Headers
    same_head: Headers  # of a 304
    number: int = 0

    def respond(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        """By WSGI: 304 for those who have it, else the bytes in the form that they read.

        The headers go out as a copy: whoever is around us may add to them (PEP 3333).
        """
        if self.etag and self._is_had(environ):
            start("304 Not Modified", self.same_head.copy())
            return ()
        packs = self.packed and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        start(self.status, (self.packed_head if packs else self.plain_head).copy())
        if environ["REQUEST_METHOD"] == "HEAD":
            return ()
        return (self.packed if packs else self.body,)

    def _is_had(self, environ: Mapping[str, Any]) -> bool:
        tags = environ.get("HTTP_IF_NONE_MATCH")
        if tags is not None:
            return self.etag in tags or tags.strip() == "*"
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        return since is not None and (since == self.changed or _is_later(since, self.changed))


def make(
    body: str | bytes, kind: str, *, changed: datetime, headers: Headers, seconds: int = 0,
    number: int = 0, old: Answer | None = None,
) -> Answer:  # fmt: skip
    """An answer of this media type, to be kept for so many `seconds` by browsers and proxies.

    `old`: the one it follows; with the same bytes it keeps its date.
    """
    raw = body.encode() if isinstance(body, str) else body
    # Weak: the same for both forms, and a proxy that packs by itself may keep it.
    etag = f'W/"{hashlib.sha256(raw).hexdigest()[:20]}"'
    at = old.changed if old and old.etag == etag else format_datetime(changed, usegmt=True)
    packed = gzip.compress(raw, _LEVEL, mtime=0) if len(raw) > _WORTH_PACKING else b""
    same = [
        ("ETag", etag), ("Last-Modified", at),
        ("Cache-Control", f"public, max-age={seconds}, stale-while-revalidate=60"), *headers,
    ]  # fmt: skip
    told = [("Content-Type", kind), *same]
    return Answer(
        "200 OK", raw, packed, etag, at,
        [*told, ("Content-Length", str(len(raw)))],
        [*told, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))],
        same, number,
    )  # fmt: skip


def refusal(status: str, body: str, kind: str, headers: Headers) -> Answer:
    """An answer that nobody keeps: 404, 503."""
    raw = body.encode()
    head = [
        ("Content-Type", kind), ("Cache-Control", "no-store"), *headers,
        ("Content-Length", str(len(raw))),
    ]  # fmt: skip
    return Answer(status, raw, b"", "", "", head, head, [])


def _is_later(since: str, changed: str) -> bool:
    try:
        return parsedate_to_datetime(since) >= parsedate_to_datetime(changed)
    except (TypeError, ValueError):
        return False
