"""Tokens for other systems: made, changed at work, taken back. Shown once and kept as hashes."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import Database, Row, Tx, api_tokens
from storage.database import audit

SCOPES = {
    "outages:read": "outages with their times and states",
    "outages:write": "put outages and their events",
    "customers:read": "customers with their premises and contacts",
    "customers:write": "put customers, premises and contacts",
    "notices:read": "who must be told what",
    "messages:read": "what was sent, and what became of it",
    "fault-reports:read": "fault reports",
    "fault-reports:write": "file fault reports",
    "contacts:read": "phone numbers, addresses and texts in full; without it they are masked",
}
PREFIX = "gaisma_"
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,39}")


class TokenRefused(Exception):
    """The act is not possible; the sentence says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the name of the token, and what it may do."""

    id: str
    name: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """As it stands in "made by" and the audit: no person can sign in so."""
        return f"api:{self.name}"


def add(
    database: Database, name: str, scopes: tuple[str, ...], *, by: str, now: datetime,
    days: int | None = None,
) -> str:  # fmt: skip
    """A new token, shown only now. Raises TokenRefused."""
    if not _NAME.fullmatch(name):
        raise TokenRefused(
            f"{name!r} is no name for a token; write small Latin letters and digits, such as oms."
        )
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise TokenRefused(f"there is no scope {unknown[0]!r}; there are: {', '.join(SCOPES)}.")
    if not scopes:
        raise TokenRefused("a token needs a --scope at least.")
    expires = None if days is None else now + timedelta(days=days)

    def work(tx: Tx) -> str:
        if api_tokens.live(tx, name, now):
            raise TokenRefused(
                f"the token {name} is there already; for a new one: gaisma token rotate {name}"
            )
        audit(tx, by, "token.add", name, now=now, detail=" ".join(scopes))
        return _make(tx, name, " ".join(sorted(set(scopes))), by=by, when=(now, expires))

    return database.transaction(work)


def rotate(database: Database, name: str, *, by: str, now: datetime, hours: int) -> str:
    """Another token of this name; the old one is valid for so many hours more."""

    def work(tx: Tx) -> str:
        rows = api_tokens.live(tx, name, now)
        if not rows:
            raise TokenRefused(_unknown(name))
        lasting = rows[0]["expires_at"]
        until = None if lasting is None else now + _length(rows[0])
        api_tokens.end(tx, name, now + timedelta(hours=hours))
        audit(tx, by, "token.rotate", name, now=now, detail=f"old one for {hours} h")
        return _make(tx, name, rows[0]["scopes"], by=by, when=(now, until))

    return database.transaction(work)


def _length(row: Row) -> timedelta:
    """For how long a token was given: the next one is given for as long."""
    made, until = (datetime.fromisoformat(row[name]) for name in ("made_at", "expires_at"))
    return until - made


def revoke(database: Database, name: str, *, by: str, now: datetime) -> int:
    """No token of this name is valid any more; how many were."""

    def work(tx: Tx) -> int:
        gone = api_tokens.revoke(tx, name, now)
        if not gone:
            raise TokenRefused(_unknown(name))
        audit(tx, by, "token.revoke", name, now=now)
        return gone

    return database.transaction(work)


def _unknown(name: str) -> str:
    return f"there is no valid token {name!r}; see: gaisma token list"


def _make(
    tx: Tx, name: str, scopes: str, *, by: str, when: tuple[datetime, datetime | None]
) -> str:
    token = PREFIX + secrets.token_urlsafe(32)
    now, expires = when
    api_tokens.add(tx, name, hash_of(token), scopes=scopes, by=by, now=now, expires_at=expires)
    return token


def hash_of(token: str) -> str:
    """As it is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


USED_EVERY = timedelta(minutes=1)


def recognise(database: Database, token: str, now: datetime) -> Caller | None:
    """Who calls with this token; None when it is none, or no longer. Costs one look-up; that it
    was used is written once a minute."""
    row = api_tokens.valid(database, hash_of(token), now)
    if row is None:
        return None
    used = row["used_at"]
    if used is None or datetime.fromisoformat(used) < now - USED_EVERY:
        token_id = str(row["id"])
        database.transaction(lambda tx: api_tokens.note_use(tx, token_id, now))
    return Caller(str(row["id"]), str(row["name"]), frozenset(str(row["scopes"]).split()))
