"""An act that is carried out and undone: what would become of it, by the code that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from storage.database import Database, Params, Row, Tx

T = TypeVar("T")


class _Undo(Exception):
    """Carries the answer out of a transaction that must not be kept."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer


class Rehearsal:
    """A database whose transactions are undone, each by itself: the next does not see the last.

    What it is handed to may do no more than read and write through `transaction`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def transaction(self, work: Callable[[Tx], T], *, bulk: bool = False, alone: str = "") -> T:
        """As `Database.transaction`, but nothing of it stays; it waits behind people's work."""

        def undone(tx: Tx) -> None:
            raise _Undo(work(tx))

        try:
            self._database.transaction(undone, bulk=True, alone=alone)
        except _Undo as done:
            return cast(T, done.answer)
        raise AssertionError("a rehearsal always ends by being undone")

    def all(self, sql: str, params: Params = ()) -> list[Row]:
        return self._database.all(sql, params)

    def one(self, sql: str, params: Params = ()) -> Row | None:
        return self._database.one(sql, params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def rehearse(database: Database) -> Database:
    """The database for an act that is only tried."""
    return cast(Database, Rehearsal(database))
