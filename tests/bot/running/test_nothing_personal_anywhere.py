"""A full run, of which nothing that is kept for looking after the service may name anybody."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.running import logs
from storage import Database
from tests.bot.running import whole_run
from tests.bot.running.three_people import Needles
from tests.bot.running.whole_run import Patch, Run

NEEDLES = Needles()


@dataclass
class Heard:
    """The log in both forms, as it is written and, of ours, before anything is masked."""

    text: io.StringIO = field(default_factory=io.StringIO)
    lines: io.StringIO = field(default_factory=io.StringIO)
    raw: list[str] = field(default_factory=list)


@pytest.fixture
def heard() -> Iterator[Heard]:
    made = Heard()

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name.startswith("gaisma"):
                made.raw.append(f"{record.name} {record.getMessage()} {record.exc_text or ''}")

    text, lines = logging.StreamHandler(made.text), logging.StreamHandler(made.lines)
    text.setFormatter(logs.TextFormatter())
    lines.setFormatter(logs.json_formatter())
    root, handlers = logging.getLogger(), (text, lines, Ears())
    level = root.level
    for each in handlers:
        root.addHandler(each)
    root.setLevel(logging.DEBUG)
    yield made
    for each in handlers:
        root.removeHandler(each)
    root.setLevel(level)


@pytest.fixture
def patch(database: Database, monkeypatch: pytest.MonkeyPatch) -> Patch:
    @contextmanager
    def broken(error: Exception, method: str) -> Iterator[None]:
        here, whole = threading.current_thread(), getattr(database, method)

        def fail(*given: Any, **more: Any) -> Any:
            if threading.current_thread() is here:
                raise error
            return whole(*given, **more)

        with monkeypatch.context() as made:
            made.setattr(database, method, fail)
            yield

    return broken


@pytest.mark.parametrize(
    "written",
    ["+37129123457", "29123457", "29 123 457", "+371 29-12-34-57", "%2B37129123457",
     "ZAĻKALNIŅA", "Vārnēnu", "zelma.z@drakons.example", "Дракоша", "77001231", "80077771"],
)  # fmt: skip
def test_every_form_would_be_found(written: str) -> None:
    assert NEEDLES.within(f"2026-11-23 10:00:00 {written}.")
    assert not NEEDLES.within("+371 29•••457 of 12345 in 0.25 s, 2026-11-23T10:00:00Z")


def test_nothing_that_a_full_run_leaves_behind_names_anybody(
    database: Database, address: str, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch,
    patch: Patch,
) -> None:  # fmt: skip
    monkeypatch.setenv("GAISMA_DATABASE_URL", address)
    monkeypatch.setenv("GAISMA_SECRET_KEY", "k" * 20)
    monkeypatch.setenv("GAISMA_SPOOL", str(tmp_path / "spool"))
    with whole_run.running(database, address, tmp_path) as run:
        whole_run.day(run, patch)
        metrics = run.client.get("/metrics").get_data(as_text=True)
    leaks = {
        "log": [line for line in heard.text.getvalue().splitlines() if NEEDLES.within(line)],
        "log as JSON": [line for line in heard.lines.getvalue().splitlines() if _in_json(line)],
        "log unmasked": [line for line in heard.raw if NEEDLES.within(line)],
        "metrics": [line for line in metrics.splitlines() if NEEDLES.within(line)],
        "errors": [each for each in run.answers if each[1] != 409 and NEEDLES.within(each[2])],
        "stderr": [each for each in run.stderr if NEEDLES.within(each)],
        "tables": _in_tables(database),
    }
    for where, found in leaks.items():
        assert not found, f"{where}: {found[:3]}"
    _was_whole(run, heard, metrics)


def _in_json(line: str) -> list[str]:
    return NEEDLES.within(line) + NEEDLES.within(json.dumps(json.loads(line), ensure_ascii=False))


def _in_tables(database: Database) -> list[str]:
    """What is kept about the running of the service. Acts name a customer by number, no other."""
    found = []
    for sql in (
        "SELECT actor, login, action, subject, detail FROM audit",
        "SELECT state, answer FROM webhook_deliveries",
        "SELECT status, error_code FROM messages",
        "SELECT status, error_code FROM receipts",
        "SELECT name, value FROM switches WHERE name <> 'keys'",
        "SELECT paused_why, late_reason FROM campaigns",
        "SELECT name_hash FROM agent_tries",
        "SELECT name, holder FROM locks",
    ):
        for row in database.all(sql):
            text = " ".join(map(str, tuple(row)))
            if NEEDLES.within(text, customers=True):
                found.append(f"{sql}: {text}")
    return found


def _was_whole(run: Run, heard: Heard, metrics: str) -> None:
    """There was something to hide in each: else it was no full run."""
    statuses = {status for _, status, _ in run.answers}
    assert {400, 403, 404, 405, 422, 500, 503} <= statuses, sorted(statuses)
    assert any("wrong" in each for each in run.stderr if each.startswith("import"))
    written = heard.text.getvalue()
    assert "Traceback" in written and "waits in a file" in written
    assert "gaisma_turns_total" in metrics
    told = {row["status"] for row in run.database.all("SELECT DISTINCT status FROM messages")}
    assert "failed" in told, told
    assert run.database.all(whole_run.REFUSED_MAIL), "the mail server refused nobody by name"
    acts = {row["action"] for row in run.database.all("SELECT DISTINCT action FROM audit")}
    assert {"console.refused", "conversation.say", "conversation.note", "privacy.export",
            "customer.put"} <= acts, sorted(acts)  # fmt: skip
