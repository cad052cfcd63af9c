"""Who may enter the console: people added, shut out, given other roles or a new password.

The command line and the pages of administrators act through here; each act is audited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.people import passwords, sign_in
from bot.people.sign_in import NAME, ROLES
from locales.alphabet import one_line
from storage import Database, Tx, agents
from storage.database import audit

_ADMINISTRATOR = "administrator"


class StaffRefused(Exception):
    """It was not done; `why` is name, taken, unknown, no_role or last (administrator)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def add(
    database: Database, name: str, *, full_name: str, roles: Iterable[str], language: str, by: str,
    now: datetime,
) -> str:  # fmt: skip
    """Let somebody in; the password that they change when they first sign in.

    Raises StaffRefused: name, taken or no_role.
    """
    if not NAME.fullmatch(name):
        raise StaffRefused("name")
    held = _held(roles)
    given = passwords.given()
    hashed = sign_in.hash_password(given)

    def work(tx: Tx) -> None:
        if not agents.add(
            tx, name, full_name=one_line(full_name), roles=held, password_hash=hashed,
            language=language, now=now,
        ):  # fmt: skip
            raise StaffRefused("taken")
        audit(tx, by, "agent.add", name, now=now, detail=held)

    database.transaction(work)
    return given


def give_password(
    database: Database, name: str, *, by: str, now: datetime, without_step: bool = False
) -> str:  # fmt: skip
    """A new password for who forgot theirs. A second step stays, unless its phone was lost too.

    Raises StaffRefused: unknown.
    """
    given = passwords.given()
    hashed = sign_in.hash_password(given)

    def work(tx: Tx) -> None:
        agents.set_password(tx, name, hashed, given_at=now)
        audit(tx, by, "agent.password", name, now=now, detail="given")
        if without_step:
            agents.set_totp(tx, name, "")
            audit(tx, by, "agent.second_step", name, now=now, detail="off")

    _change(database, name, work)
    return given


def set_roles(
    database: Database, name: str, roles: Iterable[str], *, by: str, now: datetime
) -> None:
    """Other roles. Raises StaffRefused: unknown, no_role or last."""
    held = _held(roles)

    def work(tx: Tx) -> None:
        if _ADMINISTRATOR not in held.split():
            _keep_one(tx, name)
        agents.set_roles(tx, name, held)
        audit(tx, by, "agent.roles", name, now=now, detail=held)

    _change(database, name, work)


def shut_out(database: Database, name: str, *, by: str, now: datetime) -> None:
    """At once and everywhere; what they did stays. Raises StaffRefused: unknown or last."""

    def work(tx: Tx) -> None:
        _keep_one(tx, name)
        if agents.set_disabled(tx, name, now):
            audit(tx, by, "agent.disable", name, now=now)

    _change(database, name, work)


def let_in(database: Database, name: str, *, by: str, now: datetime) -> None:
    """Again, with the password that they had. Raises StaffRefused: unknown."""

    def work(tx: Tx) -> None:
        if agents.set_disabled(tx, name, None):
            audit(tx, by, "agent.enable", name, now=now)

    _change(database, name, work)


def _held(roles: Iterable[str]) -> str:
    wanted = set(roles)
    held = " ".join(role for role in ROLES if role in wanted)
    if not held:
        raise StaffRefused("no_role")
    return held


def _change(database: Database, name: str, work: Callable[[Tx], None]) -> None:
    def change(tx: Tx) -> None:
        if agents.get(tx, name) is None:
            raise StaffRefused("unknown")
        work(tx)

    database.transaction(change)


def _keep_one(tx: Tx, name: str) -> None:
    """Somebody must be left who can let others in."""
    able = [
        row["name"]
        for row in agents.everybody(tx)
        if row["disabled_at"] is None and _ADMINISTRATOR in row["roles"].split()
    ]
    if able == [name]:
        raise StaffRefused("last")
