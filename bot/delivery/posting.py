"""Letters that are due become one batch for the print shop: a PDF and a list.

Safe to be killed at any moment: letters are claimed, the files get their names whole, and what is
in the list is recorded as posted. Run again, the same batch is finished; no letter is in two.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TypeVar

from bot.delivery.claims import RENDER_ERRORS
from bot.letters import (
    ANYWHERE,
    Letter,
    LetterError,
    Placed,
    Postage,
    Sender,
    split_address,
    sum_of,
    write_batch,
)
from bot.outbox import is_gone, new_holder
from bot.policy import RIGA, Policy
from bot.words.bodies import write_bodies
from bot.words.documents import Address, read_address, read_document, write_document
from storage import Database, Row, Tx, calls, letters, locks
from storage.database import audit, moment
from storage.letters import Posted, Written

T = TypeVar("T")

CHUNK = 300
LOCK = "letters"
LOCK_TIME = timedelta(minutes=30)
POSTED = "told by letter"  # what came of a call that is not needed any more
NOTHING = "There is no letter to print"


class PostingRefused(Exception):
    """No batch can be written; the sentence says why and what to do."""


@dataclass(frozen=True)
class Batch:
    """What was written. `finished`: it had been begun before. `left_out`: by reason."""

    id: str
    pdf: Path
    manifest: Path
    letters: int
    pages: int
    postage_cents: int
    cost_cents: int
    finished: bool
    left_out: dict[str, int] = field(default_factory=dict)


def post_letters(
    database: Database, folder: Path, *, by: str, now: datetime, policy: Policy,
    short_number: str = "", believe: bool = False,
) -> Batch | None:  # fmt: skip
    """Write what is due into the folder; None when no letter is. Raises PostingRefused.

    `believe`: a person says that the files of a batch that was begun before are ours.
    """
    holder = new_holder()
    if not database.transaction(lambda tx: _hold(tx, holder, now)):
        raise PostingRefused("somebody else writes letters at this moment; wait until they are.")
    try:
        posting = _Posting(database, policy, by, now, short_number, believe)
        return posting.run(folder)
    except LetterError as error:
        raise PostingRefused(str(error)) from error
    finally:
        database.transaction(lambda tx: locks.release_lock(tx, LOCK, holder))


def _hold(tx: Tx, holder: str, now: datetime) -> bool:
    other = locks.lock_holder(tx, LOCK)
    if other and is_gone(other):
        locks.release_lock(tx, LOCK, other)
    return locks.hold_lock(tx, LOCK, holder, now=now, until=now + LOCK_TIME)


@dataclass
class _Posting:
    database: Database
    policy: Policy
    by: str
    now: datetime
    short_number: str
    believe: bool = False

    def run(self, folder: Path) -> Batch | None:
        begun = letters.open_batch(self.database)
        if begun is None and not letters.due_letters(self.database, self.now, 1):
            return None
        row = begun or self._begin(folder.resolve())
        pdf, manifest = paths_of(row)
        if not pdf.parent.is_dir():
            # Its files may be there, on a disk that is away: written anew, they would be double.
            raise PostingRefused(
                f"a batch was begun in {pdf.parent}, which is not there now. Bring it back; if "
                "nothing was written into it, make an empty folder of that name."
            )
        if not (pdf.exists() and manifest.exists()):
            pdf.unlink(missing_ok=True)  # of a batch that was killed between its two files
            self._claim(str(row["id"]))
            self._lay_out(row, pdf)
        return self._record(row, finished=begun is not None)

    def _begin(self, folder: Path) -> Row:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PostingRefused(f"{folder} cannot be made: {error.strerror}.") from error
        place = str(folder)
        return self._write(lambda tx: letters.begin_batch(tx, place, by=self.by, now=self.now))

    # -- before the files --------------------------------------------------------------------

    def _claim(self, batch_id: str) -> None:
        while ids := letters.due_letters(self.database, self.now, CHUNK):
            self._write(self._claiming(batch_id, ids))

    def _claiming(self, batch_id: str, ids: Sequence[str]) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            letters.claim_letters(tx, batch_id, ids, self.now)
            bodies = _addressed(tx, self._bodies(tx, ids))
            letters.keep_bodies(tx, [(text, id_) for id_, text in bodies.items()])

        return work

    def _bodies(self, tx: Tx, ids: Sequence[str]) -> dict[str, str]:
        """All documents; when they fail together, each alone: one bad one holds up no other."""
        try:
            return write_bodies(
                tx, ids, self.policy, now=self.now, short_number=self.short_number
            )  # fmt: skip
        except RENDER_ERRORS:
            if len(ids) == 1:
                return {}
        return {id_: text for each in ids for id_, text in self._bodies(tx, [each]).items()}

    # -- the files ---------------------------------------------------------------------------

    def _lay_out(self, row: Row, pdf: Path) -> None:
        placed: list[Placed] = []
        try:
            write_batch(
                self._letters(str(row["id"])), pdf.parent, sender_of(self.policy),
                name=pdf.stem, postage=postage_of(self.policy), on_placed=placed.append,
                on_written=partial(self._keep_sums, str(row["id"])), now=moment(row["made_at"]),
            )  # fmt: skip
        except LetterError as error:
            if placed or not str(error).startswith(NOTHING):
                raise

    def _keep_sums(self, batch_id: str, pdf: str, manifest: str) -> None:
        self._write(
            lambda tx: letters.keep_sums(tx, batch_id, pdf, manifest, by=self.by, now=self.now)
        )

    def _letters(self, batch_id: str) -> Iterator[Letter]:
        after = ""
        while rows := letters.letters_in(self.database, batch_id, after=after, limit=CHUNK):
            after = str(rows[-1]["id"])
            for row in rows:
                if row["holds"] and row["body"]:
                    yield letter_of(str(row["id"]), row["body"], self.now)

    # -- after the files ---------------------------------------------------------------------

    def _record(self, row: Row, *, finished: bool) -> Batch:
        batch_id = str(row["id"])
        pdf, manifest = paths_of(row)
        text = self._read_back(batch_id, pdf, manifest)
        listed = list(read_manifest(text, self.policy))
        for first in range(0, len(listed), CHUNK):
            some = [posted for posted, _, _ in listed[first : first + CHUNK]]
            self._write(self._recording(batch_id, some))
        left_out = self._leave_out(batch_id)
        pages = sum(count for _, count, _ in listed)
        postage = sum(cents for _, _, cents in listed)
        done = Written(str(pdf) if listed else "", len(listed), pages, postage)
        self._write(lambda tx: self._close(tx, batch_id, done))
        cost = sum(posted.cents for posted, _, _ in listed)
        return Batch(
            batch_id, pdf, manifest, len(listed), pages, postage, cost, finished, left_out
        )  # fmt: skip

    def _read_back(self, batch_id: str, pdf: Path, manifest: Path) -> str:
        """The list, if both files are those that we wrote; '' when there are none.

        The folder is the print shop's too. Whoever may write there could put a list of their own
        in the place of one that was broken off, and letters would count as posted that nobody has
        printed; so what is believed is what is read here, once, with the sum that it had.
        """
        if not (pdf.exists() or manifest.exists()):
            return ""
        try:
            told = manifest.read_bytes()
            with pdf.open("rb") as file:
                found = sum_of(file), hashlib.sha256(told).hexdigest()
        except OSError as error:
            raise PostingRefused(f"{error.filename} cannot be read: {error.strerror}.") from error
        if found != letters.sums_of(self.database, batch_id) and not self.believe:
            raise PostingRefused(
                f"{pdf} and {manifest.name} are not what was written there: somebody has changed "
                "them, or put them there. Nothing was recorded as posted. Find out who and why, "
                "see that they are not printed, and move both away; then run this again, and the "
                "batch is written anew. If they are ours after all (the database was put back "
                "from a backup since): --believe-files"
            )
        return told.decode("utf-8")

    def _recording(self, batch_id: str, some: Sequence[Posted]) -> Callable[[Tx], int]:
        def work(tx: Tx) -> int:
            # What is on paper, nobody has to say on the telephone as well.
            ids = [posted.message_id for posted in some]
            calls.close_told(tx, ids, self.now, why=POSTED)
            return letters.record_posted(tx, batch_id, some, self.now)

        return work

    def _close(self, tx: Tx, batch_id: str, written: Written) -> None:
        letters.close_batch(tx, batch_id, written, self.now)
        detail = f"{written.letters}{', files believed' if self.believe else ''}"
        audit(tx, self.by, "letters written", batch_id, now=self.now, detail=detail)

    def _leave_out(self, batch_id: str) -> dict[str, int]:
        """What is not in the files: overtaken, or no letter that could be posted."""
        left: dict[str, int] = {}
        while rows := letters.letters_in(self.database, batch_id, limit=CHUNK):
            for status, code, ids in _fates(rows):
                left[code] = left.get(code, 0) + len(ids)
                self._write(self._ending(batch_id, ids, status, code))
        return left

    def _ending(
        self, batch_id: str, ids: Sequence[str], status: str, code: str
    ) -> Callable[[Tx], int]:
        return lambda tx: letters.end_letters(
            tx, batch_id, ids, status, error_code=code, now=self.now
        )

    def _write(self, work: Callable[[Tx], T]) -> T:
        return self.database.transaction(work, bulk=True)


def _fates(rows: Sequence[Row]) -> list[tuple[str, str, list[str]]]:
    overtaken = [str(row["id"]) for row in rows if not row["holds"]]
    wordless = [str(row["id"]) for row in rows if row["holds"] and not row["body"]]
    refused = [str(row["id"]) for row in rows if row["holds"] and row["body"]]
    fates = [
        ("withdrawn", "overtaken", overtaken),
        ("set_aside", "no_text", wordless),
        ("failed", "address", refused),
    ]
    return [fate for fate in fates if fate[2]]


def _addressed(tx: Tx, bodies: Mapping[str, str]) -> dict[str, str]:
    """The bodies with the addresses that hold now, kept with the words: where a letter went can
    be told when its reader has moved."""
    found = {
        str(row["id"]): Address(row["name"], row["address"], row["postcode"])
        for row in letters.addresses(tx, list(bodies))
    }
    return {
        id_: write_document(read_document(body), found.get(id_)) for id_, body in bodies.items()
    }


def letter_of(message_id: str, body: str, at: datetime, *, copy: bool = False) -> Letter:
    """A letter that is kept in a message's body, dated as at this moment.

    Raises ValueError when it was never written for the post.
    """
    to = read_address(body)
    return Letter(
        reference=message_id,
        name=to.name,
        postal_address=split_address(to.lines),
        postcode=to.postcode,
        document=read_document(body),
        date=at.astimezone(RIGA).date(),
        copy=copy,
    )


def paths_of(row: Row) -> tuple[Path, Path]:
    """The PDF and the list of an open batch, whether or not they are written."""
    day = moment(row["made_at"]).astimezone(RIGA).date()
    pdf = Path(row["file"]) / f"letters-{day}-{row['id'][-8:]}.pdf"
    return pdf, pdf.with_suffix(".csv")


def read_manifest(text: str, policy: Policy) -> Iterator[tuple[Posted, int, int]]:
    """(letter, pages, postage in cents) of everything in the list of a batch."""
    for line in csv.DictReader(StringIO(text, newline="")):
        pages, postage = int(line["pages"]), int(line["postage_cents"])
        cost = round(policy.prices_letter_cents + pages * policy.prices_page_cents) + postage
        yield Posted(line["reference"], int(line["first_page"]), cost), pages, postage


def postage_of(policy: Policy) -> Postage:
    """The prices of the post, by the policy."""
    home = (
        (20, policy.prices_postage_20g_cents),
        (50, policy.prices_postage_50g_cents),
        (100, policy.prices_postage_100g_cents),
    )
    abroad = (
        (20, policy.prices_abroad_20g_cents),
        (50, policy.prices_abroad_50g_cents),
        (100, policy.prices_abroad_100g_cents),
    )
    return Postage({"LV": home, ANYWHERE: abroad})


def sender_of(policy: Policy) -> Sender:
    """Who writes letters, by the policy."""
    return Sender(
        name=policy.brand_in_answers,
        address=policy.letters_address,
        places={
            "lv": policy.letters_place_lv,
            "ru": policy.letters_place_ru,
            "en": policy.letters_place_en,
        },
        fault_phone=policy.contact_fault_phone,
        service_phone=policy.contact_service_phone,
    )
