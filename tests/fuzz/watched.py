"""One input at a time under a watch: how long it took, and what it broke."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from tests.fuzz.targets import Target

HANG_SECONDS = 1.0  # of this process's own work
LOST_SECONDS = 60.0  # on the clock: something waits for what never comes


class Hang(BaseException):
    """An input that takes so long is a hang. Not an Exception: nothing may swallow it."""


@dataclass
class Tally:
    """What came of the inputs so far. `broken`: by where it arose, the first input of each."""

    inputs: int = 0
    seconds: float = 0.0
    slowest_ms: float = 0.0
    slowest: bytes = b""
    broken: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    hangs: int = 0

    def try_one(self, target: Target, data: bytes) -> None:
        """Try an input. What it breaks is kept, and the next can be tried."""
        self.inputs += 1
        began, worked = time.monotonic(), time.process_time()
        try:
            with _alarm():
                target(data)
        except (Exception, Hang) as error:  # noqa: BLE001 - whatever it is, it is a finding
            self.broken.setdefault(_place(error), (data, _told(error)))
        took = time.process_time() - worked
        self.seconds += time.monotonic() - began
        if took * 1000 > self.slowest_ms:
            self.slowest_ms, self.slowest = took * 1000, data
        if took > HANG_SECONDS:
            self.hangs += 1
            self.broken.setdefault(f"hang of {took:.0f} s", (data, ""))


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(_: int, frame: FrameType | None) -> None:
        raise Hang("".join(traceback.format_stack(frame)[-3:]))

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _place(error: BaseException) -> str:
    """The kind of an error and where in our code it arose: one finding for each."""
    said = str(error)
    if "Traceback" in said:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        where = [line for line in lines if line.startswith("File ")]
        return f"{where[-1] if where else ''} {lines[-1][:80]}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-4000:]
