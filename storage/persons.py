"""A person in the tables: who they are, what is held about them, and its erasure.

Which columns these statements must reach stands in `storage.personal`; a test erases a person of
whom something is in every such column, and reads all tables afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage import personal, search
from storage.database import Row, Tx, stamp
from storage.lists import spell
from storage.writer import SQLiteTx

NOBODY = "-nobody-"  # fills a list that would be empty: no number is written so
HIDDEN = "•••"


@dataclass(frozen=True)
class Person:
    """Whose data are meant. `customers`: whose numbers the addresses are registered for;
    `whole`: those that are meant themselves, and not only one of their phones."""

    addresses: tuple[str, ...]
    customers: tuple[str, ...]
    whole: tuple[str, ...] = ()

    def lists(self) -> dict[str, list[str]]:
        return {
            "addresses": [*self.addresses] or [NOBODY],
            "customers": [*self.customers] or [NOBODY],
            "whole": [*self.whole] or [NOBODY],
        }


def of_address(tx: Tx, address: str) -> Person:
    """Whoever has this phone number or e-mail address."""
    rows = tx.all(
        "SELECT DISTINCT customer_number FROM contacts WHERE value = ? ORDER BY customer_number",
        (address,),
    )
    return Person((address,), tuple(str(row["customer_number"]) for row in rows))


def of_customer(tx: Tx, number: str) -> Person | None:
    """A customer with the phones and addresses that are registered for nobody else; None when
    there is none of this number."""
    if tx.one("SELECT 1 FROM customers WHERE customer_number = ?", (number,)) is None:
        return None
    own = tx.all(
        """SELECT DISTINCT c.value FROM contacts c WHERE c.customer_number = ? AND NOT EXISTS (
               SELECT 1 FROM contacts o WHERE o.kind = c.kind AND o.value = c.value
                   AND o.customer_number <> c.customer_number) ORDER BY c.value""",
        (number,),
    )
    return Person(tuple(str(row["value"]) for row in own), (number,), (number,))


_TALKS = "(SELECT id FROM conversations WHERE phone IN ({addresses}))"
_TEXTS = "(SELECT id FROM messages WHERE peer IN ({addresses}) OR customer_number IN ({whole}))"
_NOTICES = "(SELECT id FROM notices WHERE phone IN ({addresses}) OR customer_number IN ({whole}))"
_REPORTS = "(SELECT id FROM fault_reports WHERE phone IN ({addresses}))"
# Which rows of each table are about the person, oldest first.
HELD: dict[str, str] = {
    "customers": "customer_number IN ({customers})",
    "premises": "customer_number IN ({customers})",
    "contacts": "value IN ({addresses}) OR customer_number IN ({whole})",
    "opt_outs": "value IN ({addresses})",
    "consents": "value IN ({addresses}) OR customer_number IN ({whole})",
    "registration_tries": "phone IN ({addresses})",
    "outage_subscribers": "phone IN ({addresses})",
    "fault_reports": "phone IN ({addresses})",
    "danger_looks": f"report_id IN {_REPORTS}",
    "conversations": "phone IN ({addresses})",
    "turns": f"conversation_id IN {_TALKS}",
    "conversation_notes": f"conversation_id IN {_TALKS}",
    "conversation_reads": f"conversation_id IN {_TALKS}",
    "conversation_waits": f"conversation_id IN {_TALKS}",
    "candidates": f"message_id IN {_TEXTS}",
    "complaints": "phone IN ({addresses}) OR customer_number IN ({whole})",
    "messages": "peer IN ({addresses}) OR customer_number IN ({whole})",
    "receipts": f"message_id IN {_TEXTS}",
    "notices": "phone IN ({addresses}) OR customer_number IN ({whole})",
    "notice_messages": f"message_id IN {_TEXTS}",
    "privacy_requests": "who IN ({addresses}) OR who IN ({whole})",
    "calls": "customer_number IN ({whole})",
    "debts": "customer_number IN ({whole})",
    "debt_days": f"notice_id IN {_NOTICES}",
    "webhook_events": f"subject_id IN {_REPORTS} OR subject_id IN {_TEXTS}"
    f" OR subject_id IN {_TALKS}",
}
# Of no use to the person, or nobody's but the house's.
_NOT_SHOWN = {"secret", "network"}


def held(tx: Tx, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Every row about the person, by table; tables without any are left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, where in HELD.items():
        rows = tx.all(*_spell(f"SELECT * FROM {table} WHERE {where} ORDER BY 1", person))  # noqa: S608
        if rows:
            found[table] = [_plain(table, row) for row in rows]
    return found


def _plain(table: str, row: Row) -> dict[str, Any]:
    kinds = personal.COLUMNS[table]
    return {name: row[name] for name in row.keys() if kinds[name] not in _NOT_SHOWN}  # noqa: SIM118 - a row iterates its values


def _spell(sql: str, person: Person, **values: Any) -> tuple[str, list[Any]]:
    lists = person.lists()
    used = {name: each for name, each in lists.items() if f"{{{name}}}" in sql}
    return spell(sql, **used, **values)


# --- erasure ---------------------------------------------------------------------------------


def overwrite(tx: Tx, *, on: bool) -> None:
    """Whether what is deleted from now on is overwritten in the file, where the engine can."""
    if isinstance(tx, SQLiteTx):
        tx.overwrite(on=on)


def withdraw(
    tx: Tx, person: Person, now: datetime, *, states: Sequence[str] = ("queued",)
) -> int:  # fmt: skip
    """Take back what waits to be sent to the person; how many messages."""
    sql = """UPDATE messages SET status = 'withdrawn', error_code = 'erased', done_at = :now,
                 leased_by = NULL, lease_until = NULL
             WHERE status IN ({states})
               AND (peer IN ({addresses}) OR customer_number IN ({whole}))"""
    taken = tx.run(*_spell(sql, person, now=stamp(now), states=list(states)))
    sql = """UPDATE notices SET state = 'withdrawn' WHERE state IN ('draft', 'approved', 'queued')
             AND (phone IN ({addresses}) OR customer_number IN ({whole}))"""
    tx.run(*_spell(sql, person))
    return taken


def on_the_way(tx: Tx, person: Person) -> int:
    """Messages to the person of which nobody knows yet whether they went."""
    sql = """SELECT count(*) AS n FROM messages WHERE status IN ('sending', 'unknown')
             AND (peer IN ({addresses}) OR customer_number IN ({whole}))"""
    row = tx.one(*_spell(sql, person))
    return int(row["n"]) if row else 0


def texts_left(tx: Tx, address: str, limit: int) -> list[str]:
    """Ids of the next messages of an address that are to be erased."""
    sql = "SELECT id FROM messages WHERE peer = ? ORDER BY id LIMIT ?"
    return [str(row["id"]) for row in tx.all(sql, (address, limit))]


# A message that went out for a campaign stays as proof and cost, without whom and what.
_STAYS = """direction = 'out' AND (campaign_id IS NOT NULL OR EXISTS (
                SELECT 1 FROM notice_messages n WHERE n.message_id = messages.id))"""


def erase_texts(tx: Tx, ids: Sequence[str], alias: str) -> None:
    """Erase these messages with their turns and receipts; proof stays, without the person."""
    for sql in (
        "DELETE FROM candidates WHERE message_id IN ({ids})",
        "DELETE FROM turns WHERE message_id IN ({ids})",
        "UPDATE turns SET reply_id = NULL WHERE reply_id IN ({ids})",
        "DELETE FROM webhook_deliveries WHERE event_id IN"
        " (SELECT id FROM webhook_events WHERE subject_id IN ({ids}))",
        "DELETE FROM webhook_events WHERE subject_id IN ({ids})",
        """DELETE FROM receipts WHERE message_id IN (
               SELECT id FROM messages WHERE id IN ({ids}) AND NOT ({stays}))""",
        # Two attempts may have said the same: which row was of which, nobody can tell any more.
        "UPDATE receipts SET provider_id = id WHERE message_id IN ({ids})",
        "DELETE FROM messages WHERE id IN ({ids}) AND NOT ({stays})",
    ):
        tx.run(*spell(sql.replace("{stays}", _STAYS), ids=list(ids)))
    sql = """UPDATE messages SET peer = :alias, body = '', provider_id = NULL, made_by = ''
             WHERE id IN ({ids})"""
    tx.run(*spell(sql, alias=alias, ids=list(ids)))


_OF_ADDRESS = (
    "DELETE FROM conversation_reads WHERE conversation_id IN {talks}",
    "DELETE FROM conversation_notes WHERE conversation_id IN {talks}",
    "DELETE FROM conversation_waits WHERE conversation_id IN {talks}",
    "DELETE FROM turns WHERE conversation_id IN {talks}",
    """DELETE FROM webhook_deliveries WHERE event_id IN (SELECT id FROM webhook_events
           WHERE subject_id IN {talks} OR subject_id IN {reports})""",
    "DELETE FROM webhook_events WHERE subject_id IN {talks} OR subject_id IN {reports}",
    "DELETE FROM conversations WHERE phone = :address",
    "DELETE FROM outage_subscribers WHERE phone = :address",
    "DELETE FROM registration_tries WHERE phone = :address",
    "DELETE FROM contacts WHERE value = :address",
    "DELETE FROM opt_outs WHERE value = :address",
    "UPDATE consents SET value = :alias, text = '', message_id = '' WHERE value = :address",
    "UPDATE notices SET phone = :alias WHERE phone = :address",
    "UPDATE privacy_requests SET who = '', reason = '' WHERE who = :address",
    # While it is open somebody may stand in danger there: the place stays until it is closed.
    """UPDATE fault_reports SET phone = :alias, message_id = '',
           eic = CASE state WHEN 'open' THEN eic ELSE '' END,
           address = CASE state WHEN 'open' THEN address ELSE '' END WHERE phone = :address""",
    """UPDATE complaints SET state = 'closed', closed_at = :now, closed_by = 'privacy'
       WHERE phone = :address AND state = 'open'""",
    """UPDATE complaints SET phone = :alias, text = '', outcome = '', message_id = ''
       WHERE phone = :address""",
)


def erase_address(tx: Tx, address: str, alias: str, now: datetime) -> None:
    """Erase a phone number or e-mail address everywhere but in its messages (`erase_texts`)."""
    for row in tx.all("SELECT id FROM conversations WHERE phone = ?", (address,)):
        search.forget(tx, str(row["id"]))
    talks = "(SELECT id FROM conversations WHERE phone = :address)"
    reports = "(SELECT id FROM fault_reports WHERE phone = :address)"
    values = {"address": address, "alias": alias, "now": stamp(now)}
    for sql in _OF_ADDRESS:
        text = sql.replace("{talks}", talks).replace("{reports}", reports)
        tx.run(*spell(text, **values))


_OF_CUSTOMER = (
    """INSERT INTO customers (customer_number, name, kind, language, postal_address, postcode,
                              updated_at)
       SELECT :alias, '', kind, language, '', '', :now FROM customers
       WHERE customer_number = :number""",
    "UPDATE premises SET customer_number = :alias, life_support = 0, updated_at = :now"
    " WHERE customer_number = :number",
    "DELETE FROM contacts WHERE customer_number = :number",
    "DELETE FROM registration_tries WHERE customer_number = :number",
    "UPDATE consents SET customer_number = :alias WHERE customer_number = :number",
    "UPDATE notices SET customer_number = :alias, life_support = 0 WHERE customer_number = :number",
    "UPDATE messages SET peer = :alias, body = '' WHERE peer = :number",
    "UPDATE messages SET customer_number = :alias WHERE customer_number = :number",
    "UPDATE calls SET state = 'withdrawn', done_at = :now"
    " WHERE customer_number = :number AND state = 'open'",
    "UPDATE calls SET customer_number = :alias, outcome = '' WHERE customer_number = :number",
    "UPDATE debts SET customer_number = :alias, reference = id, plan = ''"
    " WHERE customer_number = :number",
    "UPDATE complaints SET customer_number = :alias WHERE customer_number = :number",
    "UPDATE privacy_requests SET who = '', reason = '' WHERE who = :number",
    "DELETE FROM customers WHERE customer_number = :number",
)


def erase_customer(tx: Tx, number: str, alias: str, now: datetime) -> None:
    """A customer becomes nobody: what must be kept stands under the alias."""
    for sql in _OF_CUSTOMER:
        tx.run(*spell(sql, number=number, alias=alias, now=stamp(now)))


def mentions(tx: Tx, words: Sequence[str]) -> dict[str, int]:
    """How many rows of each column of words ('complaints.text') still have one of these."""
    found: dict[str, int] = {}
    for table, column in personal.of_kind("text"):
        if table in ("audit", "search_words"):
            continue  # the one is chained (`audit.erase`), the other follows its texts
        for word in words:
            row = tx.one(
                f"SELECT count(*) AS n FROM {table} WHERE {column} LIKE '%' || ? || '%'",  # noqa: S608
                (word,),
            )
            if row and row["n"]:
                found[f"{table}.{column}"] = found.get(f"{table}.{column}", 0) + int(row["n"])
    return found


def hide(tx: Tx, where: str, word: str) -> int:
    """Put dots in the place of a number in the words of a column that `mentions` named."""
    table, column = where.split(".")
    if personal.COLUMNS[table][column] != "text":
        raise ValueError(where)
    if table == "api_answers":  # of the last day; one names its customer whole
        return tx.run("DELETE FROM api_answers WHERE body LIKE '%' || ? || '%'", (word,))
    return tx.run(
        f"UPDATE {table} SET {column} = replace({column}, ?, ?)"  # noqa: S608
        f" WHERE {column} LIKE '%' || ? || '%'",
        (word, HIDDEN, word),
    )


def addresses(tx: Tx) -> list[str]:
    """Every phone number and e-mail address that stands anywhere, once."""
    parts = [
        f"SELECT DISTINCT {name} AS value FROM {table}"  # noqa: S608
        for table, name in personal.of_kind("phone")
    ]
    rows = tx.all(" UNION ".join(parts))
    return [str(row["value"]) for row in rows if row["value"]]


def customer_numbers(tx: Tx) -> list[str]:
    """The number of every customer."""
    return [str(row["customer_number"]) for row in tx.all("SELECT customer_number FROM customers")]
