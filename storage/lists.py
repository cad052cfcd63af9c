"""Statements over lists of values: `{ids}` in the text becomes as many placeholders as there are.

This keeps set-based statements in the common subset of both engines: neither JSON functions nor
arrays are alike in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
Statement = tuple[str, dict[str, Any]]


def spell(sql: str, /, **values: Any) -> Statement:
    """The text and its named parameters, for `tx.all(*spell(...))`.

    A list of plain values fills `IN ({name})`; a list of tuples fills `VALUES {name}`. Raises
    ValueError for an empty list, which neither engine can read.
    """
    lists: dict[str, str] = {}
    params: dict[str, Any] = {}
    for name, value in values.items():
        if not isinstance(value, list):
            params[name] = value
            continue
        if not value:
            raise ValueError(f"the list {name} is empty")
        if isinstance(value[0], tuple):
            lists[name] = ", ".join(_row(f"{name}_{i}", row, params) for i, row in enumerate(value))
        else:
            lists[name] = _row(name, value, params)[1:-1]
    return sql.format(**lists), params


def in_chunks(values: Sequence[T], size: int) -> Iterator[list[T]]:
    """The values in order, at most `size` at a time."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def _row(name: str, row: Sequence[Any], params: dict[str, Any]) -> str:
    names, text = _spelled(name, len(row))
    params.update(zip(names, row, strict=True))
    return text


@lru_cache(maxsize=2048)  # bulk work spells the same lists of 300 for every chunk
def _spelled(name: str, count: int) -> tuple[tuple[str, ...], str]:
    names = tuple(f"{name}_{i}" for i in range(count))
    return names, "(" + ", ".join(f":{each}" for each in names) + ")"
