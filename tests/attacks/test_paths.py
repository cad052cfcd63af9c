"""Names that lead elsewhere, in files, uploads and downloads; links and pipes in our folders."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bot.app import create_app
from bot.channels.mailboxes import open_mailbox
from bot.delivery.posting import Batch, PostingRefused, post_letters
from bot.letters import batch
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from bot.spool.files import Spool
from storage import Database
from tests.bot import grid, ways
from tests.cli.conftest import Gaisma
from tests.cli.conftest import house as house
from tests.cli.conftest import run as run
from tests.web.console import enter, let_in, token_of
from tests.web.test_console_alerts import HEADER, PEOPLE, row_of

SECRET = "neviena-cita-acim"  # in a file that nobody may be led to
NAMES = (
    "../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a/../../b", "W\r\nSet-Cookie: a=b",
    "W\"; filename=\"evil.exe", "C:\\x", "%2e%2e%2fetc", "~/x", "$(id)", "`id`", "-rf", "Ā-Ж-١",
    "W" * 60, ".", "..", "nul\x00l",
)  # fmt: skip


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    return path


# --- the folder of texts that wait ----------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "spool"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder, reserve=2)


def test_a_link_among_texts_leads_nowhere(spool: Spool, folder: Path, secret: Path) -> None:
    name = "00000000000000000001-1.json"
    (folder / name).symlink_to(secret)
    with pytest.raises(ValueError, match="no link"):
        spool.read(name)
    spool.set_aside(name)
    assert [*spool.of([SECRET])] == []
    spool.wipe(f"aside-{name}")
    assert list(folder.iterdir()) == []
    assert secret.read_text() == SECRET, "what the link leads to is not overwritten"


def test_nothing_is_written_through_a_link_that_waits_for_a_full_disk(
    spool: Spool, folder: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "reserve-000").symlink_to(secret)
    (folder / "reserve-001.part").symlink_to(folder / "nowhere")
    spool.prepare()
    data = b'{"text": "slepens"}'
    assert not spool._keep_in_reserve(folder / "1.json", data)
    assert secret.read_text() == SECRET
    spool.prepare()
    assert spool._keep_in_reserve(folder / "1.json", data)
    assert (folder / "1.json").read_bytes().startswith(data)


@pytest.mark.parametrize("kind", ["pipe", "folder", "foreign"])
def test_what_is_no_file_of_ours_holds_nobody_up(
    spool: Spool, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "00000000000000000001-1.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_text('{"kind": "text", "phone": "+37120000001", "text": "STOP"}')
        mine = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
        real = Path.stat

        def of_another(self: Path, **more: bool) -> os.stat_result:
            found = real(self, **more)
            if self != folder:
                return found
            return os.stat_result([*found[:4], mine + 1, *found[5:10]])

        monkeypatch.setattr(Path, "stat", of_another)
    with pytest.raises(ValueError, match="file of ours"):
        spool.read(path.name)


def test_a_folder_in_which_others_may_write_is_told(folder: Path, spool: Spool) -> None:
    assert spool.trouble() == ""
    folder.chmod(0o777)
    assert "others may write" in spool.trouble()


# --- the folder of bounces ------------------------------------------------------------------


def test_only_mails_are_read_from_the_mailbox(tmp_path: Path, secret: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    new = tmp_path / "mail" / "new"
    (new / "1").symlink_to(secret)
    (new / "2").symlink_to("/dev/zero")
    os.mkfifo(new / "3")
    (new / "4").mkdir()
    (new / "5").symlink_to(tmp_path / "nowhere")
    (new / "6\nX-Evil: 1").write_bytes(b"mail")
    with open_mailbox(f"maildir://{tmp_path / 'mail'}") as mailbox:
        assert [*mailbox.unread(1)] == [("6\nX-Evil: 1", b"mail")]
        mailbox.mark("6\nX-Evil: 1", aside=False)
        assert [*mailbox.unread(9)] == []


# --- the folder of letters ------------------------------------------------------------------


def test_letters_are_not_written_through_a_link(tmp_path: Path, secret: Path) -> None:
    part, path = tmp_path / "part", tmp_path / "letters-2026-12-01-12345678.pdf"
    part.write_text("a letter")
    for target in (secret, tmp_path / "nowhere"):
        path.symlink_to(target)
        with pytest.raises(FileExistsError):
            batch._move(part, path)
        path.unlink()
    assert secret.read_text() == SECRET
    assert not (tmp_path / "nowhere").exists()


def test_no_name_of_works_or_customers_is_in_the_names_of_files(
    database: Database, tmp_path: Path, secret: Path
) -> None:
    grid.people(database, [1])
    ways.lose_phone(database, 1)
    database.run("UPDATE customers SET name = '../../x', postal_address = '/etc/passwd'")
    grid.change(database, replace(grid.WORKS, external_id="../../W1", reason="../../x"))
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    for place in ("secret", "secret/more"):
        with pytest.raises(PostingRefused):
            post(database, tmp_path / place)
    assert post(database, tmp_path / "out" / ".." / "out") is not None
    there = {path.name for path in tmp_path.iterdir() if not path.name.startswith("gaisma.db")}
    assert there == {"secret", "out"}
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert len(names) == 2
    assert all(re.fullmatch(r"letters-[\d-]+-[0-9a-f]{8}\.(pdf|csv)", name) for name in names)


def post(database: Database, folder: Path) -> Batch | None:
    return post_letters(database, folder, by="test", now=grid.DUE, policy=grid.POLICY)


# --- uploads and downloads ------------------------------------------------------------------


@pytest.fixture
def app(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:  # fmt: skip
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with time_machine.travel(grid.NOW, tick=False):
        let_in(database, PEOPLE)
        grid.people(database, range(1, 4))
        yield create_app(Service(Settings(secret_keys=("x",)), read_policy(), database))


@pytest.fixture
def ilze(app: Flask) -> FlaskClient:
    return enter(app, "ilze")


def test_the_name_of_an_upload_is_only_said(ilze: FlaskClient, tmp_path: Path) -> None:
    for name in NAMES:
        before = files_in(tmp_path)
        token = token_of(ilze.get("/console/alerts/import").get_data(as_text=True))
        file = (io.BytesIO(f"{HEADER}\n{row_of('W-1')}".encode()), name)
        fields = {"csrf_token": token, "kind": "outages", "file": file}
        answer = ilze.post("/console/alerts/import", data=fields)
        assert answer.status_code == 200, name
        for path in files_in(tmp_path) - before:
            assert re.fullmatch(r"tmp/gaisma-checked-\d+/[0-9a-f]{64}\.csv", path), name


def test_a_name_to_load_leads_to_nothing_but_ones_own_upload(
    app: Flask, ilze: FlaskClient, tmp_path: Path, secret: Path
) -> None:
    page = ilze.get("/console/alerts/import").get_data(as_text=True)
    for name in (*NAMES, str(secret), "../../secret"):
        fields = {"csrf_token": token_of(page), "kind": "outages", "pending": name, "name": name}
        told = ilze.post("/console/alerts/import/load", data=fields).get_data(as_text=True)
        assert SECRET not in told
        assert "checked" in told or "gone" in told or "again" in told
        assert secret.read_text() == SECRET


@pytest.mark.parametrize("ending", ["csv", "pdf"])
def test_a_download_has_a_name_that_no_header_ends_at(
    ilze: FlaskClient, database: Database, ending: str
) -> None:
    found = 0
    for name in NAMES:
        grid.change(database, replace(grid.WORKS, external_id=name.replace("\x00", "")))
        path, asked = f"/console/reports/deadlines.{ending}", {"of": name}
        with ilze.get(path, query_string=asked, buffered=True) as answer:
            assert answer.status_code in (200, 404), name
            told = answer.headers.get("Content-Disposition", "")
        found += bool(told)
        whole = re.fullmatch(r'attachment; filename="?deadlines-[A-Za-z0-9_-]+\.\w+"?', told)
        assert whole or not told, name
    assert found > len(NAMES) / 2


@pytest.mark.parametrize("prefix", ["/static/", "/console/static/", "/", "/bootstrap/static/"])
def test_no_address_leads_out_of_the_static_files(
    ilze: FlaskClient, tmp_path: Path, prefix: str
) -> None:
    root = "../" * 12
    for way in (root, root.replace("/", "%2f"), root.replace(".", "%2e"), "..\\" * 12, "//",
                root.replace("../", "....//")):  # fmt: skip
        for path in ("etc/passwd", "proc/self/environ"):
            answer = ilze.get(f"{prefix}{way}{path}")
            assert b"root:" not in answer.data and b"PATH=" not in answer.data
            assert answer.status_code in (301, 302, 303, 308, 400, 404)


# --- what commands write --------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [("backup", "{}"), ("privacy", "export", "+37120000001", "--out", "{}")]
)
@pytest.mark.sqlite
def test_a_command_writes_over_nothing_and_through_no_link(
    run: Gaisma, house: Database, tmp_path: Path, secret: Path, command: tuple[str, ...]
) -> None:
    grid.people(house, [1])
    link, dangling = tmp_path / "link", tmp_path / "dangling"
    link.symlink_to(secret)
    dangling.symlink_to(tmp_path / "nowhere")
    for path in (secret, link, dangling):
        result = run(*(word.format(path) for word in command))
        assert result.exit_code != 0, path
        assert "Traceback" not in result.output
    assert secret.read_text() == SECRET
    assert not (tmp_path / "nowhere").exists()


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
