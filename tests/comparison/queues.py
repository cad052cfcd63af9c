"""huey and celery beside ours: the same messages, the same client of Twilio, the same double.

    ./run python -m tests.comparison.queues [--messages 5000] [--rounds 5] [--folder FOLDER]

Makes an environment with both in FOLDER (a temporary one otherwise), which needs PyPI. `--redis`
names a Redis server for celery; without one celery has a queue in SQLite only. Prints three tables:
sending at 100 ms a call, jobs that do nothing, and what a SIGKILL in the middle loses or doubles.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import psutil

from bot.bench.dispatch import _claims, _double, _told
from bot.cli.shell import say_table
from storage import open_database
from tests.comparison import sides
from tests.comparison.machinery import cpu_seconds, kill_group, make_environment
from tests.comparison.sides import Foreign, Ours, Side

LATENCY_MS = 100
WAIT_SECONDS = 120
# Longer than Redis holds what a dead worker had, and than our lease and both questions.
STILL_SECONDS = 30


@click.command()
@click.option("--messages", default=5000, show_default=True)
@click.option("--jobs", default=10_000, show_default=True, help="Jobs that do nothing.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--kills", default=3, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the environment here.")
@click.option("--redis", "server", default=lambda: shutil.which("redis-server") or "")
def main(
    *, messages: int, jobs: int, rounds: int, kills: int, folder: Path | None, server: str
) -> None:
    """Measure all sides in turn, so many rounds, and print the medians."""
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gaisma-bench-")))
        programs = make_environment(folder or temporary)
        url = stack.enter_context(_double(LATENCY_MS))
        broker = ""
        if server:
            broker, _ = stack.enter_context(sides.redis(server, temporary))
        run = Comparison(temporary, url)
        every = _sides(programs, broker)
        run.table(every, rounds, ("side", "messages/s", "CPU us", "MB"),
                  lambda side: run.send(side, min(messages, side.most)))  # fmt: skip
        run.table(every, rounds, ("side", "jobs that do nothing, 1/s"),
                  lambda side: run.nothing(side, min(jobs, side.most)))  # fmt: skip
        dying = [*every, sides.celery(programs, "threads", broker, "early")] if broker else every
        run.table(dying, kills, ("side", "lost", "twice", "s after the kill"),
                  lambda side: run.kill(side, min(messages, side.most)))  # fmt: skip


def _sides(programs: Path, broker: str) -> list[Side]:
    found: list[Side] = [Ours()]
    found += [sides.huey(programs, kind) for kind in ("thread", "greenlet")]
    if broker:
        found += [sides.celery(programs, pool, broker) for pool in ("threads", "gevent")]
    found.append(sides.celery(programs, "threads", "sqla+sqlite:///{folder}/queue.db"))
    return found


class Comparison:
    """What is done with each side; each time with a queue of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url

    def table(
        self, every: list[Side], rounds: int, columns: tuple[str, ...],
        measure: Callable[[Side], tuple[float, ...]],
    ) -> None:  # fmt: skip
        """Every side in turn, so many rounds; prints the medians."""
        found: dict[str, list[tuple[float, ...]]] = {side.name: [] for side in every}
        for _ in range(rounds):
            for side in every:
                found[side.name].append(measure(side))
                told = ", ".join(f"{value:,.0f}" for value in found[side.name][-1])
                click.echo(f"  {side.name}: {told}", err=True)
        rows = [
            (name, *(f"{statistics.median(each):,.0f}" for each in zip(*runs, strict=True)))
            for name, runs in found.items()
        ]
        say_table(columns, rows, empty="")

    def send(self, side: Side, messages: int) -> tuple[float, float, float]:
        """Messages a second at the double, CPU a message in us, memory in MB at the end."""
        with self._filled(side, "send", messages) as folder, _worker(side, folder, self._url) as at:
            self._until(lambda: self._got() > 0)
            before, already = cpu_seconds(at), self._got()
            self._until(lambda: self._got() >= messages)
            self._until(lambda: _settled(side, folder, messages))
            cpu = (cpu_seconds(at) - before) / (messages - already) * 1e6
            memory = sum(each.memory_info().rss for each in (at, *at.children(recursive=True)))
            told = _told(self._url)
        return messages / told["seconds"], cpu, memory / 1e6

    def nothing(self, side: Side, jobs: int) -> tuple[float]:
        """Jobs a second that do nothing; ours are claimed and recorded, with no call between."""
        if isinstance(side, Ours):
            with self._new_folder() as folder:
                return (_claims(f"{folder}/gaisma.db", jobs),)
        with self._filled(side, "nothing", jobs) as folder:
            done = folder / "nothings.txt"
            with _worker(side, folder, self._url, jobs):
                self._until(lambda: done.exists() and bool(done.read_text()))
            return (jobs / float(done.read_text()),)

    def kill(self, side: Side, messages: int) -> tuple[float, float, float]:
        """Killed when a third was sent, and started again: lost, twice, seconds to the last."""
        with self._filled(side, "send", messages) as folder:
            with _worker(side, folder, self._url) as at:
                self._until(lambda: self._got() > messages / 3)
                kill_group(at.pid)
                killed = time.monotonic()
            with _worker(side, folder, self._url):
                last = self._still()
            told = _told(self._url)
        return messages - (told["got"] - told["twice"]), told["twice"], last - killed

    def _still(self) -> float:
        """Wait until nothing more comes for long; the time of the last that came."""
        got, last = self._got(), time.monotonic()
        while time.monotonic() < last + STILL_SECONDS:
            time.sleep(0.2)
            if self._got() != got:
                got, last = self._got(), time.monotonic()
        return last

    @contextmanager
    def _filled(self, side: Side, job: str, count: int) -> Iterator[Path]:
        with self._new_folder() as folder:
            _told(self._url, "DELETE")
            side.fill(folder, job, count)
            yield folder

    @contextmanager
    def _new_folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            yield Path(folder)

    def _got(self) -> float:
        return _told(self._url)["got"]

    def _until(self, done: Callable[[], bool]) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while not done():
            if time.monotonic() > until:
                raise click.ClickException(f"not done within {WAIT_SECONDS} s.")
            time.sleep(0.05)


@contextmanager
def _worker(side: Side, folder: Path, url: str, nothings: int = 0) -> Iterator[psutil.Process]:
    yield from side.worker(folder, url, nothings)


def _settled(side: Side, folder: Path, messages: int) -> bool:
    """Ours records what came of each call; the others have nothing to record."""
    if isinstance(side, Foreign):
        return True
    database = open_database(f"sqlite:///{folder}/gaisma.db")
    row = database.one("SELECT count(*) AS n FROM messages WHERE status = 'accepted'")
    database.close()
    return row is not None and int(row["n"]) >= messages


if __name__ == "__main__":
    main()
