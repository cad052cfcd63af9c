"""The commands that the documentation shows, run again: `$ ./run gaisma ...` in its blocks.

They run on the demo's data at one fixed moment, in this process, one after the other down the page;
a worker sends what they cause. Ids differ from run to run and are followed: the id that a page
shows stands for the one that came in its place. A line `...` stands for any lines.

`./run python -m tests.shown PAGE...` prints pages with the output of today.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import time_machine
from click.testing import CliRunner

from bot.cli import gaisma
from bot.cli.shell import service
from bot.demo import build
from bot.demo.lived import live
from bot.jobs import make_worker
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import open_database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"\$ ((?:[A-Z_]+=\S+ )*)\./run gaisma (.*)")
NOT_RUN = ("demo", "serve", "worker", "doctor", "bench", "completion", "campaign watch")
SENDS = ("campaign approve", "outage add")
ID = r"(?<![\w+-])[0-9a-f]{8}(?![\w-])"
WORK_SECONDS = 25.0


@dataclass
class Shown:
    """One command of a page and the output below it."""

    page: str
    command: str
    output: list[str] = field(default_factory=list)


def blocks(page: Path) -> Iterator[list[Shown]]:
    """The runnable commands of each block of a page."""
    for kind, found in BLOCK.findall(page.read_text("utf-8")):
        if kind not in ("", "console"):
            continue
        shown: list[Shown] = []
        live_one: Shown | None = None
        for line in dedent(found).splitlines():
            if line.startswith("$ "):
                call = CALL.match(line)
                run = call is not None and not call[2].startswith(NOT_RUN) and not call[1]
                live_one = Shown(page.name, call[2]) if call is not None and run else None
                shown += [live_one] if live_one else []
            elif live_one is not None:
                live_one.output.append(line)
        yield shown


class Stage:
    """A scratch copy of the demo's data and of the page's folder, and the ids met so far."""

    def __init__(self, folder: Path, demo: Path) -> None:
        self.url = f"sqlite:///{folder}/stage.db"
        shutil.copy(demo, folder / "stage.db")
        self._ids: dict[str, str] = {}

    def run(self, command: str) -> list[str]:
        """The lines that it prints now."""
        words = shlex.split(re.sub(ID, lambda found: self._ids.get(found[0], found[0]), command))
        done = CliRunner().invoke(gaisma, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        if command.startswith(SENDS):
            _work()
        return [line.rstrip() for line in done.output.splitlines()]

    def difference(self, shown: Shown, printed: list[str]) -> str:
        """'' when what a page shows is what was printed; else the line that is not there."""
        at, skip = 0, False
        wanted = shown.output[: len(shown.output) - (shown.output[-1:] == [""])]
        for line in wanted:
            if line.strip() == "...":
                skip = True
                continue
            while at < len(printed) and not self._is_same(line, printed[at]) and skip:
                at += 1
            if at >= len(printed) or not self._is_same(line, printed[at]):
                return line
            at, skip = at + 1, False
        return "" if skip or at >= len(printed) else f"(nothing), where this is: {printed[at]}"

    def _is_same(self, line: str, printed: str) -> bool:
        """Whether they are equal but for ids; those of the page are kept for its next commands."""
        pattern = "(.{8})".join(re.escape(part) for part in re.split(ID, line.rstrip()))
        found = re.fullmatch(pattern.replace(r"\ \.\.\.", ".*"), printed)
        if found is not None:
            self._ids |= dict(zip(re.findall(ID, line), found.groups(), strict=True))
        return found is not None


@contextmanager
def staged(demo: Path) -> Iterator[Stage]:
    """A stage at the fixed moment, its environment set."""
    with TemporaryDirectory() as name, time_machine.travel(NOW, tick=True):
        stage = Stage(Path(name), demo)
        kept = dict(os.environ)
        here = Path.cwd()
        os.environ |= {"GAISMA_DATABASE_URL": stage.url, "GAISMA_SEND_RATE": "5000"}
        shutil.copytree(here / "docs" / "examples", Path(name) / "docs" / "examples")
        os.chdir(name)
        try:
            yield stage
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ |= kept


def make_demo(path: Path) -> Path:
    """The demo's database as it is at the fixed moment."""
    with time_machine.travel(NOW, tick=True):
        database = open_database(f"sqlite:///{path}")
        database.migrate()
        build(database, NOW)
        live(Service(Settings(), read_policy(), database), NOW)
        database.close()
    return path


def _work() -> None:
    """Let a worker send: until something came, nothing waits and nothing more comes."""
    with service() as made:
        before = _out(made, "1 = 1")
        worker = make_worker(made)
        thread = threading.Thread(target=worker.run)
        thread.start()
        end, last, quiet = time.monotonic() + WORK_SECONDS, before, 0
        while quiet < 4 and time.monotonic() < end:
            time.sleep(0.25)
            count, open_ = _out(made, "1 = 1"), _out(made, "status IN ('queued', 'sending')")
            quiet = quiet + 1 if count == last and count > before and not open_ else 0
            last = count
        worker.stop()
        thread.join()


def _out(made: Service, which: str) -> int:
    row = made.database.one(
        "SELECT count(*) AS n FROM messages WHERE channel = 'sms' AND direction = 'out'"
        f" AND kind NOT IN ('answer', 'agent') AND made_at > ? AND {which}",
        [NOW.isoformat(timespec="seconds")],
    )
    return int(row["n"]) if row else 0


def rewrite(page: Path, demo: Path) -> str:
    """The page with the output of today."""
    text = page.read_text("utf-8")
    with staged(demo) as stage:
        for block in blocks(page):
            for shown in block:
                printed = stage.run(shown.command)
                stage.difference(shown, printed)
                old = "\n".join([f"$ ./run gaisma {shown.command}", *shown.output])
                text = text.replace(old, "\n".join([f"$ ./run gaisma {shown.command}", *printed]))
    return text


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        base = make_demo(Path(folder) / "demo.db")
        for name in sys.argv[1:]:
            sys.stdout.write(rewrite(Path(name).resolve(), base))
