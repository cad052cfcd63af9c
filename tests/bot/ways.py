"""People who are reached in other ways than by SMS, and what went to them on which channel."""

from __future__ import annotations

from datetime import datetime

from bot.delivery.escalation import escalate
from storage import Database, contacts, customers, messages
from storage.messages import Progress
from tests.bot import grid


def email(number: int) -> str:
    return f"klients{number}@example.lv"


def give_email(database: Database, number: int, *, value: str = "", language: str = "lv") -> None:
    """One more way to reach a customer."""
    row = {
        "customer_number": f"C{number}",
        "kind": "email",
        "value": value or email(number),
        "language": language,
    }
    database.transaction(lambda tx: customers.load_contacts(tx, [row], grid.NOW, source="file"))


def lose_phone(database: Database, number: int) -> None:
    """A customer without any mobile phone."""
    database.run(
        "DELETE FROM contacts WHERE customer_number = ? AND kind = 'mobile'", [f"C{number}"]
    )


def stop(database: Database, number: int) -> None:
    """The customer texted STOP."""
    phone = grid.phone(number)
    database.transaction(
        lambda tx: contacts.opt_out(tx, phone, text="STOP", message_id="", now=grid.NOW)
    )


def stop_email(database: Database, number: int) -> None:
    """The customer followed the link to unsubscribe."""
    database.transaction(
        lambda tx: contacts.opt_out(
            tx, email(number), text="link", message_id="", now=grid.NOW, kind="email"
        )
    )


def lose_address(database: Database, number: int) -> None:
    """Nobody knows where letters for the customer go, not even what the premises are called."""
    lose_postal_address(database, number)
    database.run("UPDATE premises SET address = '' WHERE customer_number = ?", [f"C{number}"])


def lose_postal_address(database: Database, number: int) -> None:
    """Letters for the customer go to the premises."""
    database.run(
        "UPDATE customers SET postal_address = '' WHERE customer_number = ?", [f"C{number}"]
    )


def sent(database: Database, kind: str = "planned_notice") -> list[tuple[str, str]]:
    """(channel, peer) of every message of a kind, by channel."""
    sql = "SELECT channel, peer FROM messages WHERE kind = ? ORDER BY channel DESC, peer, id"
    return [(row["channel"], row["peer"]) for row in database.all(sql, [kind])]


def statuses(database: Database, number: int = 1) -> dict[str, str]:
    """Status of the messages of a customer by channel."""
    sql = "SELECT channel, status FROM messages WHERE customer_number = ?"
    return {row["channel"]: row["status"] for row in database.all(sql, [f"C{number}"])}


def says(database: Database, channel: str, status: str, now: datetime) -> None:
    """What the provider says of every message of a channel that has gone out or waits to."""
    open_ = "status NOT IN ('withdrawn', 'expired', 'set_aside')"
    found = database.all(f"SELECT id FROM messages WHERE channel = ? AND {open_}", [channel])
    steps = [Progress(row["id"], status, "test") for row in found]
    database.transaction(lambda tx: messages.move_forward(tx, steps, now))


def follow(database: Database, now: datetime, *, email: bool = True) -> None:
    """Let the worker escalate until it has nothing more to do."""
    for _ in range(20):
        if not escalate(database, now, grid.POLICY, email=email):
            return
    raise AssertionError("escalation does not come to an end")


def calls(database: Database, state: str = "open") -> list[tuple[str, str]]:
    """(customer, reason) of the calls in a state."""
    sql = "SELECT customer_number, reason FROM calls WHERE state = ? ORDER BY customer_number, id"
    return [(row["customer_number"], row["reason"]) for row in database.all(sql, [state])]
