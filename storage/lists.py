"""Statements over lists of values: `{ids}` in the text becomes as many placeholders as there are.

This keeps set-based statements in the common subset of both engines: neither JSON functions nor
arrays are alike in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
Statement = tuple[str, list[Any]]

# `{ids}` or `:now`, but no part of a word, a cast or a text.
_HOLE = re.compile(r"\{(\w+)\}|(?<![:\w']):([a-z_]\w*)")


def spell(sql: str, /, **values: Any) -> Statement:
    """The text with `?` only, and its values in order, for `tx.all(*spell(...))`.

    A list of plain values fills `IN ({name})`; a list of tuples fills `VALUES {name}`; anything
    else is the value of `:name`. Raises ValueError for an empty list, which neither engine can
    read, and LookupError for a name without a value.

    Names are not left to SQLite: it finds each by walking over all, and 300 rows of 8 named
    values took 49 us a row to bind where unnamed ones take 12.
    """
    lists = {}
    for name, value in values.items():
        if isinstance(value, list):
            if not value:
                raise ValueError(f"the list {name} is empty")
            wide = len(value[0]) if isinstance(value[0], tuple) else 0
            flat = [each for row in value for each in row] if wide else value
            lists[name] = (_placeholders(len(value), wide), flat)
    text, params = [], []
    for plain, name in _split(sql):
        text.append(plain)
        if name in lists:
            text.append(lists[name][0])
            params += lists[name][1]
        elif name:
            text.append("?")
            params.append(values[name])
    return "".join(text), params


def by_place(sql: str) -> tuple[str, tuple[str, ...]]:
    """A statement that names single values, with `?` for each; and their names in order.

    For `tx.many`, whose rows are then lists: the same gain as in `spell`.
    """
    pieces = _split(sql)
    return "?".join(plain for plain, _ in pieces), tuple(name for _, name in pieces if name)


def in_chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in order, at most `size` at a time."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


@lru_cache(maxsize=512)
def _split(sql: str) -> tuple[tuple[str, str], ...]:
    """The text in pieces, each with the name of the hole after it; none after the last."""
    parts = _HOLE.split(sql)
    pieces = zip(parts[0::3], parts[1::3], parts[2::3], strict=False)
    return (*((plain, of_list or of_one) for plain, of_list, of_one in pieces), (parts[-1], ""))


@lru_cache(maxsize=2048)  # bulk work spells the same lists of 300 for every chunk
def _placeholders(count: int, wide: int) -> str:
    one = "(" + ", ".join("?" * wide) + ")" if wide else "?"
    return ", ".join([one] * count)
