"""What is held about a person as they read it: a letter in their language, a file of all rows."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from bot.people.privacy import Export
from bot.policy import RIGA, Policy
from locales.catalogue import LANGUAGES, say
from storage.database import moment

# What of each table a person reads; every row of every table is in the file.
SHOWN = {
    "customers": ("customer_number", "name", "kind", "postal_address", "postcode"),
    "premises": ("eic", "address", "town", "postcode", "meter_number"),
    "contacts": ("consent_at", "kind", "value", "language", "source"),
    "opt_outs": ("opted_out_at", "kind", "value"),
    "consents": ("at", "action", "purpose", "channel", "value", "text"),
    "messages": ("made_at", "direction", "channel", "status", "body"),
    "fault_reports": ("made_at", "address", "town", "scope", "state"),
    "complaints": ("made_at", "number", "state", "text", "outcome"),
    "notices": ("made_at", "kind", "eic", "state"),
    "debts": ("due_on", "reference", "sum_cents", "stage"),
    "calls": ("made_at", "eic", "state", "outcome"),
    "conversation_notes": ("at", "agent", "text"),
}


def language_of(found: Export) -> str:
    """The language that the person is written to in."""
    for table in ("customers", "contacts", "conversations"):
        for row in found.held.get(table, ()):
            if row["language"] in LANGUAGES:
                return str(row["language"])
    return "lv"


def letter(found: Export, policy: Policy, now: datetime) -> str:
    """Everything in words and lines of text, in the person's language."""
    language = language_of(found)
    day = f"{now.astimezone(RIGA):%d.%m.%Y}"
    brand = policy.brand_in_answers
    parts = [
        say(language, "privacy.title"),
        say(language, "privacy.intro", brand=brand, date=day, who=found.who)
        + " " + say(language, "privacy.why"),
    ]  # fmt: skip
    for table, columns in SHOWN.items():
        if rows := found.held.get(table):
            lines = (f"- {_line(row, columns, language)}" for row in rows)
            parts.append("\n".join((say(language, f"privacy.table.{table}"), *lines)))
    rest = {name: len(rows) for name, rows in found.held.items() if name not in SHOWN}
    if rest:
        counts = ", ".join(f"{name} {many}" for name, many in rest.items())
        parts.append(say(language, "privacy.rest", counts=counts))
    parts.append(say(language, "privacy.rights", phone=policy.contact_service_phone))
    return "\n\n".join(parts) + "\n"


def _line(row: dict[str, Any], columns: tuple[str, ...], language: str) -> str:
    texts = (_cell(name, row[name], language) for name in columns)
    return " · ".join(text for text in texts if text)


def _cell(name: str, value: Any, language: str) -> str:
    if value is None:
        return ""
    if name.endswith("at"):
        return f"{moment(str(value)).astimezone(RIGA):%d.%m.%Y %H:%M}"
    if name == "direction":
        return say(language, f"privacy.{value}")
    if name == "sum_cents":
        return f"{value / 100:.2f} EUR"
    return str(value).replace("\n", " / ")


def plain(found: Export, now: datetime) -> dict[str, Any]:
    """All of it as JSON can say it."""
    return {
        "who": found.who, "made_at": now.isoformat(), "addresses": list(found.person.addresses),
        "customers": list(found.person.customers), "held": found.held,
    }  # fmt: skip


def write_zip(path: Path, found: Export, policy: Policy, now: datetime) -> None:
    """The letter and all rows, in one file that only its owner can open. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(zipped(found, policy, now))


def zipped(found: Export, policy: Policy, now: datetime) -> bytes:
    """The letter and all rows, as a zip."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("letter.txt", letter(found, policy, now))
        made.writestr("data.json", json.dumps(plain(found, now), ensure_ascii=False, indent=1))
    return file.getvalue()
