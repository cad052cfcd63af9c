"""Processes of the comparison: the environment of the others, who runs, how much CPU they use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import psutil

# Of the day of the comparison; a newer one may do better.
PINNED = ("huey==3.5.4", "celery[redis]==5.7.0", "SQLAlchemy==2.1.9", "gevent==26.9.0")
FOREIGN = Path(__file__).with_name("foreign")
STOP_SECONDS = 20


def make_environment(folder: Path) -> Path:
    """A virtual environment with huey, celery and our version of twilio; its `bin`."""
    home = folder / "venv"
    programs = home / "bin"
    if not (programs / "celery").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        wanted = (*PINNED, f"twilio=={version('twilio')}")
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
        quiet = ("--disable-pip-version-check", "--no-warn-script-location")
        subprocess.run([*pip, *quiet, *wanted], check=True)
    return programs


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], folder: Path
) -> Iterator[psutil.Process]:
    """A process in a group of its own; ended with all its children at the end of the block."""
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield psutil.Process(process.pid)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        kill_group(process.pid)
        process.wait()


def kill_group(pid: int) -> None:
    """SIGKILL to a process that we started, and to its children."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process and all its children, those that ended too."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return float(total)
