"""The floor of a turn on PostgreSQL: its four statements over psycopg, no dialogue and no HTTP.

    python -m bot.bench.bare URL CONNECTIONS

Reads a number of turns from each line, does so many, and prints how long each took.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.bench.client import Load
from storage import Tx, conversations, open_database
from storage.database import new_id
from storage.rooms import plainly

MOST_CONNECTIONS = 16  # as many as the pool of one process of ours has
ANSWER = "Labdien! Pie Jums bojajumi nav zinami. Ja elektribas nav, atbildiet 1, to pieteiksim."


@contextmanager
def statements_alone(url: str, connections: int) -> Iterator[Callable[[int], Load]]:
    """Does so many turns, in a process of its own that keeps its connections."""
    command = [sys.executable, "-m", "bot.bench.bare", url, str(min(connections, MOST_CONNECTIONS))]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2], process_group=0,  # Ctrl+C is told to who began it
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    told, asked = process.stdout, process.stdin

    def run(turns: int) -> Load:
        asked.write(f"{turns}\n")
        asked.flush()
        return Load(**json.loads(told.readline()))

    try:
        yield run
    finally:
        asked.close()
        process.wait(timeout=30)


def _serve(url: str, connections: int) -> None:
    database = open_database(url)
    database.migrate()
    database.close()
    numbers = itertools.count()
    asked: list[int] = [0]
    took: list[float] = []
    gate = threading.Barrier(connections + 1)

    def work() -> None:
        with plainly(url) as do:
            while True:
                gate.wait()
                for _ in range(asked[0] // connections):
                    began = time.perf_counter()
                    do(_turn(next(numbers)))
                    took.append((time.perf_counter() - began) * 1000)
                gate.wait()

    for _ in range(connections):
        threading.Thread(target=work, daemon=True).start()
    for line in sys.stdin:
        asked[0] = int(line)
        took.clear()
        gate.wait()
        began = time.perf_counter()
        gate.wait()
        rate = len(took) / (time.perf_counter() - began)
        sys.stdout.write(json.dumps({"rate": rate, "latencies": took, "failed": 0}) + "\n")
        sys.stdout.flush()


def _turn(number: int) -> Callable[[Tx], None]:
    """A phone that no other turn has asks, and is answered: as the storage keeps any turn."""
    phone, sid = f"+3712{number * 7919 % 9_999_991:07d}", f"SM{number:032x}"
    now = datetime.now(UTC)

    def work(tx: Tx) -> None:
        since = now - timedelta(hours=12)
        held = conversations.sender(tx, phone, since, provider="twilio", provider_id=sid)
        text = conversations.Received(new_id(), "twilio", sid, phone, "Nav elektribas jau stundu")
        kept = conversations.keep_state(tx, held["id"], phone, "", now)
        answer = conversations.Answered(ANSWER, "lv", 1)
        reply = conversations.store_texts(tx, text, answer, now)
        turn = conversations.Turn(
            kept, text.id, reply, "lv", "report_fault", 0.9, True, (), ("fault.ask",), []
        )  # fmt: skip
        conversations.add_turn(tx, turn, now)

    return work


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
