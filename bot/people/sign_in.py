"""Who may enter the console: passwords, the second step, sessions, and what each role may do."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.people import passwords
from bot.people.passwords import BadPassword
from bot.policy import ROLES, Policy
from storage import Database, Row, Tx, agents
from storage.database import audit, moment, stamp

__all__ = ["ROLES"]
NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_TOUCH_SECONDS = 60  # a session is written to once a minute, not with every page
_CODE_SECONDS = 30
_ISSUER = "Gaisma"
_CONSOLE = "console"  # who refuses, in the audit log
UNKNOWN = "?"  # there: a name that nobody has
_A_MINUTE = timedelta(minutes=1)

_hasher = PasswordHasher()  # argon2id, RFC 9106's second set of parameters
_NOBODY = _hasher.hash(secrets.token_hex(16))  # an unknown name takes as long as a known one


class CannotEnter(Exception):
    """The sign-in failed; `why` is wrong, locked, code, over or ended (a given password), `until`
    the end of a lock."""

    def __init__(self, why: str, until: datetime | None = None) -> None:
        super().__init__(why)
        self.why, self.until = why, until


@dataclass(frozen=True, slots=True)
class Person:
    """An agent who is signed in. `token_hash` names the session; `step_until`: who must set up a
    second step may put it off until then (None: nobody asks for one)."""

    name: str
    full_name: str
    roles: frozenset[str]
    language: str
    theme: str
    must_change: bool
    has_second_step: bool
    token_hash: str
    step_until: datetime | None = None

    def must_step(self, now: datetime) -> bool:
        """Whether nothing else comes before the second step is set up."""
        return self.step_until is not None and self.step_until <= now

    def may(self, *roles: str) -> bool:
        """Whether the person has any of these roles; an administrator has only their own."""
        return not self.roles.isdisjoint(roles)


def hash_password(password: str, words: Iterable[str] = ()) -> str:
    """The argon2id hash of a password that may be chosen. Raises BadPassword."""
    passwords.check(password, words)
    return _hasher.hash(password)


def enter(
    database: Database, policy: Policy, *, name: str, password: str, now: datetime,
    address: str = "", browser: str = "",
) -> tuple[str, bool]:  # fmt: skip
    """(token of a new session, whether it still needs a code). Raises CannotEnter."""
    _refuse_locked(database, name, now, address)
    row = agents.get(database, name)
    right = _verify(row["password_hash"] if row else _NOBODY, password)
    if row is None or not right or row["disabled_at"] is not None:
        raise _failed(database, policy, (name, address), now)
    if has_ended(policy, row, now):
        # Only who has the right password gets here: a stranger learns nothing from the sentence.
        _note_often(database, "console.given_ended", name, now, address)
        raise CannotEnter("ended")
    token = secrets.token_urlsafe(32)
    passed = not row["totp_secret"]

    def work(tx: Tx) -> None:
        # Others may have been wrong meanwhile: tries at the same moment are not free.
        _refuse_if_locked(tx, (name, address), now)
        if _hasher.check_needs_rehash(row["password_hash"]):
            agents.rehash(tx, name, _hasher.hash(password))
        agents.open_session(
            tx, _hashed(token), name, passed=passed, now=now, address=address, browser=browser
        )
        if passed:
            agents.forget_failures(tx, _hashed(name))
            audit(tx, name, "console.enter", name, now=now, detail=address)
        if passed and _needs_step(policy, row["roles"]):
            agents.ask_for_step(tx, name, now)

    database.transaction(work)
    return token, not passed


def has_ended(policy: Policy, row: Row, now: datetime) -> bool:
    """Whether the password of this agent was given, and not changed in time."""
    ends = given_until(policy, row)
    return ends is not None and ends <= now


def given_until(policy: Policy, row: Row) -> datetime | None:
    """Until when the given password of this agent opens the account; None for a chosen one."""
    if not row["must_change"]:
        return None
    return moment(row["given_at"]) + timedelta(hours=policy.console_given_password_hours)


def _needs_step(policy: Policy, roles: str) -> bool:
    return not set(policy.console_two_steps_for.split()).isdisjoint(roles.split())


def pass_second_step(
    database: Database, policy: Policy, token: str, code: str, *, now: datetime,
    address: str = "", browser: str = "",
) -> str:  # fmt: skip
    """The token of a session that is let in, in place of the half one. Raises CannotEnter."""
    half = agents.session(database, _hashed(token))
    if half is None or half["passed"]:
        raise CannotEnter("over")
    name = str(half["name"])
    _refuse_locked(database, name, now, address)
    period = _period(half["totp_secret"], code, now)
    new = secrets.token_urlsafe(32)

    def work(tx: Tx) -> bool:
        _refuse_if_locked(tx, (name, address), now)
        if period is None or not agents.use_code(tx, name, period):
            return False
        agents.close_session(tx, _hashed(token))
        agents.open_session(
            tx, _hashed(new), name, passed=True, now=now, address=address, browser=browser
        )
        agents.forget_failures(tx, _hashed(name))
        audit(tx, name, "console.enter", name, now=now, detail=address)
        return True

    if not database.transaction(work):
        raise _failed(database, policy, (name, address), now, why="code")
    return new


def find_person(
    database: Database, policy: Policy, token: str, now: datetime, *, acted: bool
) -> Person | None:
    """Who is signed in by this token; None when nobody is, or no longer.

    `acted` says that the person did something: a page that asks by itself keeps nobody signed in.
    """
    row = agents.session(database, _hashed(token)) if token else None
    if row is None or not row["passed"]:
        return None
    idle = now - moment(row["seen_at"])
    age = now - moment(row["opened_at"])
    limits = policy.console_idle_minutes, policy.console_session_hours
    if idle > timedelta(minutes=limits[0]) or age > timedelta(hours=limits[1]):
        database.transaction(lambda tx: agents.close_session(tx, _hashed(token)))
        return None
    if acted and idle.total_seconds() >= _TOUCH_SECONDS:
        database.transaction(lambda tx: agents.touch_session(tx, _hashed(token), now))
    return Person(
        name=row["name"],
        full_name=row["full_name"],
        roles=frozenset(row["roles"].split()),
        language=row["language"],
        theme=row["theme"],
        must_change=bool(row["must_change"]),
        has_second_step=bool(row["totp_secret"]),
        token_hash=_hashed(token),
        step_until=_step_until(policy, row, now),
    )


def _step_until(policy: Policy, row: Row, now: datetime) -> datetime | None:
    """The end of the days that were given; they begin with the first sign-in that asks."""
    if row["totp_secret"] or not _needs_step(policy, row["roles"]):
        return None
    asked_at = moment(row["step_asked_at"]) if row["step_asked_at"] else now
    return asked_at + timedelta(days=policy.console_two_steps_days)


def leave(database: Database, token: str, now: datetime) -> None:
    """End the session of this token."""

    def work(tx: Tx) -> None:
        row = agents.session(tx, _hashed(token))
        if row is not None:
            agents.close_session(tx, _hashed(token))
            audit(tx, row["name"], "console.leave", row["name"], now=now)

    database.transaction(work)


def prove(database: Database, policy: Policy, person: Person, password: str, now: datetime) -> None:
    """That it is still the person who signed in, before what matters. Raises CannotEnter.

    Wrong ones count as at the door: with a session that was stolen nobody guesses for long.
    """
    _refuse_locked(database, person.name, now, "")
    row = agents.get(database, person.name)
    if row is None or not _verify(row["password_hash"], password):
        raise _failed(database, policy, (person.name, ""), now)


def change_password(
    database: Database, policy: Policy, person: Person, *, old: str, new: str, now: datetime
) -> None:
    """A password of their own choice; every session of theirs ends.

    Raises CannotEnter when the old one is wrong, BadPassword when the new one will not do.
    """
    prove(database, policy, person, old, now)
    if old == new:
        raise BadPassword("same")
    words = passwords.words_of(policy, person.name, person.full_name)
    hashed = hash_password(new, words)

    def work(tx: Tx) -> None:
        agents.set_password(tx, person.name, hashed)
        audit(tx, person.name, "agent.password", person.name, now=now)

    database.transaction(work)


# --- the second step ------------------------------------------------------------------------


def new_secret() -> str:
    """A secret for an app that shows codes; 160 bits, base 32."""
    return pyotp.random_base32()


def secret_address(name: str, secret: str) -> str:
    """The `otpauth://` address that such an app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def begin_second_step(
    database: Database, person: Person, secret: str, code: str, now: datetime
) -> bool:
    """From now on a code of this secret is asked for; False when `code` is not one of it."""
    period = _period(secret, code, now)
    if period is None:
        return False

    def work(tx: Tx) -> None:
        agents.set_totp(tx, person.name, secret)
        agents.use_code(tx, person.name, period)
        audit(tx, person.name, "agent.second_step", person.name, now=now, detail="on")

    database.transaction(work)
    return True


