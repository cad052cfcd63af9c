"""Values in and out of PostgreSQL as SQLite has them: whole numbers for booleans, no decimals.

So every module reads the same from both engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

import psycopg
from psycopg.adapt import Dumper, Loader
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper


class PostgresRow(tuple[Any, ...]):
    """One row: values by column name (or place), in the order of the columns."""

    __slots__ = ()
    _places: dict[str, int] = {}

    def __getitem__(self, name: Any) -> Any:
        if name.__class__ is str:
            return tuple.__getitem__(self, self._places[name])
        return tuple.__getitem__(self, name)

    def keys(self) -> Iterable[str]:
        return list(self._places)


@lru_cache(maxsize=2048)
def _kind(names: tuple[str, ...]) -> type[PostgresRow]:
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name, place)  # of two with one name the first, as in SQLite
    return type("Row", (PostgresRow,), {"__slots__": (), "_places": places})


def read_rows(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Any]:
    if cursor.description is None:
        return tuple
    return _kind(tuple(column.name for column in cursor.description))


class _TextDumper(StrDumper):
    """Texts. PostgreSQL cannot keep the character 0, which no phone can show either."""

    def dump(self, obj: Any) -> Any:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class _BytesDumper(Dumper):
    """Bytes are a mistake: no column holds any, and PostgreSQL would write them as text."""

    def dump(self, obj: Any) -> bytes:
        raise TypeError("cannot store bytes; texts, numbers and flags only")


class _FlagDumper(Dumper):
    """True and False as 1 and 0."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _FlagLoader(Loader):
    def load(self, data: Any) -> int:
        return 1 if bytes(data) == b"t" else 0


class _NumericLoader(Loader):
    """Sums of whole numbers are whole numbers, means are floats."""

    def load(self, data: Any) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text or b"N" in text else int(text)


def register(conn: psycopg.Connection[Any]) -> None:
    adapters = conn.adapters
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(str, cast(Any, _TextDumper))
    adapters.register_dumper(bytes, _BytesDumper)
    adapters.register_dumper(bool, _FlagDumper)
    adapters.register_loader("bool", _FlagLoader)
    adapters.register_loader("numeric", _NumericLoader)
