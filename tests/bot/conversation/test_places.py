"""The address index of a process: built beside the texts, kept fresh, one for all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bot.conversation import places
from bot.conversation.places import Places
from intents.addresses import AddressIndex
from intents.model import Address
from storage import Database, StorageError, contacts
from tests.bot import grid

HOUSE = Address("", "Brīvības iela", "105", town="Rīga")
SOON = 10.0  # seconds within which anything here is long done


def await_true(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def eics(known: Places) -> tuple[str, ...]:
    return tuple(eic for place in known.match(HOUSE).places for eic in place.eics)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Reading the premises waits for this event."""
    goes_on = threading.Event()
    read = contacts.each_address

    def waiting(database: Database) -> Iterator[contacts.AddressRow]:
        assert goes_on.wait(SOON)
        return read(database)

    monkeypatch.setattr(contacts, "each_address", waiting)
    yield goes_on
    goes_on.set()


def test_small_premises_are_known_when_the_start_is_over(database: Database) -> None:
    grid.people(database, [1])
    known = Places(database)
    known.prepare()
    assert known.is_ready


def test_a_start_does_not_wait_for_large_premises_but_their_first_text_does(
    database: Database, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "PREPARE_SECONDS", 0.01)
    grid.people(database, [1])
    known = Places(database)
    known.prepare()
    assert not known.is_ready
    threading.Timer(0.05, slow.set).start()
    assert eics(known) == (grid.code(1),)


def test_the_index_before_answers_while_a_new_one_is_built(
    database: Database, slow: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow.set()
    monkeypatch.setattr(places, "CHECK_SECONDS", 0.001)
    monkeypatch.setattr(places, "_REST", 0)
    grid.people(database, [1])
    known = Places(database)
    assert eics(known) == (grid.code(1),)
    known.watch()
    slow.clear()
    grid.people(database, [2])
    for _ in range(5):
        assert eics(known) == (grid.code(1),)
    slow.set()
    await_true(lambda: set(eics(known)) == {grid.code(1), grid.code(2)})


@pytest.mark.alone
def test_changed_premises_are_followed_while_no_text_comes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "CHECK_SECONDS", 0.01)
    known = Places(database)
    known.watch()
    await_true(lambda: known.is_ready)
    grid.people(database, [1])
    await_true(lambda: known._index is not None and known._index.town("Rīgā") == "Rīga")
    known.stop()
    await_true(lambda: "gaisma-places" not in [each.name for each in threading.enumerate()])


def test_threads_that_come_at_once_build_one_index(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid.people(database, [1, 2])
    built: list[AddressIndex] = []

    def counted(rows: Iterator[contacts.AddressRow]) -> AddressIndex:
        built.append(AddressIndex(rows))
        return built[-1]

    monkeypatch.setattr(places, "AddressIndex", counted)
    known = Places(database)
    threads = [threading.Thread(target=lambda: known.match(HOUSE)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(built) == 1


def test_premises_that_cannot_be_read_are_said_to_the_text_and_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Database) -> Iterator[contacts.AddressRow]:
        raise StorageError("The disk is gone.")

    grid.people(database, [1])
    known = Places(database)
    with monkeypatch.context() as patched:
        patched.setattr(contacts, "each_address", broken)
        known.prepare()
        with pytest.raises(StorageError):
            known.match(HOUSE)
    assert eics(known) == (grid.code(1),)


def test_premises_are_read_in_chunks_without_losing_any(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "_AT_ONCE", 3)
    for count in range(1, 8):
        grid.people(database, [count])
        assert len(list(contacts.each_address(database))) == count


def test_a_load_that_changes_nothing_keeps_the_index(database: Database) -> None:
    grid.people(database, [1])
    version = contacts.premises_version(database)
    grid.people(database, [1])
    assert contacts.premises_version(database) == version
    grid.people(database, [1], transformer="T2")
    assert contacts.premises_version(database) != version
