"""Agents and where they are signed in. A token of a session is stored only as its hash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Row, Tx, stamp
from storage.lists import spell


def add(
    tx: Tx, name: str, *, full_name: str, roles: str, password_hash: str, language: str,
    now: datetime, must_change: bool = True,
) -> bool:  # fmt: skip
    """A new agent; False when the name is taken."""
    return bool(
        tx.run(
            """INSERT INTO agents (name, full_name, roles, password_hash, must_change, given_at,
                   language, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
            (
                name,
                full_name,
                roles,
                password_hash,
                int(must_change),
                stamp(now) if must_change else None,
                language,
                stamp(now),
            ),
        )
    )


def get(tx: Tx, name: str) -> Row | None:
    return tx.one("SELECT * FROM agents WHERE name = ?", (name,))


def everybody(tx: Tx) -> list[Row]:
    """All agents by name, each with `seen_at` of their latest session (NULL: signed in nowhere)."""
    return tx.all(
        """SELECT a.*, (SELECT max(seen_at) FROM agent_sessions s
                        WHERE s.agent = a.name AND s.passed = 1) AS seen_at
           FROM agents a ORDER BY a.disabled_at IS NOT NULL, a.name"""
    )


def names(tx: Tx) -> dict[str, str]:
    """The full names of all agents by what they sign in with."""
    return {
        str(r["name"]): str(r["full_name"]) for r in tx.all("SELECT name, full_name FROM agents")
    }


def who_answer(tx: Tx) -> list[Row]:
    """Agents who may answer customers, by their full names."""
    return tx.all(
        """SELECT name, full_name FROM agents
           WHERE disabled_at IS NULL AND ' ' || roles || ' ' LIKE '% agent %' ORDER BY full_name"""
    )


def set_password(
    tx: Tx, name: str, password_hash: str, *, given_at: datetime | None = None
) -> bool:  # fmt: skip
    """A new password ends every session of its agent; False for an unknown name.

    One that was given, at this moment, must be changed.
    """
    changed = tx.run(
        "UPDATE agents SET password_hash = ?, must_change = ?, given_at = ? WHERE name = ?",
        (password_hash, int(given_at is not None), stamp(given_at) if given_at else None, name),
    )
    close_sessions_of(tx, name)
    return bool(changed)


def rehash(tx: Tx, name: str, password_hash: str) -> None:
    """The same password, hashed by newer parameters."""
    tx.run("UPDATE agents SET password_hash = ? WHERE name = ?", (password_hash, name))


def set_roles(tx: Tx, name: str, roles: str) -> bool:
    return bool(tx.run("UPDATE agents SET roles = ? WHERE name = ?", (roles, name)))


def set_disabled(tx: Tx, name: str, at: datetime | None) -> bool:
    """Shut an agent out, at once and everywhere, or let them in again (`at` None)."""
    other = "IS NULL" if at else "IS NOT NULL"
    changed = tx.run(
        f"UPDATE agents SET disabled_at = ? WHERE name = ? AND disabled_at {other}",  # noqa: S608
        (stamp(at) if at else None, name),
    )
    if at:
        close_sessions_of(tx, name)
    return bool(changed)


def set_totp(tx: Tx, name: str, secret: str) -> None:
    """The secret of the second step; with '' there is none, and who must have one is asked anew."""
    tx.run(
        "UPDATE agents SET totp_secret = ?, totp_used = 0, step_asked_at = NULL WHERE name = ?",
        (secret, name),
    )


def ask_for_step(tx: Tx, name: str, now: datetime) -> None:
    """Remember when an agent was first asked to set up a second step."""
    tx.run(
        "UPDATE agents SET step_asked_at = ? WHERE name = ? AND step_asked_at IS NULL",
        (stamp(now), name),
    )


def use_code(tx: Tx, name: str, period: int) -> bool:
    """Count the code of this period as used; False when it, or a later one, was used before."""
    return bool(
        tx.run(
            "UPDATE agents SET totp_used = ? WHERE name = ? AND totp_used < ?",
            (period, name, period),
        )
    )


def set_taste(tx: Tx, name: str, *, language: str, theme: str) -> None:
    tx.run("UPDATE agents SET language = ?, theme = ? WHERE name = ?", (language, theme, name))


# --- tries ----------------------------------------------------------------------------------


def locked_until(tx: Tx, name_hash: str, now: datetime) -> str | None:
    """Until when nobody may enter under this name; None when one may try."""
    row = tx.one(
        "SELECT locked_until FROM agent_tries WHERE name_hash = ? AND locked_until > ?",
        (name_hash, stamp(now)),
    )
    return None if row is None else str(row["locked_until"])


