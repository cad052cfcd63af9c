"""Failpoints: places at which tests kill the process, to prove what a crash there costs.

`GAISMA_FAILPOINT="record.write:3"` ends the process, as a power cut would, when it passes the
point `record.write` for the third time. Without the variable a point is a call of an empty
function.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

# In the order of a send. `.write` is inside the transaction: all is written, nothing committed.
POINTS = (
    "claim.before", "claim.write", "claim.after",
    "call.before", "call.after",
    "record.before", "record.write", "record.after",
    "doubts.before", "doubts.write", "doubts.after",
    "look_up.before", "look_up.after",
    "settle.before", "settle.write", "settle.after",
    "receipt.before", "receipt.write", "receipt.after",
    "expire.before", "expire.write", "expire.after",
    "lock.before", "lock.write", "lock.after",
)  # fmt: skip


def _pass(name: str) -> None:
    pass


reach: Callable[[str], None] = _pass


def arm(text: str) -> None:
    """Kill this process at the n-th passing of a point: 'name:n'. '' disarms.

    Raises ValueError for a point that is none.
    """
    global reach
    name, _, count = text.partition(":")
    if text and (name not in POINTS or not count.isdigit() or count == "0"):
        raise ValueError(f"{text!r} is no failpoint; write NAME:N with a name of {POINTS}")
    left = int(count) if text else 0

    def kill_at_last(passed: str) -> None:
        nonlocal left
        if passed == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    reach = kill_at_last if text else _pass


arm(os.environ.get("GAISMA_FAILPOINT", ""))
