"""A served Gaisma behind a real Kannel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage import Database, open_database
from tests.peers.kannel import Kannel
from tests.served import Served, serving

# Few phones write far more than people do: what holds machines back would hold these.
POLICY = """[answers]
per_hour = 0
same_text = 0
strangers_per_day = 0
stranger_block_per_day = 0
[quiet_hours]
start = "00:00"
end = "00:00"
[outbox]
lookup_gap_seconds = 2
"""


@contextmanager
def behind(port: int, folder: Path, made: Kannel, **more: str) -> Iterator[tuple[Served, Database]]:
    """The service on this port, and its database."""
    (folder / "policy.toml").write_text(POLICY)
    url = f"sqlite:///{folder}/gaisma.db"
    settings = {
        **made.settings,
        "GAISMA_POLICY": f"{folder}/policy.toml",
        "GAISMA_SEND_RATE": "500",
        "GAISMA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        **more,
    }
    with serving(url, folder, port=port, **settings) as served:
        database = open_database(url)
        try:
            yield served, database
        finally:
            database.close()
