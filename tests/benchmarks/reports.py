"""How long `gaisma report ...` takes over half a million messages, and how much memory.

    ./run python -m tests.benchmarks.reports [--messages 530000] [--rounds 3] [--folder FOLDER]

Each command is a process of its own, as a person starts it. A tenth of the messages stands beside,
which shows whether memory grows with them. A database in FOLDER is kept and taken again.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import click
import psutil

from bot.cli.shell import say_table
from storage import open_database
from tests.benchmarks.month_of_works import MONTH, add_month

ROOT = Path(__file__).parents[2]
BEFORE = "2026-04"  # the messages of a month of works go out nine days ahead
REPORTS = {
    "deadlines": ("deadlines", "--month", MONTH),
    "deadlines --csv": ("deadlines", "--month", MONTH, "--csv", os.devnull),
    "reach, 2 months": ("reach", "--month", MONTH, "--months", "2"),
    "delivery": ("delivery", "--month", MONTH),
    "delivery, month before": ("delivery", "--month", BEFORE),
}


@click.command()
@click.option("--messages", default=530_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the databases here.")
def main(messages: int, rounds: int, folder: Path | None) -> None:
    """Print seconds (median), memory at that many messages, and memory at a tenth of them."""
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as temporary:
        where = folder or Path(temporary)
        great, small = (_made(where, count) for count in (messages, messages // 10))
        rows = [_row(name, words, rounds, (great, small)) for name, words in REPORTS.items()]
    say_table(("report", "s", "CPU s", "MB", "MB, a tenth"), rows, empty="")


def _made(folder: Path, messages: int) -> Path:
    path = folder / f"month-{messages}.db"
    if not path.exists():
        click.echo(f"making {messages:,} messages ...", err=True)
        database = open_database(f"sqlite:///{path}?synchronous=OFF")
        database.migrate()
        add_month(database, messages)
        database.close()
    return path


def _row(
    name: str, words: tuple[str, ...], rounds: int, paths: tuple[Path, Path]
) -> tuple[object, ...]:
    taken = [_run(paths[0], words) for _ in range(rounds)]
    few = _run(paths[1], words)
    seconds, cpu, memory = (statistics.median(each) for each in zip(*taken, strict=True))
    return name, f"{seconds:.1f}", f"{cpu:.1f}", f"{memory:.0f}", f"{few[2]:.0f}"


def _run(path: Path, words: tuple[str, ...]) -> tuple[float, float, float]:
    """Seconds, those of CPU, and the most memory in MB that the process and its children had."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GAISMA_DATABASE_URL": f"sqlite:///{path}"}
    spent = os.times()
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot.cli", "report", *words]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=ROOT)
    most = [0.0]
    watch = threading.Thread(target=_watch, args=(process.pid, most))
    watch.start()
    if process.wait():
        raise click.ClickException(f"{' '.join(words)} failed.")
    seconds = time.perf_counter() - began
    watch.join()
    now = os.times()
    cpu = now.children_user + now.children_system - spent.children_user - spent.children_system
    return seconds, cpu, most[0]


def _watch(pid: int, most: list[float]) -> None:
    """Until it ends: private memory, as what the processes share is there once."""
    try:
        process = psutil.Process(pid)
        while process.is_running():
            family = [process, *process.children(recursive=True)]
            used = sum(each.memory_full_info().uss for each in family)
            most[0] = max(most[0], used / 1e6)
            time.sleep(0.2)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    main()
