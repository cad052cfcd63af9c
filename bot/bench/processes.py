"""Processes beside the one that measures: they end when it does, also when it is told to stop."""

from __future__ import annotations

import atexit
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_ENDS = 30.0  # seconds that a process may take to end by itself
_begun: set[subprocess.Popen[bytes]] = set()  # and not known to have ended


def begin(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None,
    told: int | None = subprocess.PIPE, errors: int | None = None,
) -> subprocess.Popen[bytes]:  # fmt: skip
    """Start a process that Ctrl+C does not reach: whoever began it ends it.

    A terminal tells Ctrl+C to all processes of its group, and each would print where it was.
    """
    with ExitStack() as undo:
        with _ctrl_c_waits():
            process = subprocess.Popen(
                command, env=environment, stdout=told, stderr=errors, cwd=ROOT, process_group=0
            )
            _begun.add(process)
            undo.callback(end, process)
        undo.pop_all()
    return process


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Ctrl+C is heeded at the end of the block.

    While a process starts nobody has its handle yet, so that nobody would end it.
    """
    heeded = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(heeded):
        yield  # Ctrl+C raises nothing here
        return
    pressed: list[tuple[int, Any]] = []
    signal.signal(signal.SIGINT, lambda *told: pressed.append(told))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heeded)
    if pressed:
        heeded(*pressed[-1])


@atexit.register
def _end_all() -> None:
    """The net below: Ctrl+C may come when `begin` has returned and its caller has not taken over,
    or while `end` waits."""
    for process in [*_begun]:
        end(process)


def end(process: subprocess.Popen[bytes], seconds: float = _ENDS) -> None:
    """End it if it has not, and read nothing of what it still says."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _begun.discard(process)
    for pipe in filter(None, (process.stdout, process.stderr)):
        pipe.close()


def begun(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A process that has said on a line of its own that it is ready."""
    process = begin(command)
    assert process.stdout is not None
    with ExitStack() as undo:
        undo.callback(end, process)
        process.stdout.readline()
        undo.pop_all()
    return process


def outcome(module: str, *words: str) -> bytes:
    """What a module says that runs by itself until it has done. Raises CalledProcessError."""
    return said(begin([sys.executable, "-m", module, *words], errors=subprocess.PIPE))


def said(process: subprocess.Popen[bytes], seconds: float | None = None) -> bytes:
    """All that a process says until it ends; it is ended where nobody waits for that any more.

    Raises CalledProcessError, TimeoutExpired.
    """
    with ExitStack() as undo:
        undo.callback(end, process)
        output, errors = process.communicate(timeout=seconds)
        undo.pop_all()
    _begun.discard(process)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, output, errors)
    return output
