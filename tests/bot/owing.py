"""Customers who owe something, and the course of a debt, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.debts import rules as debts
from bot.debts.rules import Made
from bot.demo.account import with_account
from bot.policy import read_policy
from bot.words import bodies
from storage import Database, Row, contacts, queueing
from storage import debts as rows
from storage.customers import load_contacts, load_customers
from storage.messages import Progress, move_forward

POLICY = with_account(read_policy())
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # a Monday, 10:00 in Riga
DAY = timedelta(days=1)
PHONE = "+37120000001"
EMAIL = "sergejs@example.lv"
# number: (name, language, contact)
PEOPLE = {
    "1000001": ("Jānis Bērziņš", "lv", ("mobile", PHONE)),
    "1000002": ("Сергей Иванов", "ru", ("email", EMAIL)),
    "1000003": ("Mary Smith", "en", None),
}


def owing(database: Database, *, stage: str = "", due_on: str = "2026-10-15") -> None:
    """Everybody of PEOPLE owes 100 EUR and a cent for each place in the list: R-1, R-2, R-3."""
    people = [
        {
            "customer_number": number, "name": name, "kind": "household", "language": language,
            "postal_address": "Kalna iela 1, Ogre", "postcode": "LV-5001",
        }
        for number, (name, language, _) in PEOPLE.items()
    ]  # fmt: skip
    reached = [
        {"customer_number": number, "kind": way[0], "value": way[1], "language": language}
        for number, (_, language, way) in PEOPLE.items()
        if way
    ]
    owed = [
        {
            "customer_number": number, "reference": f"R-{place}", "sum_cents": 10000 + place,
            "due_on": due_on, "stage": stage,
        }
        for place, number in enumerate(PEOPLE, 1)
    ]  # fmt: skip
    database.transaction(lambda tx: load_customers(tx, people, NOW))
    database.transaction(lambda tx: load_contacts(tx, reached, NOW, source="file"))
    database.transaction(lambda tx: rows.load(tx, owed, NOW))


def debt(database: Database, reference: str = "R-1") -> Row:
    return rows.find(database, [reference])[reference]


def notice(
    database: Database, kind: str, now: datetime = NOW, references: tuple[str, ...] = (),
    on: date | None = None,
) -> Made:  # fmt: skip
    return debts.make_notices(
        database, f"debt_{kind}", by="anna", now=now, policy=POLICY, references=references,
        disconnect_on=on,
    )  # fmt: skip


def approve(database: Database, draft: Made, now: datetime = NOW, by: str = "marta") -> None:
    campaigns.approve(database, draft.campaign_id, by=by, now=now, policy=POLICY)


def send(database: Database, now: datetime = NOW) -> int:
    """Queue what is due, and have all that is queued accepted; how many were."""
    fanout.fan_out(database, now, policy=POLICY)
    return post(database, now) + _accept(database, now)


def post(database: Database, now: datetime = NOW) -> int:
    """Letters are with the print shop, and what waited for them is due."""
    ids = [row["id"] for row in messages(database) if row["channel"] == "letter"]
    posted = _accept(database, now, "letter")
    database.transaction(lambda tx: queueing.release_beside(tx, ids, now))
    return posted


def _accept(database: Database, now: datetime, channel: str = "") -> int:
    ids = [
        row["id"]
        for row in messages(database)
        if row["status"] == "queued" and row["channel"] == (channel or row["channel"])
    ]
    steps = [Progress(each, "accepted", "test", f"SM{each}") for each in ids]
    return database.transaction(lambda tx: move_forward(tx, steps, now))


def told(database: Database, kind: str, now: datetime) -> Made:
    """A notice of this kind to everybody it is next for: made, approved, sent."""
    made = notice(database, kind, now)
    approve(database, made, now)
    send(database, now)
    return made


def messages(database: Database, campaign_id: str = "") -> list[Row]:
    where = "WHERE campaign_id = ?" if campaign_id else "WHERE ? = ''"
    return database.all(f"SELECT * FROM messages {where} ORDER BY peer, channel", [campaign_id])


def ways(database: Database, campaign_id: str) -> list[tuple[str, str]]:
    return [(row["channel"], row["peer"]) for row in messages(database, campaign_id)]


def texts(database: Database, campaign_id: str, now: datetime = NOW) -> dict[str, str]:
    """What the messages of a campaign say, by channel and peer."""
    found = {row["id"]: row for row in messages(database, campaign_id)}
    written = bodies.write_bodies(database, list(found), POLICY, now=now)
    return {
        f"{found[each]['channel']} {found[each]['peer']}": body for each, body in written.items()
    }


def opt_out(database: Database) -> None:
    database.transaction(
        lambda tx: contacts.opt_out(tx, PHONE, text="STOP", message_id="", now=NOW)
    )
