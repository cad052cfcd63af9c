"""The end of the audit log told outside the database once a day, signed, and looked at later.

Who may write the database could cut the log's end off and set its head back. The lines that this
leaves in the service's log say which rows were there.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from storage import Database, audit
from storage.audit import Verdict
from storage.database import maybe_moment, set_switch, stamp, switch

log = logging.getLogger("gaisma.audit")

TOLD = "audit_told"  # the switch: "place hash signature", and when
EVERY = timedelta(days=1)
_LINE = re.compile(r"audit head (\d+) ([0-9a-f]{64}) ([0-9a-f]{32})")


_REPLACED = (
    "If GAISMA_SECRET_KEY was replaced, the rows are not at fault: put the key before it behind "
    "it, as GAISMA_SECRET_KEY=new,old, and look again. {lost} If nobody replaced it, somebody "
    "without the key wrote that line: keep a copy of the database, and compare it with a log "
    "kept elsewhere (gaisma audit verify --log FILE). Change or delete nothing in the database."
)
_LOST_HERE = "Is it lost? The worker signs with the new one within a day, and this ends."
_LOST_LOG = "Is it lost? Leave out the part of the log from before."


class Forged(Exception):
    """A line that tells of a head was not signed by us; the sentences name it, and say what to
    do when it was only our key that changed."""


def sign(key: str, seq: int, head: str) -> str:
    """The signature of a head: 32 hexadecimal digits."""
    text = f"audit head {seq} {head}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def head_line(database: Database, key: str) -> str:
    """Where the log ends now, as it is told: 'audit head 42 <hash> <signature>'."""
    seq, head = audit.end_of(database)
    return f"audit head {seq} {head} {sign(key, seq, head)}" if seq else ""


def tell_daily(database: Database, now: datetime, key: str) -> bool:
    """Say where the log ends, unless that was said within a day; whether it was said."""
    _, _, at = switch(database, TOLD).partition(" at ")
    last = maybe_moment(at or None)
    line = head_line(database, key)
    if not line or (last is not None and last <= now < last + EVERY):
        return False
    log.warning("%s", line)
    told = f"{line.removeprefix('audit head ')} at {stamp(now)}"
    database.transaction(lambda tx: set_switch(tx, TOLD, told, by="worker", now=now), bulk=True)
    return True


def heads(lines: Iterable[str], keys: Sequence[str], *, lost: str = _LOST_LOG) -> dict[int, str]:
    """The hash of each place that these lines of a log tell of. Raises Forged.

    `lost`: what to do when the key that signed them is not to be had any more.
    """
    found: dict[int, str] = {}
    for line in lines:
        if told := _LINE.search(line):
            seq, head, signature = int(told[1]), told[2], told[3]
            if not any(hmac.compare_digest(sign(key, seq, head), signature) for key in keys):
                raise Forged(
                    f"the line that tells of row {seq} was not signed with our key. "
                    + _REPLACED.format(lost=lost)
                )
            if found.setdefault(seq, head) != head:
                raise Forged(f"two lines tell of row {seq}, each of another hash.")
    return found


def told_here(database: Database, keys: Sequence[str]) -> dict[int, str]:
    """The head that was told last, as the database remembers it. Raises Forged."""
    told = switch(database, TOLD)
    return heads([f"audit head {told}"], keys, lost=_LOST_HERE) if told and keys else {}


def look(database: Database, keys: Sequence[str], *, last: int = 0) -> Verdict:
    """Whether the log, or its last rows, is as it was written. Raises Forged."""
    return audit.verify(database, told=told_here(database, keys), last=last)


def words(verdict: Verdict) -> str:
    """What was found, in a sentence."""
    if verdict.broken is not None:
        return f"broken at row {verdict.broken.seq}: {verdict.broken.why}"
    if not verdict.rows:
        return "empty, and nothing is missing"
    erased = f", {verdict.erased} of them without content, as told" if verdict.erased else ""
    return f"whole: rows {verdict.first} to {verdict.last}{erased}"
