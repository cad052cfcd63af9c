"""Whose data were erased, as keyed hashes: what still waits in files of other hosts is theirs too.

The list of `GAISMA_ERASURES` is one host's file and is for backups; this one is seen by all hosts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from storage.database import Tx, new_id, stamp
from storage.lists import spell


def add(tx: Tx, hashes: Collection[str], at: datetime) -> None:
    """These addresses were erased at this moment."""
    for each in hashes:
        tx.run("INSERT INTO erased (id, hash, at) VALUES (?, ?, ?)", (new_id(), each, stamp(at)))


def any_since(tx: Tx, hashes: Collection[str], since: datetime) -> bool:
    """Whether one of these addresses was erased at this moment or after it."""
    sql = "SELECT 1 AS found FROM erased WHERE hash IN ({hashes}) AND at >= :since LIMIT 1"
    return tx.one(*spell(sql, hashes=list(hashes), since=stamp(since))) is not None
