"""A report sealed: a file beside it that says what it was made of, signed, so that a change shows.

The seal of `W-1.pdf` is `W-1.pdf.seal.json`. It is signed with the first key of GAISMA_SECRET_KEY,
so only who has that key can check it, or forge it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from storage import Row, Tx, proofs
from storage.database import stamp

ENDING = ".seal.json"
_CHUNK = 1 << 20


class Broken(Exception):
    """The file or its seal is not as it was made; the sentence says what is wrong."""


def history(tx: Tx, works: Sequence[Row]) -> list[dict[str, Any]]:
    """Each campaign that told of these works: who approved it when, and what became of it."""
    ids = [str(row["id"]) for row in works]
    made = [_plain(row) | {"messages": list[Any]()} for row in proofs.campaigns_of(tx, ids)]
    by_id = {each["id"]: each for each in made}
    for row in proofs.counted(tx, ids):
        counts = _plain(row)
        by_id[counts.pop("campaign_id")]["messages"].append(counts)
    return made


def _plain(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - its names


def seal(path: Path, told: Mapping[str, Any], key: str, now: datetime) -> Path:
    """Write the seal of a file: its hash, what is told of it, and the signature. Raises OSError."""
    content = {
        "file": path.name, "sha256": _hash(path), "made_at": stamp(now), "key": key_id(key), **told,
    }  # fmt: skip
    made = path.with_name(path.name + ENDING)
    signed = {**content, "signature": _sign(content, key)}
    made.write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return made


def check(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    """What the seal of a file tells, when both are as they were made. Raises Broken, OSError."""
    beside = path.with_name(path.name + ENDING)
    try:
        told: dict[str, Any] = json.loads(beside.read_text("utf-8"))
        signature, sha256 = str(told.pop("signature")), str(told["sha256"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Broken(f"{beside} is no seal.") from error
    key = next((each for each in keys if key_id(each) == told.get("key")), None)
    if key is None:
        raise Broken(f"{beside} was signed with a key that GAISMA_SECRET_KEY does not have.")
    if not hmac.compare_digest(_sign(told, key).encode(), signature.encode()):
        raise Broken(f"{beside} was changed after it was signed.")
    if _hash(path) != sha256:
        raise Broken(f"{path} was changed after it was sealed.")
    return told


def key_id(key: str) -> str:
    """What a key is known by; nobody gets from it to the key."""
    return hashlib.sha256(f"gaisma seal {key}".encode()).hexdigest()[:12]


def _sign(content: Mapping[str, Any], key: str) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), f"seal {text}".encode(), hashlib.sha256).hexdigest()


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()
