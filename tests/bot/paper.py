"""What the tests of letters share: a sender, documents, prices, and a reader of PDFs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader

from bot.letters import (
    BatchResult,
    Letter,
    Postage,
    Sender,
    render_letter,
    write_batch,
)
from bot.letters.pdf import HEIGHT, MM
from bot.words.documents import Document, Section

NOW = datetime(2026, 12, 9, 8, 0, tzinfo=UTC)
SENDER = Sender(
    name="Sadales tīkls",
    address="Šmerļa iela 1, Rīga, LV-1006",
    places={"lv": "Rīgā", "ru": "Рига", "en": "Riga"},
    fault_phone="8404",
    service_phone="8403",
    email="st@sadale.example",
    website="www.sadale.example",
)
POSTAGE = Postage({"LV": ((20, 134), (50, 180)), "LT": ((20, 190),), "*": ((20, 240),)})
LATVIAN = Document(
    language="lv",
    subject="Plānots elektroapgādes pārtraukums",
    greeting="Labdien!",
    lead="Āčēģīķļņšūž ĀČĒĢĪĶĻŅŠŪŽ: jo veiksim darbus.",
    facts=(("Kad", "22. decembrī no plkst. 9.00"), ("Kur", "Kalna iela 1, Cēsis")),
    sections=(Section("Kā sagatavoties", ("Atvienojiet ierīces.", "Uzlādējiet telefonu.")),),
    closing="Ar cieņu\nSadales tīkls",
)
RUSSIAN = replace(
    LATVIAN, language="ru", subject="Плановые работы", lead="Съешь ещё этих мягких булок, чаю же."
)
LONG = replace(LATVIAN, sections=(Section("Nosacījumi", tuple(["Teksts par tīklu. " * 20] * 40)),))


def letter(**changes: Any) -> Letter:
    plain = Letter(
        "L-1", "Jānis Bērziņš", ("Kalna iela 1-2", "Cēsis"), "LV-4101", LATVIAN, date(2026, 12, 9)
    )
    return replace(plain, **changes)


def write(folder: Path, *letters: Letter, **changes: Any) -> BatchResult:
    given = {"name": "batch", "postage": POSTAGE, "now": NOW, **changes}
    return write_batch(letters, folder, SENDER, **given)


def rows(made: BatchResult) -> list[dict[str, str]]:
    with made.manifest.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(one: Letter) -> PdfReader:
    return PdfReader(io.BytesIO(render_letter(one, SENDER, now=NOW)), strict=True)


def words(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def places(page: PageObject) -> Iterator[tuple[float, float, str]]:
    """(millimetres from the left, from the top, text) of every text on a page."""
    found: list[tuple[float, float, str]] = []

    def take(text: str, _: object, matrix: list[float], *rest: object) -> None:
        if text.strip():
            found.append((matrix[4] / MM, (HEIGHT - matrix[5]) / MM, text.strip()))

    page.extract_text(visitor_text=take)
    yield from found
