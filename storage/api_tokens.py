"""Tokens of systems that call the API: only their hashes, with what each may do."""

from __future__ import annotations

from datetime import datetime

from storage.database import Row, Tx, maybe_stamp, new_id, stamp


def add(
    tx: Tx, name: str, token_hash: str, *, scopes: str, by: str, now: datetime,
    expires_at: datetime | None = None,
) -> str:  # fmt: skip
    """Keep a new token; its id."""
    token_id = new_id()
    tx.run(
        """INSERT INTO api_tokens (id, name, token_hash, scopes, made_by, made_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (token_id, name, token_hash, scopes, by, stamp(now), maybe_stamp(expires_at)),
    )
    return token_id


def valid(tx: Tx, token_hash: str, now: datetime) -> Row | None:
    """The token with this hash, while it may be used."""
    return tx.one(
        """SELECT id, name, scopes, used_at FROM api_tokens
           WHERE token_hash = ? AND revoked_at IS NULL
             AND (expires_at IS NULL OR expires_at > ?)""",
        (token_hash, stamp(now)),
    )


def note_use(tx: Tx, token_id: str, now: datetime) -> None:
    tx.run("UPDATE api_tokens SET used_at = ? WHERE id = ?", (stamp(now), token_id))


def live(tx: Tx, name: str, now: datetime) -> list[Row]:
    """The tokens of this name that may be used now, the newest first."""
    return tx.all(
        """SELECT * FROM api_tokens WHERE name = ? AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > ?) ORDER BY id DESC""",
        (name, stamp(now)),
    )


def end(tx: Tx, name: str, at: datetime) -> int:
    """The tokens of this name are of no use after `at`; how many were to last longer."""
    until = stamp(at)
    return tx.run(
        """UPDATE api_tokens SET expires_at = ? WHERE name = ? AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > ?)""",
        (until, name, until),
    )


def revoke(tx: Tx, name: str, now: datetime) -> int:
    """The tokens of this name are of no use from now on; how many there were."""
    return tx.run(
        """UPDATE api_tokens SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > ?)""",
        (stamp(now), name, stamp(now)),
    )


def everything(tx: Tx) -> list[Row]:
    """All tokens, also those that ended, by name and the newest first."""
    return tx.all(
        """SELECT id, name, scopes, made_by, made_at, expires_at, used_at, revoked_at
           FROM api_tokens ORDER BY name, id DESC"""
    )