def count_failure(
    tx: Tx, name_hash: str, *, at_most: int, lock_until: datetime, now: datetime,
    since: datetime | None = None,
) -> bool:  # fmt: skip
    """One more wrong try in a row (and since then); True when it was the last one allowed, and
    the name, or address, is locked.

    After a lock the count begins anew.
    """
    row = tx.one(
        """INSERT INTO agent_tries VALUES (:name, 1, NULL, :now)
           ON CONFLICT (name_hash) DO UPDATE SET at = excluded.at, locked_until = NULL,
               failures = CASE WHEN agent_tries.locked_until IS NULL AND agent_tries.at >= :since
                               THEN agent_tries.failures + 1 ELSE 1 END
           RETURNING failures""",
        {"name": name_hash, "now": stamp(now), "since": stamp(since) if since else ""},
    )
    if row is None or row["failures"] < at_most:
        return False
    tx.run(
        "UPDATE agent_tries SET locked_until = ? WHERE name_hash = ?",
        (stamp(lock_until), name_hash),
    )
    return True


def forget_failures(tx: Tx, name_hash: str) -> None:
    tx.run("DELETE FROM agent_tries WHERE name_hash = ?", (name_hash,))


def forget_failures_before(tx: Tx, at: datetime) -> int:
    """Tries that are older than any lock; how many names."""
    return tx.run("DELETE FROM agent_tries WHERE at < ?", (stamp(at),))


# --- sessions -------------------------------------------------------------------------------


def open_session(
    tx: Tx, token_hash: str, agent: str, *, passed: bool, now: datetime, address: str, browser: str
) -> None:
    tx.run(
        "INSERT INTO agent_sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
        (token_hash, agent, int(passed), stamp(now), stamp(now), address, browser),
    )


def session(tx: Tx, token_hash: str) -> Row | None:
    """The agent (all columns) who is signed in by this token, unless shut out, and beside it
    `passed`, `opened_at` and `seen_at`."""
    return tx.one(
        """SELECT a.*, s.passed, s.made_at AS opened_at, s.seen_at FROM agent_sessions s
           JOIN agents a ON a.name = s.agent
           WHERE s.token_hash = ? AND a.disabled_at IS NULL""",
        (token_hash,),
    )


def sessions_of(tx: Tx, agent: str) -> list[Row]:
    return tx.all(
        "SELECT * FROM agent_sessions WHERE agent = ? AND passed = 1 ORDER BY seen_at DESC",
        (agent,),
    )


def touch_session(tx: Tx, token_hash: str, now: datetime) -> None:
    tx.run("UPDATE agent_sessions SET seen_at = ? WHERE token_hash = ?", (stamp(now), token_hash))


def close_session(tx: Tx, token_hash: str) -> None:
    tx.run("DELETE FROM agent_sessions WHERE token_hash = ?", (token_hash,))


def close_sessions_of(tx: Tx, agent: str, *, but: str = "") -> int:
    """End the sessions of an agent, all or all but one; how many."""
    return tx.run("DELETE FROM agent_sessions WHERE agent = ? AND token_hash <> ?", (agent, but))


def close_sessions_before(tx: Tx, *, seen: datetime, made: datetime) -> int:
    """End sessions that nobody has used since `seen`, or that began before `made`."""
    return tx.run(
        "DELETE FROM agent_sessions WHERE seen_at < ? OR made_at < ?", (stamp(seen), stamp(made))
    )


# --- who did what ---------------------------------------------------------------------------


def has_acted(tx: Tx, actor: str, action: str, subject: str, *, since: datetime) -> bool:
    """Whether somebody has done this to this since then."""
    row = tx.one(
        """SELECT 1 AS found FROM audit
           WHERE subject = ? AND actor = ? AND action = ? AND at >= ? LIMIT 1""",
        (subject, actor, action, stamp(since)),
    )
    return row is not None


_AUDIT = """
SELECT * FROM audit
WHERE (:at = '' OR (at, id) < (:at, :id)) AND (:actor = '' OR actor = :actor) AND {which}
ORDER BY at DESC, id DESC LIMIT :limit
"""


def audit_rows(
    tx: Tx, *, actor: str = "", actions: Sequence[str] = (), before: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[Row]:  # fmt: skip
    """Acts, the latest first: of one person, of these actions (all when none is given), before
    the (at, id) of another."""
    values = {"actor": actor, "at": before[0], "id": before[1], "limit": limit}
    if not actions:
        return tx.all(*spell(_AUDIT.replace("{which}", "1 = 1"), **values))
    sql = _AUDIT.replace("{which}", "action IN ({actions})")
    return tx.all(*spell(sql, **values, actions=list(actions)))
