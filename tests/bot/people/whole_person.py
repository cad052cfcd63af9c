"""A person of whom there is something in every table that can hold anything about anybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storage import Database, Tx
from storage.database import audit, new_id, stamp

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
AT = stamp(NOW)
PHONE, LOCAL, NUMBER, EMAIL = "+37129123456", "29123456", "80077777", "zelma@example.lv"
WORDS = ("zelma", "zaļkalne", "vārnu", "slepens", "29123456", "80077777", "inv-77")
PLACE = "43X-VARNU-7"


def columns(tx: Tx, table: str) -> list[tuple[str, bool, bool]]:
    """Of each column: its name, whether it is text, whether it must be given."""
    if tx.engine == "sqlite":
        rows = tx.all(f"SELECT * FROM pragma_table_info('{table}')")
        return [
            (row["name"], row["type"] == "TEXT", row["notnull"] and row["dflt_value"] is None)
            for row in rows
        ]
    rows = tx.all(
        """SELECT column_name, data_type, is_nullable = 'NO' AND column_default IS NULL
                  AND is_identity = 'NO' AND is_generated = 'NEVER' AS needed
           FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ?""",
        [table],
    )
    return [(row["column_name"], row["data_type"] == "text", row["needed"]) for row in rows]


def table_names(tx: Tx) -> list[str]:
    """Of all tables, the engine's own left out."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgresql": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    }
    return [str(row["name"]) for row in tx.all(sql[tx.engine])]


def put(tx: Tx, table: str, **known: Any) -> None:
    """A row with these values; what must not be empty and is not given is '', or the moment."""
    values = dict(known)
    for name, is_text, is_needed in columns(tx, table):
        if is_needed and name not in values:
            moment = name.endswith("_at") or name in ("at", "since", "answer_by", "due_on")
            values[name] = (AT if moment else "") if is_text else 0
            if name == "id" and is_text:
                values[name] = new_id()
    marks = ", ".join("?" * len(values))
    names = ", ".join(f'"{name}"' for name in values)
    tx.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()])


def make(database: Database) -> None:
    """Zelma Zaļkalne, her flat, and all that happened between her and us."""
    ids = {name: new_id() for name in ("talk", "text", "answer", "alert", "report", "notice")}

    def work(tx: Tx) -> None:
        _who(tx, ids)
        _told(tx, ids)
        _talk(tx, ids)
        audit(tx, "cis", "customer.put", NUMBER, now=NOW)
        audit(tx, "anna", "agent.add", "juris", now=NOW)

    database.transaction(work)


# fmt: off
def _who(tx: Tx, ids: dict[str, str]) -> None:
    put(tx, "customers", customer_number=NUMBER, name="Zelma Zaļkalne", kind="household",
        language="lv", postal_address="Vārnu iela 7", postcode="LV-1009")
    put(tx, "premises", eic=PLACE, customer_number=NUMBER, address="Putnu iela 7", town="Rīga",
        transformer="T1", feeder="F1", life_support=1)
    for kind, value in (("mobile", PHONE), ("email", EMAIL)):
        put(tx, "contacts", customer_number=NUMBER, kind=kind, value=value, language="lv",
            source="sms")
        put(tx, "opt_outs", kind=kind, value=value)
        put(tx, "consents", kind=kind, value=value, customer_number=NUMBER, action="opted_out",
            text="slepens STOP", message_id=ids["text"])
    put(tx, "registration_tries", phone=PHONE, customer_number=NUMBER)
    put(tx, "outages", id="o1", external_id="W-1", kind="planned", state="scheduled", sequence=1,
        revision=1, reason="reason")
    put(tx, "outage_subscribers", outage_id="o1", phone=PHONE, language="lv")
    put(tx, "fault_reports", id=ids["report"], phone=PHONE, eic=PLACE, address="Vārnu iela 7",
        town="Rīga", transformer="T1", scope="whole", state="closed", message_id=ids["text"])
    put(tx, "danger_looks", report_id=ids["report"], by="anna")


def _told(tx: Tx, ids: dict[str, str]) -> None:
    put(tx, "campaigns", id="k1", kind="planned_notice", state="done", title="t", made_by="a")
    for key, way, peer, campaign, body in (
        (ids["text"], "in", PHONE, None, "slepens teksts, Zelma"),
        (ids["answer"], "out", PHONE, None, "Zelma, slepens"),
        (ids["alert"], "out", PHONE, "k1", "Vārnu ielā 7 būs slepens"),
        (new_id(), "out", EMAIL, "k1", "Labdien, Zelma"),
        (new_id(), "out", NUMBER, "k1", "Zelma Zaļkalne, vēstule"),
    ):
        put(tx, "messages", id=key, direction=way, channel="sms", kind="text", peer=peer,
            customer_number=NUMBER, campaign_id=campaign, body=body, provider="p",
            provider_id=f"SM{key}", status="delivered", sent_at=AT)
        for attempt in (key, f"{key}-again"):
            put(tx, "receipts", message_id=key, provider_id=f"SM{attempt}", status="delivered")
    for key, phone in ((ids["notice"], ""), (new_id(), PHONE)):
        put(tx, "notices", id=key, campaign_id="k1", outage_id="o1", revision=1,
            kind="planned_notice", customer_number="" if phone else NUMBER, phone=phone,
            eic=PLACE, state="queued", life_support=1)
    put(tx, "notice_messages", notice_id=ids["notice"], message_id=ids["alert"])
    put(tx, "calls", reason="life_support", customer_number=NUMBER, outcome="Zelma atbildēja")
    put(tx, "debts", customer_number=NUMBER, reference="INV-77", sum_cents=100, plan="[]")
    put(tx, "debt_days", notice_id=ids["notice"])
    put(tx, "privacy_requests", kind="erase", who=PHONE, reason="slepens", state="waits")
    put(tx, "privacy_requests", kind="export", who=NUMBER, reason="slepens", state="waits")


def _talk(tx: Tx, ids: dict[str, str]) -> None:
    talk, text = ids["talk"], ids["text"]
    put(tx, "conversations", id=talk, phone=PHONE, state='{"address": "Vārnu 7"}')
    put(tx, "turns", message_id=text, conversation_id=talk, reply_id=ids["answer"],
        events='[["slepens"]]')
    put(tx, "conversation_notes", conversation_id=talk, agent="anna", text="Zelma zvanīs")
    put(tx, "conversation_reads", conversation_id=talk, agent="anna", message_id=text)
    put(tx, "conversation_waits", conversation_id=talk, agent="anna", answered_at=AT)
    put(tx, "candidates", message_id=text, language="lv", intent="other", text="slepens",
        skeleton="slepens", source="customer")
    put(tx, "complaints", number="C-1", phone=PHONE, customer_number=NUMBER, language="lv",
        text="slepens", outcome="Zelma")
    put(tx, "webhook_events", event="fault_report.created", subject_id=ids["report"],
        data='{"address": "Vārnu 7"}')
    put(tx, "api_answers", caller="cis", key="k", request_hash="h", status=200,
        body='{"customer_number": "80077777", "name": "Zelma Zaļkalne"}')
# fmt: on
