"""The audit log as a chain: whether anybody changed it, and what retention and erasure do to it.

Four things show tampering: a row that does not match its hash, a hash that does not follow from
the row before, a place that is empty, and a head that is not the last row. Who cuts the end off
and sets the head back is shown by a head that was told elsewhere (`bot.running.audited`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storage.chain import ANCHOR, HEAD, START, content_hash, link
from storage.database import Row, Tx, audit
from storage.lists import in_chunks, spell

ERASED, PURGED = "audit.erased", "audit.purged"
GONE = "erased"  # stands in the place of what a row was about
_AT_ONCE = 2000
_NAMED = 200  # rows that one act of erasing names


@dataclass(frozen=True)
class Broken:
    """The first place at which the log is not as it was written."""

    seq: int
    why: str


@dataclass
class Verdict:
    """What `verify` found. `erased`: rows without their content; each was told to be so."""

    first: int = 0
    last: int = 0
    head: str = START
    rows: int = 0
    erased: int = 0
    broken: Broken | None = None


@dataclass
class _Walk:
    """Goes from row to row; `seq` and `hash` are of the last one that was right."""

    seq: int
    hash: str
    told: Mapping[int, str]
    rows: int = 0
    erased: set[int] = field(default_factory=set)
    accounted: set[int] = field(default_factory=set)
    purges: set[str] = field(default_factory=set)

    def step(self, row: Row) -> str:
        """What is wrong with this row; '' when nothing is."""
        seq = int(row["seq"])
        if seq != self.seq + 1:
            return f"{seq - self.seq - 1} row(s) are missing before it"
        if row["salt"]:
            if content_hash(row["salt"], row["subject"], row["detail"]) != row["content_hash"]:
                return "what it was done to, or its detail, was changed"
        else:
            self.erased.add(seq)
        parts = (row[name] for name in ("id", "at", "actor", "action", "login", "content_hash"))
        if link(self.hash, seq, *map(str, parts)) != row["hash"]:
            return "it was changed, put in, or its place taken by another"
        if self.told.get(seq, row["hash"]) != row["hash"]:
            return "it is another than the one whose hash was told"
        self.seq, self.hash, self.rows = seq, str(row["hash"]), self.rows + 1
        self._account(row)
        return ""

    def _account(self, row: Row) -> None:
        if row["action"] == ERASED:
            self.accounted.update(int(each) for each in str(row["detail"]).split())
        elif row["action"] == PURGED:
            self.purges.add(str(row["detail"]))


def _rows_after(tx: Tx, seq: int) -> Iterator[Row]:
    while rows := tx.all("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (seq, _AT_ONCE)):
        yield from rows
        seq = int(rows[-1]["seq"])


def end_of(tx: Tx, name: str = HEAD) -> tuple[int, str]:
    """(place, hash) of the head or the anchor of the chain; (0, '') when there is none."""
    row = tx.one("SELECT seq, hash FROM audit_chain WHERE name = ?", (name,))
    return (0, START) if row is None else (int(row["seq"]), str(row["hash"]))


def verify(tx: Tx, *, told: Mapping[int, str] | None = None, last: int = 0) -> Verdict:
    """Walk the whole chain, or its `last` rows. `told`: hashes of places as told elsewhere.

    About 200,000 rows a second. Rows written meanwhile are not looked at.
    """
    head_seq, head_hash = end_of(tx)
    start, before = end_of(tx, ANCHOR)
    anchored = not last or head_seq - last <= start
    if not anchored:
        start = head_seq - last
        row = tx.one("SELECT hash FROM audit WHERE seq = ?", (start,))
        if row is None:
            return Verdict(broken=Broken(start, "the row is missing"))
        before = str(row["hash"])
    walk = _Walk(start, before, told or {})
    verdict = Verdict(first=start + 1)
    verdict.broken = _walk_to(tx, walk, head_seq)
    if verdict.broken is None:
        verdict.broken = _end(walk, head_seq, head_hash, _told_after(told, head_seq))
    if verdict.broken is None and anchored:
        verdict.broken = _unaccounted(walk, start, before)
    verdict.last, verdict.head, verdict.rows = walk.seq, walk.hash, walk.rows
    verdict.erased = len(walk.erased)
    return verdict


def _walk_to(tx: Tx, walk: _Walk, head_seq: int) -> Broken | None:
    for row in _rows_after(tx, walk.seq):
        if int(row["seq"]) > head_seq:
            # Written since the head was read, unless the head was set back.
            return None if end_of(tx)[0] >= int(row["seq"]) else _beyond(int(row["seq"]))
        if why := walk.step(row):
            return Broken(int(row["seq"]), why)
    return None


def _beyond(seq: int) -> Broken:
    return Broken(seq, "it stands behind the end of the chain")


def _told_after(told: Mapping[int, str] | None, head_seq: int) -> int:
    """The last place that was told of and is not there any more."""
    return max((seq for seq in told or () if seq > head_seq), default=0)


def _end(walk: _Walk, head_seq: int, head_hash: str, beyond: int) -> Broken | None:
    if walk.seq < head_seq:
        return Broken(walk.seq + 1, f"the last {head_seq - walk.seq} row(s) are missing")
    if beyond:
        return Broken(walk.seq + 1, f"the last {beyond - walk.seq} row(s) are missing: they were "
                      "there when a head was told")  # fmt: skip
    if walk.hash != head_hash:
        return Broken(walk.seq, "the head of the chain is of another row")
    return None


def _unaccounted(walk: _Walk, start: int, before: str) -> Broken | None:
    """Rows without content, or an anchor, that no act in the chain tells of."""
    if hidden := walk.erased - walk.accounted:
        return Broken(min(hidden), "its content is gone, and no erasure tells of it")
    if start and f"{start} {before}" not in walk.purges:
        return Broken(start, "rows up to it are gone, and no purge tells of it")
    return None


# --- what is taken out of it -----------------------------------------------------------------


def rows_about(tx: Tx, values: Sequence[str]) -> list[int]:
    """The places of rows whose subject is, or whose detail has, one of these."""
    found: set[int] = set()
    for value in filter(None, values):
        rows = tx.all(
            """SELECT seq FROM audit
               WHERE salt <> '' AND (subject = ? OR lower(detail) LIKE '%' || lower(?) || '%')""",
            (value, value),
        )
        found.update(int(row["seq"]) for row in rows)
    return sorted(found)


def erase(tx: Tx, places: Iterable[int], *, by: str, now: datetime) -> int:
    """Take the content out of these rows, and say so in the log; how many."""
    count = 0
    for chunk in in_chunks(sorted(places), _NAMED):
        sql = """UPDATE audit SET subject = :gone, detail = '', salt = ''
                 WHERE salt <> '' AND seq IN ({chunk})"""
        if done := tx.run(*spell(sql, gone=GONE, chunk=chunk)):
            count += done
            audit(tx, by, ERASED, "", now=now, detail=" ".join(map(str, chunk)))
    return count


def last_before(tx: Tx, at: str, limit: int) -> int:
    """The place of the last of at most `limit` first rows that are all older than `at`; 0: none."""
    rows = tx.all("SELECT seq, at FROM audit ORDER BY seq LIMIT ?", (limit,))
    last = 0
    for row in rows:
        if str(row["at"]) >= at:
            break
        last = int(row["seq"])
    return last


def purge(tx: Tx, last: int, *, now: datetime) -> int:
    """Delete the rows up to the place `last`; the hash of that one stays as anchor. How many."""
    row = tx.one("SELECT hash FROM audit WHERE seq = ?", (last,))
    if row is None:
        return 0
    tx.run(
        """INSERT INTO audit_chain (name, seq, hash) VALUES ('anchor', ?, ?)
           ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash""",
        (last, row["hash"]),
    )
    gone = tx.run("DELETE FROM audit WHERE seq <= ?", (last,))
    audit(tx, "policy", PURGED, "", now=now, detail=f"{last} {row['hash']}")
    return gone
