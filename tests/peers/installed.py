"""Programs that are no part of the project: in CI a missing one fails, elsewhere it is a skip."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


def need(name: str, *places: str) -> str:
    """Where this program is; the test is skipped, in CI failed, when it is nowhere."""
    for each in (name, *places):
        if found := shutil.which(each):
            return found
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed; .ci/run installs it")
    pytest.skip(f"{name} is not installed")


@contextmanager
def started(command: Sequence[str], log: Path, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the block ends; what it prints is in `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=cwd)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(true: Callable[[], object], seconds: float = 15, why: Callable[[], str] = str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not happen in time {why()}"
        time.sleep(0.02)
