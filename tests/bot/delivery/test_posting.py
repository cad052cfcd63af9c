"""Letters for the print shop: one batch, crash-safe, nobody twice and nobody lost."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from bot.campaigns import rules as campaigns
from bot.delivery import posting
from bot.delivery.posting import PostingRefused, post_letters
from bot.letters import write_batch
from bot.words.documents import read_document, write_document
from storage import Database, letters, locks
from tests.bot import grid, paper, ways


class Crash(BaseException):
    """The process ends here."""


def post(database: Database, folder: Path) -> posting.Batch | None:
    return post_letters(database, folder, by="anna", now=grid.DUE, policy=grid.POLICY)


@pytest.fixture
def three(database: Database) -> Database:
    """Letters to three customers are due."""
    grid.people(database, [1, 2, 3])
    for number in (1, 2, 3):
        ways.lose_phone(database, number)
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    return database


def references(folder: Path) -> list[str]:
    """Every letter in any list of the folder."""
    found = []
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found += [line["reference"] for line in csv.DictReader(file)]
    return sorted(found)


def all_ids(database: Database) -> list[str]:
    rows = database.all("SELECT id FROM messages WHERE channel = 'letter' ORDER BY id")
    return [str(row["id"]) for row in rows]


def test_due_letters_are_one_pdf_and_one_list(three: Database, tmp_path: Path) -> None:
    batch = post(three, tmp_path / "post")
    assert batch is not None
    assert (batch.letters, batch.finished, batch.left_out) == (3, False, {})
    assert references(tmp_path / "post") == all_ids(three)
    text = "".join(page.extract_text() for page in PdfReader(batch.pdf).pages)
    assert "Klients 2" in text
    assert "Brīvības iela 105" in text
    assert "12. decembr" in text


def test_posted_letters_are_accepted_with_their_cost(three: Database, tmp_path: Path) -> None:
    batch = post(three, tmp_path)
    rows = three.all("SELECT * FROM messages WHERE channel = 'letter'")
    assert {row["status"] for row in rows} == {"accepted"}
    assert {row["provider"] for row in rows} == {"post"}
    assert all(row["cost_cents"] > row["segments"] == 0 for row in rows)
    assert batch is not None
    assert sum(row["cost_cents"] for row in rows) == batch.cost_cents
    (kept,) = letters.list_batches(three)
    assert (kept["state"], kept["letters"], kept["file"]) == ("written", 3, str(batch.pdf))


def test_there_is_no_second_batch_of_the_same_letters(three: Database, tmp_path: Path) -> None:
    post(three, tmp_path)
    assert post(three, tmp_path) is None
    assert len(list(tmp_path.glob("*.pdf"))) == 1


def test_a_cancellation_goes_to_those_whose_letter_was_posted(
    three: Database, tmp_path: Path
) -> None:
    post(three, tmp_path)
    grid.change(three, grid.OVER, now=grid.DUE + grid.HOUR)
    grid.approve(three, "cancelled", now=grid.DUE + grid.HOUR)
    grid.fan_out(three, grid.DUE + grid.HOUR)
    assert ways.sent(three, "cancelled") == [("letter", f"C{number}") for number in (1, 2, 3)]


def test_letters_of_a_paused_campaign_wait(three: Database, tmp_path: Path) -> None:
    (row,) = grid.drafts(three, "planned_notice", state="sending")
    three.transaction(lambda tx: campaigns.pause(tx, row["id"], by="anna", now=grid.DUE))
    assert post(three, tmp_path) is None


CRASHES = ["claim_letters", "keep_bodies", "record_posted", "close_batch", "end_letters"]


@pytest.mark.parametrize("name", CRASHES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_batch_that_was_killed_is_finished(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    three.run("UPDATE customers SET name = '' WHERE customer_number = 'C3'")
    work = getattr(letters, name)

    def crash(*args: object, **options: object) -> object:
        if when == "after":
            work(*args, **options)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(letters, name, crash)
        with pytest.raises(Crash):
            post(three, tmp_path)
    while post(three, tmp_path) is not None:
        pass
    states = {row["peer"]: row["status"] for row in three.all("SELECT * FROM messages")}
    assert states == {"C1": "accepted", "C2": "accepted", "C3": "failed"}
    assert references(tmp_path) == all_ids(three)[:2]
    assert len(list(tmp_path.glob("*.pdf"))) == 1


@contextmanager
def broken_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is posted in here ends with a crash before a file is written."""

    def crash(*args: object, **options: object) -> object:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(posting, "write_batch", crash)
        with pytest.raises(Crash):
            yield


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_a_kill_around_the_files_loses_and_doubles_nothing(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def crash(*args: object, **options: object) -> object:
        if when == "before":
            raise Crash
        done = write_batch(*args, **options)  # type: ignore[arg-type]
        if when == "between":
            done.manifest.unlink()
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(posting, "write_batch", crash)
        with pytest.raises(Crash):
            post(three, tmp_path)
    batch = post(three, tmp_path / "elsewhere")
    assert batch is not None
    assert batch.finished
    assert references(tmp_path) == all_ids(three)
    assert len(list(tmp_path.rglob("*.pdf"))) == 1


@contextmanager
def files_named_and_not_recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is posted in here ends with a crash when the files have their names."""

    def crash(*args: object, **options: object) -> object:
        write_batch(*args, **options)  # type: ignore[arg-type]
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(posting, "write_batch", crash)
        with pytest.raises(Crash):
            yield


def test_files_that_somebody_else_put_there_are_not_recorded_as_posted(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write in the print shop's folder knows the names of a batch that was killed."""
    ids = all_ids(three)
    with broken_off(monkeypatch):
        post(three, tmp_path)
    row = letters.open_batch(three)
    assert row is not None
    pdf, manifest = posting.paths_of(row)
    pdf.write_bytes(b"%PDF-1.4")
    lines = [f"{each},1,1,100" for each in ids]
    manifest.write_text("\n".join(["reference,first_page,pages,postage_cents", *lines]))
    for _ in range(2):
        with pytest.raises(PostingRefused, match="not what was written there"):
            post(three, tmp_path)
    statuses = three.all("SELECT status FROM messages WHERE channel = 'letter'")
    assert {row["status"] for row in statuses} == {"sending"}
    pdf.unlink()
    manifest.unlink()
    batch = post(three, tmp_path)
    assert batch is not None
    assert (batch.letters, batch.finished) == (3, True)
    assert references(tmp_path) == ids


@pytest.mark.parametrize("changed", ["pdf", "csv"])
def test_files_that_were_changed_before_they_were_recorded_are_told_of(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    with files_named_and_not_recorded(monkeypatch):
        post(three, tmp_path)
    (file,) = tmp_path.glob(f"*.{changed}")
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(PostingRefused, match="--believe-files"):
        post(three, tmp_path)
    # A person has looked, and answers for it.
    batch = post_letters(
        three, tmp_path, by="anna", now=grid.DUE, policy=grid.POLICY, believe=True
    )  # fmt: skip
    assert batch is not None and batch.finished
    (row,) = three.all("SELECT actor, detail FROM audit WHERE action = 'letters written'")
    assert row["actor"] == "anna" and row["detail"].endswith("files believed")


def test_a_part_whose_name_another_took_over_is_not_believed(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = letters.keep_sums

    def swap(*args: object, **options: object) -> None:
        keep(*args, **options)  # type: ignore[arg-type]
        for part in tmp_path.glob(".letters-*.part"):
            part.unlink()
            part.write_bytes(b"planted")

    with monkeypatch.context() as patch:
        patch.setattr(letters, "keep_sums", swap)
        with pytest.raises(PostingRefused, match="not what was written there"):
            post(three, tmp_path)
    statuses = three.all("SELECT status FROM messages WHERE channel = 'letter'")
    assert {row["status"] for row in statuses} == {"sending"}


def test_what_was_cancelled_before_a_batch_is_finished_is_left_out(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broken_off(monkeypatch):
        post(three, tmp_path)
    grid.change(three, grid.OVER, now=grid.DUE + grid.HOUR)
    batch = post(three, tmp_path)
    assert batch is not None
    assert (batch.letters, batch.left_out) == (0, {"overtaken": 3})
    assert list(tmp_path.glob("*.pdf")) == []


def test_a_letter_that_cannot_be_posted_becomes_a_call(three: Database, tmp_path: Path) -> None:
    three.run("UPDATE customers SET name = '' WHERE customer_number = 'C2'")
    batch = post(three, tmp_path)
    assert batch is not None
    assert batch.left_out == {"address": 1}
    ways.follow(three, grid.DUE)
    assert ways.calls(three) == [("C2", "not_reached")]


def test_letters_written_meanwhile_by_another_are_left_alone(
    three: Database, tmp_path: Path
) -> None:
    three.transaction(
        lambda tx: locks.hold_lock(
            tx, posting.LOCK, "other/1/a", now=grid.DUE, until=grid.DUE + grid.HOUR
        )
    )
    with pytest.raises(PostingRefused, match="somebody else"):
        post(three, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(three: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PostingRefused, match="cannot be made"):
        post(three, tmp_path / "file" / "post")
    batch = post(three, tmp_path)
    assert batch is not None
    assert (batch.letters, batch.finished) == (3, False)


def test_a_batch_whose_folder_is_away_waits_for_it(
    three: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broken_off(monkeypatch):
        post(three, tmp_path / "disk")
    (tmp_path / "disk").rename(tmp_path / "away")
    with pytest.raises(PostingRefused, match="Bring it back"):
        post(three, tmp_path)
    (tmp_path / "away").rename(tmp_path / "disk")
    assert post(three, tmp_path) is not None
    assert len(references(tmp_path / "disk")) == 3


def test_moved_works_name_both_times(three: Database, tmp_path: Path) -> None:
    post(three, tmp_path / "first")
    moved = replace(
        grid.LATER, starts_at=grid.STARTS + 5 * grid.DAY, ends_at=grid.ENDS + 5 * grid.DAY
    )
    grid.change(three, moved, now=grid.DUE)
    grid.approve(three, "moved", now=grid.DUE)
    grid.fan_out(three, grid.DUE)
    batch = post(three, tmp_path / "second")
    assert batch is not None
    text = "".join(page.extract_text() for page in PdfReader(batch.pdf).pages)
    assert "12. decembr" in text
    assert "17. decembr" in text


def test_who_has_no_postal_address_gets_the_letter_at_the_premises(
    three: Database, tmp_path: Path
) -> None:
    ways.lose_postal_address(three, 2)
    three.run(
        "UPDATE premises SET address = 'Kalnāji', town = 'Lēdurgas pag.', postcode = 'LV-4012'"
    )
    batch = post(three, tmp_path)
    assert batch is not None and batch.letters == 3
    with batch.manifest.open(encoding="utf-8", newline="") as file:
        listed = {line["name"]: line for line in csv.DictReader(file)}
    told = [listed["Klients 2"][name] for name in ("address_1", "address_2", "postcode")]
    assert told == ["Kalnāji", "Lēdurgas pag., LV-4012", "LV-4012"]
    assert listed["Klients 1"]["address_1"] == "Brīvības iela 105"


def test_of_several_premises_the_letter_goes_to_the_one_that_it_tells_of(
    database: Database,
) -> None:
    grid.people(database, [1])
    grid.extra_premises(database, 9, owner=1, transformer="T9")
    ways.lose_postal_address(database, 1)
    ways.lose_phone(database, 1)
    grid.change(database, replace(grid.WORKS, transformer="T9"))
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    (message,) = database.all("SELECT id FROM messages WHERE channel = 'letter'")
    (to,) = letters.addresses(database, [message["id"]])
    home = database.one("SELECT * FROM premises WHERE eic = ?", [grid.code(9)])
    assert home is not None
    assert to["address"] == f"{home['address']}, {home['town']}"


def test_where_a_letter_went_is_kept_when_its_reader_moves(three: Database, tmp_path: Path) -> None:
    post(three, tmp_path)
    three.run("UPDATE customers SET postal_address = 'Jaunā iela 1, Cēsis', name = 'Cits'")
    (row, *_) = three.all("SELECT * FROM messages ORDER BY peer")
    again = posting.letter_of(row["id"], row["body"], grid.DUE, copy=True)
    assert (again.name, again.postal_address) == ("Klients 1", ("Brīvības iela 105", "Rīga"))


def test_letters_kept_without_an_address_are_told_apart() -> None:
    document = write_document(paper.LATVIAN)
    with pytest.raises(ValueError, match="no address"):
        posting.letter_of("L-1", document, grid.DUE)
    assert read_document(document) == paper.LATVIAN
