"""What is held about a person handed out, and erased: all tables, the list of erasures, the audit.

Erasing comes in small transactions: one that is broken off is done to its end by asking again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.people import erasures
from bot.phones import phone_number
from bot.settings import Settings
from bot.spool.files import Spool, folder_of
from storage import Database, Tx, audit, erased, locks, persons, search
from storage.database import audit as note
from storage.database import moment, new_id
from storage.persons import Person

CHUNK = 100  # messages a transaction
WAIT_SECONDS = 0.5
_SLACK = timedelta(minutes=1)  # a backup was begun before it was marked


class Unknown(Exception):
    """Nothing is held about this number, or it is none; the sentence says which."""


class NotNow(Exception):
    """It cannot be erased at this moment; the sentence says why."""


@dataclass(frozen=True)
class Export:
    """All that is held: rows by table, and the rows of the audit log that are about them."""

    who: str
    person: Person
    held: dict[str, list[dict[str, Any]]]


@dataclass
class Erased:
    """What an erasure did. `mentioned`: where a number stood in words of others, now hidden."""

    addresses: int = 0
    customers: int = 0
    messages: int = 0
    withdrawn: int = 0
    audit_rows: int = 0
    files: int = 0  # texts that waited on this machine
    mentioned: dict[str, int] = field(default_factory=dict)


def find(tx: Tx, asked: str) -> tuple[str, Person]:
    """Who is meant by a phone number, an e-mail address or a customer number. Raises Unknown."""
    text = asked.strip()
    if (customer := persons.of_customer(tx, text)) is not None:
        return text, customer
    value = text.lower() if "@" in text else phone_number(text)
    if not value:
        raise Unknown("that is no phone number, no e-mail address and no number of a customer.")
    return value, persons.of_address(tx, value)


def export(
    database: Database, asked: str, *, by: str, now: datetime, settings: Settings | None = None
) -> Export:
    """Everything about a person; with `settings` also what waits in files of this machine.

    The audit keeps that it was handed out. Raises Unknown.
    """
    who, person = find(database, asked)
    held = persons.held(database, person)
    if settings is not None and (waits := in_files(settings, person)):
        held["spool"] = waits
    if not held:
        raise Unknown("nothing is held about that number.")
    database.transaction(lambda tx: note(tx, by, "privacy.export", _subject(person), now=now))
    return Export(who, person, held)


def _subject(person: Person) -> str:
    """Never a phone number: how many addresses, or which customer."""
    return " ".join(person.whole) or f"{len(person.addresses)} address(es)"


def erase(
    database: Database, settings: Settings, asked: str, *, by: str, now: datetime,
    wait_seconds: float = 0.0,
) -> Erased:  # fmt: skip
    """Erase a person. What waits for them is taken back first, and what is on its way is awaited
    for so long. Raises Unknown, NotNow."""
    _, person = find(database, asked)
    # All hosts see this: what waits in their files from before is theirs to drop. Also when nothing
    # is held here, for then it may be held there.
    marks = [each for address in person.addresses for each in erasures.digests(settings, address)]
    database.transaction(lambda tx: erased.add(tx, marks, now))
    if not persons.held(database, person) and not in_files(settings, person):
        raise Unknown("nothing is held about that number.")
    done = Erased()
    done.withdrawn = database.transaction(lambda tx: persons.withdraw(tx, person, now))
    _await(database, person, wait_seconds)
    # Before the first row goes: a backup put back in between must not bring the person back.
    erasures.add(settings, erasures.ADDRESS, person.addresses, now)
    erasures.add(settings, erasures.CUSTOMER, person.whole, now)
    # Nor may a text that waits in a file come in afterwards.
    done.files = Spool(folder_of(settings)).forget(person.addresses)
    _erase(database, person, done, by=by, now=now)
    return done


def in_files(settings: Settings, person: Person) -> list[dict[str, Any]]:
    """Texts of the person that could not be stored yet, or not at all."""
    return [entry for _, entry in Spool(folder_of(settings)).of(person.addresses)]


def _await(database: Database, person: Person, seconds: float) -> None:
    limit = time.monotonic() + seconds
    while many := persons.on_the_way(database, person):
        if time.monotonic() >= limit:
            raise NotNow(
                f"{many} message(s) to this person are on their way to the provider; what waited "
                "was taken back. Ask again in a few minutes, while the worker runs."
            )
        time.sleep(WAIT_SECONDS)


def _erase(database: Database, person: Person, done: Erased, *, by: str, now: datetime) -> None:
    database.transaction(lambda tx: persons.overwrite(tx, on=True), bulk=True)
    try:
        _erase_all(database, person, done, by=by, now=now)
    finally:
        database.transaction(lambda tx: persons.overwrite(tx, on=False), bulk=True)


def _erase_all(
    database: Database, person: Person, done: Erased, *, by: str, now: datetime
) -> None:  # fmt: skip
    for address in person.addresses:
        _erase_address(database, address, done, by=by, now=now)
    for number in person.whole:
        alias = f"erased-{new_id()}"

        def work(tx: Tx, number: str = number, alias: str = alias) -> None:
            persons.erase_customer(tx, number, alias, now)

        database.transaction(work, bulk=True)
        _erase_words(database, [number], done, by=by, now=now)
        done.customers += 1
    while database.transaction(search.squeeze, bulk=True):
        pass
    database.transaction(
        lambda tx: note(tx, by, "privacy.erase", "", now=now,
                        detail=f"{done.addresses} + {done.customers}"), bulk=True,
    )  # fmt: skip


def _erase_address(
    database: Database, address: str, done: Erased, *, by: str, now: datetime
) -> None:
    alias, phone = f"erased-{new_id()}", locks.of_phone(address)
    while ids := persons.texts_left(database, address, CHUNK):

        def texts(tx: Tx, ids: list[str] = ids) -> None:
            persons.erase_texts(tx, ids, alias)

        database.transaction(texts, bulk=True, alone=phone)
        done.messages += len(ids)
    database.transaction(
        lambda tx: persons.erase_address(tx, address, alias, now), bulk=True, alone=phone
    )
    _erase_words(database, _spellings(address), done, by=by, now=now)
    done.addresses += 1


def _erase_words(
    database: Database, words: list[str], done: Erased, *, by: str, now: datetime
) -> None:
    """Take numbers out of words of others, and out of the audit log."""
    places = audit.rows_about(database, words)
    if places:
        done.audit_rows += database.transaction(
            lambda tx: audit.erase(tx, places, by=by, now=now), bulk=True
        )
    for where, many in persons.mentions(database, words).items():

        def hide(tx: Tx, where: str = where) -> int:
            return sum(persons.hide(tx, where, word) for word in words)

        database.transaction(hide, bulk=True)
        done.mentioned[where] = done.mentioned.get(where, 0) + many


def _spellings(address: str) -> list[str]:
    """The ways in which a number stands in words: whole, and without the code of the country."""
    local = address.removeprefix("+371")
    return [address] if local == address or len(local) < 8 else [address, local]


def _mark_again(tx: Tx, again: list[erasures.Erasure]) -> None:
    for each in again:
        if each.kind == erasures.ADDRESS:
            erased.add(tx, [each.hash], moment(each.at))


def erase_again(
    database: Database, settings: Settings, since: datetime, *, now: datetime
) -> Erased:  # fmt: skip
    """Erase in data of `since` whoever was erased after that: for a backup that was put back."""
    done = Erased()
    again = erasures.since(settings, since - _SLACK)
    if not again:
        return done
    database.transaction(lambda tx: _mark_again(tx, again))
    numbers = erasures.matching(
        settings, again, erasures.CUSTOMER, persons.customer_numbers(database)
    )
    found = erasures.matching(settings, again, erasures.ADDRESS, persons.addresses(database))
    if not found and not numbers:
        return done
    person = Person(tuple(found), tuple(numbers), tuple(numbers))
    # Also what was under way then: it would be asked about, and be sent to nobody.
    states = ("queued", "sending", "unknown")
    database.transaction(lambda tx: persons.withdraw(tx, person, now, states=states))
    _erase(database, person, done, by="restore", now=now)
    return done
