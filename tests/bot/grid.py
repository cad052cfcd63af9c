"""A small network to tell people about: customers on two transformers, and acts at given times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import alerts
from bot.alerts import Act
from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.policy import Policy, read_policy
from intents import eic
from storage import Database, Row, customers, locks, messages
from storage.messages import Progress
from storage.outages import Change, OutageChange

# A Tuesday, 12:00 in Riga: no quiet hours.
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = read_policy()
STARTS = datetime(2026, 12, 12, 7, 0, tzinfo=UTC)  # 9:00 in Riga
ENDS = datetime(2026, 12, 12, 13, 0, tzinfo=UTC)
DUE = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)  # ten days before the works


def code(number: int) -> str:
    """The EIC of the premises with this number."""
    # A code whose check character would be '-' does not exist; the next one does.
    first = (f"43Z{number:010d}{end:02d}" for end in range(3))
    return next(eic.make(each) for each in first if eic.check_character(each) != "-")


def people(
    database: Database, numbers: Iterable[int], *, transformer: str = "T1", language: str = "lv"
) -> None:
    """Customers C1.. with one premises and one phone each."""
    many = list(numbers)
    database.transaction(
        lambda tx: (
            customers.load_customers(tx, [_customer(n, language) for n in many], NOW),
            customers.load_premises(tx, [_premises(n, transformer) for n in many], NOW),
            customers.load_contacts(tx, [_contact(n, language) for n in many], NOW, source="file"),
        )
    )


def phone(number: int) -> str:
    return f"+37120{number:06d}"


def extra_premises(database: Database, number: int, *, owner: int, transformer: str = "T1") -> None:
    """One more premises of a customer."""
    row = {**_premises(number, transformer), "customer_number": f"C{owner}"}
    database.transaction(lambda tx: customers.load_premises(tx, [row], NOW))


def extra_phone(database: Database, value: str, *, owner: int) -> None:
    """One more phone of a customer."""
    row = {**_contact(owner, "lv"), "value": value}
    database.transaction(lambda tx: customers.load_contacts(tx, [row], NOW, source="file"))


def _customer(number: int, language: str) -> dict[str, object]:
    return {
        "customer_number": f"C{number}",
        "name": f"Klients {number}",
        "kind": "household",
        "language": language,
        "postal_address": "Brīvības iela 105, Rīga",
        "postcode": "LV-1001",
    }


def _premises(number: int, transformer: str) -> dict[str, object]:
    return {
        "eic": code(number),
        "customer_number": f"C{number}",
        "address": f"Brīvības iela 105-{number}, Rīga",
        "town": "Rīga",
        "postcode": "LV-1001",
        "meter_number": f"M{number}",
        "transformer": transformer,
        "feeder": "F1",
        "life_support": 0,
        "lat": None,
        "lon": None,
    }


def _contact(number: int, language: str) -> dict[str, object]:
    return {
        "customer_number": f"C{number}",
        "kind": "mobile",
        "value": phone(number),
        "language": language,
    }


WORKS = OutageChange(
    "W1", 1, "planned", "scheduled", STARTS, ENDS, "transformatora remonts", transformer="T1"
)
LATER = replace(WORKS, sequence=2, starts_at=STARTS + DAY, ends_at=ENDS + DAY)
OVER = replace(WORKS, sequence=2, state="cancelled")
FAULT = OutageChange("U1", 1, "unplanned", "active", NOW, None, "vētra", transformer="T1")


def change(
    database: Database,
    *changes: OutageChange,
    now: datetime = NOW,
    by: str = "anna",
    policy: Policy = POLICY,
) -> list[Change]:
    """One act of a person: the changes, their campaigns, and what needs no approval."""
    act = Act(by)

    def work(tx):  # type: ignore[no-untyped-def]
        done = alerts.change_outages(tx, changes, act, now, policy=policy)
        alerts.finish_act(tx, act, now, policy=policy)
        return done

    return database.transaction(work, alone=locks.NETWORK)


def drafts(database: Database, kind: str, state: str = "draft") -> list[Row]:
    sql = "SELECT * FROM campaigns WHERE kind = ? AND state = ? ORDER BY id"
    return database.all(sql, [kind, state])


def approve(
    database: Database,
    kind: str,
    *,
    now: datetime = NOW,
    by: str = "juris",
    reason: str = "",
    policy: Policy = POLICY,
) -> None:
    """Approve the drafts of a kind."""
    for row in drafts(database, kind):
        campaigns.approve(database, row["id"], by=by, now=now, policy=policy, reason=reason)


def fan_out(database: Database, now: datetime = NOW) -> int:
    return fanout.fan_out(database, now, policy=POLICY)


def provider_says(
    database: Database, status: str, *, now: datetime = NOW, only: Sequence[str] | None = None
) -> None:
    """Every message that waits or is on its way (to these phones) gets this status."""
    open_ = "status IN ('queued', 'sending', 'unknown')"
    found = database.all(f"SELECT id, peer FROM messages WHERE {open_}")
    steps = [
        Progress(row["id"], status, "sandbox")
        for row in found
        if only is None or row["peer"] in only
    ]
    database.transaction(lambda tx: messages.move_forward(tx, steps, now))


def tell(database: Database, kind: str, *, now: datetime = NOW) -> None:
    """Approve the drafts of a kind and have their messages delivered when they are due."""
    approve(database, kind, now=now)
    fan_out(database, now)
    provider_says(database, "delivered", now=now)


def told(database: Database, kind: str) -> list[tuple[str, str]]:
    """(phone, status) of the messages of a kind."""
    sql = "SELECT peer, status FROM messages WHERE kind = ? ORDER BY peer, id"
    return [(row["peer"], row["status"]) for row in database.all(sql, [kind])]


def notices_of(database: Database, kind: str, *, state: str | None = None) -> list[Row]:
    rows = database.all("SELECT * FROM notices WHERE kind = ? ORDER BY eic, revision", [kind])
    return [row for row in rows if state is None or row["state"] == state]


def write(tmp_path: Path, name: str, *lines: str) -> Path:
    """A file of these lines."""
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