def _period(secret: str, code: str, now: datetime) -> int | None:
    """The period whose code this is: the present one, or a neighbour for clocks that go wrong."""
    totp = pyotp.TOTP(secret, interval=_CODE_SECONDS)
    present = int(now.timestamp()) // _CODE_SECONDS
    digits = "".join(code.split())
    for period in (present, present - 1, present + 1):
        moment_of = datetime.fromtimestamp(period * _CODE_SECONDS, UTC)
        if secrets.compare_digest(totp.at(moment_of), digits.encode("ascii", "replace").decode()):
            return period
    return None


# --- inside ---------------------------------------------------------------------------------


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[: passwords.LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def _refuse_locked(database: Database, name: str, now: datetime, address: str) -> None:
    """Raises CannotEnter while the name or the address is locked."""
    until = _locked_until(database, (name, address), now)
    if until is None:
        return
    _note_often(database, "console.refused_locked", _told_name(database, name), now, address)
    raise CannotEnter("locked", moment(until))


def _note_often(database: Database, action: str, told: str, now: datetime, address: str) -> None:
    """In the audit log, a row a minute: whoever tries on may do so a thousand times."""
    if not agents.has_acted(database, _CONSOLE, action, told, since=now - _A_MINUTE):
        database.transaction(lambda tx: audit(tx, _CONSOLE, action, told, now=now, detail=address))


def _refuse_if_locked(tx: Tx, who: tuple[str, str], now: datetime) -> None:
    until = _locked_until(tx, who, now)
    if until is not None:
        raise CannotEnter("locked", moment(until))


def _locked_until(tx: Tx, who: tuple[str, str], now: datetime) -> str | None:
    name, address = who
    until = agents.locked_until(tx, _hashed(name), now)
    return until or (agents.locked_until(tx, _place(address), now) if address else None)


def _place(address: str) -> str:
    """What the tries from an address are counted under; no name has a space."""
    return _hashed(f"from {address}")


def _told_name(tx: Tx, name: str) -> str:
    """The name as the audit log has it. One that nobody has may be a password: it is not kept."""
    return name if agents.get(tx, name) is not None else UNKNOWN


def _failed(
    database: Database, policy: Policy, who: tuple[str, str], now: datetime, why: str = "wrong"
) -> CannotEnter:
    """Counts the try, of a name that nobody has as well: both answer alike. `who` is the name and
    the address."""
    name, address = who
    until = now + timedelta(minutes=policy.console_lock_minutes)
    hour = now - timedelta(hours=1)

    def work(tx: Tx) -> bool:
        told = _told_name(tx, name)
        audit(tx, _CONSOLE, "console.refused", told, now=now, detail=address)
        locked = agents.count_failure(
            tx, _hashed(name), at_most=policy.console_max_tries, lock_until=until, now=now
        )
        if locked:
            audit(tx, _CONSOLE, "console.locked", told, now=now, detail=stamp(until))
        # Whoever tries one password on many names locks none of them.
        if address and agents.count_failure(
            tx, _place(address), at_most=policy.console_max_tries_address, lock_until=until,
            now=now, since=hour,
        ):  # fmt: skip
            audit(tx, _CONSOLE, "console.locked", address, now=now, detail=stamp(until))
            locked = True
        return locked

    locked = database.transaction(work)
    return CannotEnter("locked", until) if locked else CannotEnter(why)
