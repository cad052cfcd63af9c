"""The list of erasures, kept beside the database: a backup that is put back erases them again.

Whose data were erased cannot stand in it, so each is a keyed hash. Lines of JSON, only added to.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from bot.settings import Settings
from storage import vitals
from storage.database import moment, stamp

ADDRESS, CUSTOMER = "address", "customer"


@dataclass(frozen=True)
class Erasure:
    """That somebody's data were erased. `hash`: of the address or number, by our secret key."""

    at: str
    kind: str
    hash: str


def path_of(settings: Settings) -> Path:
    """GAISMA_ERASURES, else beside the database file, else in `var`."""
    if settings.erasures:
        return Path(settings.erasures)
    file = vitals.path_of(settings.database_url)
    return file.with_name(f"{file.name}.erasures") if file else Path("var/erasures.jsonl")


def digest(key: str, kind: str, value: str) -> str:
    """What stands for an address or a number; without the key nobody finds out which it is."""
    return hmac.new(key.encode(), f"{kind} {value}".encode(), hashlib.sha256).hexdigest()


def digests(settings: Settings, address: str) -> tuple[str, ...]:
    """What may stand for an address, by any key that is in use."""
    return tuple(digest(key, ADDRESS, address) for key in _keys(settings))


def add(settings: Settings, kind: str, values: Iterable[str], now: datetime) -> None:
    """Write erasures to the list, on the disk before this returns."""
    key = _keys(settings)[0]
    lines = [
        json.dumps(asdict(Erasure(stamp(now), kind, digest(key, kind, value)))) + "\n"
        for value in values
    ]
    path = path_of(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, "".join(lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def since(settings: Settings, at: datetime) -> list[Erasure]:
    """The erasures of the list at this moment or after it."""
    try:
        lines = path_of(settings).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = [Erasure(**json.loads(line)) for line in lines if line.strip()]
    return [each for each in found if moment(each.at) >= at]


def matching(
    settings: Settings, erased: Iterable[Erasure], kind: str, values: Iterable[str]
) -> list[str]:
    """Those of the values that the erasures are of."""
    hashes = {each.hash for each in erased if each.kind == kind}
    if not hashes:
        return []
    keys = _keys(settings)
    return [each for each in values if any(digest(key, kind, each) in hashes for key in keys)]


def _keys(settings: Settings) -> tuple[str, ...]:
    # Without a key of its own (a trial, the demo) the hashes hide little; the doctor says so.
    return settings.secret_keys or ("",)
