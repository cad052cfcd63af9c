"""Ctrl+C during a measurement: one sentence, and neither a process nor a file is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bench import processes
from bot.bench.processes import ROOT, begin, end, said

LONG = 120  # seconds that a slow machine may take to come so far


@pytest.fixture(autouse=True)
def _ctrl_c_is_heeded() -> Iterator[None]:
    """A shell begins what runs behind & with Ctrl+C ignored, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "words", [("letters", "--count", "500000"), ("dispatch", "--messages", "100000")]
)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, words: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "bench", *words], cwd=ROOT, text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        children = await_children(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        output, errors = process.communicate(timeout=LONG)
    assert (process.returncode, output) == (130, "")
    assert errors.endswith("\ngaisma: stopped.\n")
    assert "Traceback" not in errors
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert list(tmp_path.iterdir()) == []


def await_children(process: subprocess.Popen[str]) -> list[str]:
    until = time.monotonic() + LONG
    while True:
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < until, "no process was begun"
        if found := Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            return found
        time.sleep(0.02)


def test_ctrl_c_while_a_process_starts_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *words: object, **named: object) -> None:
            super().__init__(*words, **named)  # type: ignore[call-overload]
            made.append(self)
            os.kill(os.getpid(), signal.SIGINT)  # the caller has no handle yet

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        begin([sys.executable, "-c", "import time; time.sleep(600)"])
    assert made[0].returncode == -signal.SIGTERM


def test_what_nobody_took_over_ends_with_who_began_it() -> None:
    begun = begin([sys.executable, "-c", "import time; time.sleep(600)"])
    processes._end_all()
    assert begun.returncode == -signal.SIGTERM


def test_a_process_that_fails_is_told_of_and_one_that_hangs_is_ended() -> None:
    failing = begin([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(subprocess.CalledProcessError):
        said(failing)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(600)"
    hanging = begin([sys.executable, "-u", "-c", deaf])
    assert hanging.stdout
    hanging.stdout.readline()
    end(hanging, seconds=0.2)
    assert hanging.returncode == -signal.SIGKILL
