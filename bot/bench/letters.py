"""`gaisma bench letters`: letters a second into one PDF, and whether memory stays flat.

The floor is ReportLab's canvas with one line of text a page: no layout, no addresses, no list.
Each round is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.bench.processes import outcome
from bot.bench.rows import Measured, compared
from bot.letters import Letter, Postage, Sender, write_batch
from bot.words.documents import Document, Section

ROUNDS = 5
_SENDER = Sender(
    name="Sadales tīkls",
    address="Šmerļa iela 1, Rīga, LV-1006",
    places={"lv": "Rīgā"},
    fault_phone="8404",
    service_phone="8403",
)
_POSTAGE = Postage({"LV": ((20, 100), (50, 150))})
_SECTIONS = (
    Section(
        "Kā sagatavoties",
        (
            "Atvienojiet jutīgas ierīces: datorus, televizorus un saldēšanas iekārtas.",
            "Ja mājās ir cilvēks, kura veselība ir atkarīga no elektriskas ierīces, zvaniet mums.",
        ),
    ),
    Section(
        "Jūsu tiesības",
        (
            "Par plānotu pārtraukumu brīdinām vismaz piecas dienas iepriekš. Ja tas ilgst vairāk, "
            "nekā paziņots, Jums ir tiesības uz kompensāciju.",
        ),
    ),
)


def measure(count: int) -> list[Measured]:
    """Medians of five rounds of so many one-page letters, and of a tenth of them for memory."""
    ours, floor = [], []
    for _ in range(ROUNDS):
        ours.append(_round("ours", count))
        floor.append(_round("floor", count))
    few = _round("ours", max(1, count // 10))
    speed = compared(
        f"letters a second, {count:,} in one file",
        count / _median(ours, "seconds"),
        count / _median(floor, "seconds"),
        "letters/s",
    )
    size = compared("bytes a letter", ours[0]["bytes"] / count, floor[0]["bytes"] / count, "B")
    memory = compared(
        f"peak memory, {count:,} letters", _median(ours, "rss_mb"), _median(floor, "rss_mb"), "MB"
    )
    flat = compared(
        f"peak memory, {count:,} beside a tenth", _median(ours, "rss_mb"), few["rss_mb"], "MB"
    )
    return [replace(speed, rss_mb=memory.ours), size, memory, flat]


def _median(rounds: list[dict[str, float]], what: str) -> float:
    return statistics.median(each[what] for each in rounds)


def _round(side: str, count: int) -> dict[str, float]:
    # The folder is ours: who is ended while it writes cannot clean up.
    with tempfile.TemporaryDirectory(prefix="gaisma-bench-") as folder:
        said = outcome("bot.bench.letters", side, str(count), folder)
    told: dict[str, Any] = json.loads(said)
    return {key: float(value) for key, value in told.items()}


def letters(count: int) -> Iterator[Letter]:
    """Invented letters of one page, each with a name, an address and facts of its own."""
    for number in range(count):
        place = f"Brīvības iela {number % 400}-{number % 60}"
        facts = (
            ("Kad", f"{number % 28 + 1}. decembrī no plkst. 9.00 līdz 15.00"),
            ("Kur", f"{place}, Rīga"),
            ("Iemesls", "Transformatora nomaiņa"),
        )
        document = Document(
            language="lv",
            subject="Plānots elektroapgādes pārtraukums",
            greeting="Labdien!",
            lead="Jūsu īpašumā uz laiku nebūs elektrības, jo veiksim darbus elektrotīklā.",
            facts=facts,
            sections=_SECTIONS,
            closing="Ar cieņu\nSadales tīkls",
        )
        name = f"Jānis Bērziņš {number}"
        yield Letter(f"L-{number}", name, (place, "Rīga"), "LV-1001", document, date(2026, 12, 9))


def _ours(count: int, folder: Path) -> Path:
    """Simplex, so that both sides have as many pages."""
    made = write_batch(
        letters(count), folder, _SENDER, name="batch", postage=_POSTAGE, duplex=False
    )
    return made.pdf


def _floor(count: int, folder: Path) -> Path:
    from reportlab.pdfgen.canvas import Canvas

    path = folder / "floor.pdf"
    canvas = Canvas(str(path), pageCompression=1)
    for number in range(count):
        canvas.drawString(72, 720, f"Letter {number}")
        canvas.showPage()
    canvas.save()
    return path


def _peak_mb() -> float:
    """Of this process alone: `getrusage` would tell that of the one it was started by."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _main(side: str, count: int, folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    path = (_ours if side == "ours" else _floor)(count, folder)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "bytes": path.stat().st_size, "rss_mb": _peak_mb()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
