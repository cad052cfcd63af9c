"""Everything that the service does, with three people whom nothing that is written down may name.

Files with broken lines, texts in three languages, alerts by SMS, e-mail and letter with every
fault of a provider, the console, the API, the public page, webhooks, commands, errors.
"""

from __future__ import annotations

import asyncio
import csv
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from bot.app import create_app
from bot.campaigns import rules as campaigns
from bot.cli import gaisma
from bot.jobs import make_worker
from bot.service import Service
from bot.settings import Settings
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES
from storage import Database
from storage.database import DatabaseBusy
from tests.bot.delivery.test_restoring import RULES
from tests.bot.delivery.test_webhooks import subscribe
from tests.bot.delivery.test_worker import now, until
from tests.bot.running.three_people import (
    AGENT_WORDS,
    CROWD,
    GLAFIRA,
    PEOPLE,
    ZELMA,
    crowd,
    eic_of,
)
from tests.doubles import smtp
from tests.doubles import twilio as double
from tests.doubles.receiver import receiving
from tests.served import text_fields
from tests.web.console import enter, let_in, token_of

URL = "http://127.0.0.1:9"


def fault(form: dict[str, str]) -> str:
    """Every way in which a call may go wrong, by the last digit of the phone."""
    return {"1": "reset_after", "2": "after500", "3": "garbage_after", "4": "busy"}.get(
        form["To"][-1], double.OK
    )


def refuse_mail(step: str, recipient: str) -> str:
    if step == "rcpt" and recipient == ZELMA.email:
        return f"550 5.1.1 <{recipient}>: Recipient address rejected: no {ZELMA.name.encode()!r}"
    return ""


@contextmanager
def mail_server() -> Iterator[int]:
    """A mail server that refuses one of them by name; its port."""
    loop, ready, server = asyncio.new_event_loop(), threading.Event(), smtp.Double(refuse_mail)
    end = asyncio.Event()

    async def serve() -> None:
        async with smtp.serving(server):
            ready.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()], daemon=True)
    thread.start()
    ready.wait(20)
    try:
        yield server.port
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(20)
        loop.close()


@dataclass
class Run:
    """The service while it runs, and every page, error and output that came of it."""

    folder: Path
    address: str
    database: Database
    settings: Settings
    client: FlaskClient
    answers: list[tuple[str, int, str]] = field(default_factory=list)  # what errors said
    stderr: list[str] = field(default_factory=list)
    texts: int = 0

    def note(self, what: str, answer: Any) -> Any:
        if answer.status_code >= 400:
            self.answers.append((what, answer.status_code, answer.get_data(as_text=True)))
        return answer

    def post(self, path: str, fields: list[tuple[str, str]]) -> int:
        """As the provider does it."""
        check = RequestValidator(double.TOKEN)
        signature = check.compute_signature(URL + path, MultiDict(fields))
        headers = {"X-Twilio-Signature": signature}
        answer = self.client.post(path, data=MultiDict(fields), headers=headers)
        return int(self.note(path, answer).status_code)

    def text(self, phone: str, words: str) -> None:
        self.texts += 1
        fields = [pair for pair in text_fields(f"SM{self.texts:032d}", words) if pair[0] != "From"]
        assert self.post("/sms/inbound", [*fields, ("From", phone)]) == 200

    def gaisma(self, *words: str, stdin: str = "") -> str:
        """A command; what it said to people is kept."""
        # As started by systemd, which keeps what is said.
        found = CliRunner(env={"JOURNAL_STREAM": "8:1"}).invoke(gaisma, words, input=stdin)
        assert found.exception is None or isinstance(found.exception, SystemExit), words
        self.stderr.append(f"{' '.join(words[:2])}: {found.stderr}")
        return found.stdout


@contextmanager
def running(database: Database, address: str, folder: Path) -> Iterator[Run]:
    """The service with its provider, mail server and a system that is told of everything."""
    options = double.Options(
        folder / "t.jsonl", fault=fault, codes={crowd(5): 21211, crowd(6): 21610}, callbacks=False
    )
    with double.running(options) as (_, api), mail_server() as port, receiving() as receiver:
        receiver.answers = [500, 404]
        settings = Settings(
            database_url=address, sms_provider="twilio", send_rate=200, public_url=URL,
            twilio_api_url=api, spool=str(folder / "spool"), secret_keys=("k" * 20,),
            twilio_account_sid=double.ACCOUNT, twilio_auth_tokens=(double.TOKEN,),
            smtp_url=f"smtp://127.0.0.1:{port}", mail_from="zinas@gaisma.example",
            webhook_networks=("127.0.0.0/8",),
        )  # fmt: skip
        app = create_app(Service(settings, replace(RULES), database))
        subscribe(database, receiver)
        let_in(database, {"anna": "agent dispatcher operator administrator"})
        try:
            yield Run(folder, address, database, settings, app.test_client())
        finally:
            app.extensions["gaisma.places"].stop()
            app.extensions["gaisma.spool"].stop()


# --- the parts ------------------------------------------------------------------------------


def load_files(run: Run) -> None:
    """Files of the distributor, each with lines that cannot be used."""
    kept = {
        "customers": [
            ("customer_number", "name", "kind", "language", "postal_address", "postcode"),
            *((w.customer, w.name, "household", w.language, w.street, "LV-2150") for w in PEOPLE),
            ("", ZELMA.name, "household", "lv", ZELMA.street, ""),
            ("80099991", GLAFIRA.name, GLAFIRA.phone, GLAFIRA.email, ZELMA.street, ""),
        ],
        "premises": [
            ("eic", "customer_number", "address", "town", "postcode", "meter_number",
             "transformer", "feeder", "life_support", "lat", "lon"),
            *((eic_of(w), w.customer, w.street, "Sigulda", "LV-2150", w.meter, "TP-1", "F-1",
               "0", "", "") for w in PEOPLE),
            (ZELMA.phone, ZELMA.customer, ZELMA.street, "", "", ZELMA.meter, "T", "F", "x", "", ""),
            (eic_of(ZELMA)[:-1] + "Q", ZELMA.email, ZELMA.street, "", "", "", "T", "F", "", "", ""),
        ],
        "contacts": [
            ("customer_number", "kind", "value", "language"),
            *((w.customer, "mobile", w.phone, w.language) for w in PEOPLE),
            *((w.customer, "email", w.email, w.language) for w in PEOPLE),
            (ZELMA.customer, "mobile", f"{ZELMA.phone}7777777", "lv"),
            (ZELMA.customer, "email", f"{ZELMA.email} {ZELMA.name}", "lv"),
            (GLAFIRA.email, "mobile", GLAFIRA.phone, "ru"),
        ],
    }  # fmt: skip
    for kind, rows in kept.items():
        path = run.folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
        run.gaisma("import", kind, str(path))
    works = run.folder / "outages.csv"
    with works.open("w", encoding="utf-8", newline="") as out:
        day = (now() + timedelta(days=30)).isoformat()
        columns = ("external_id", "sequence", "kind", "state", "starts_at", "ends_at", "reason")
        csv.writer(out).writerows([
            (*columns, "transformer"),
            ("W-1", 1, "planned", "scheduled", day, day, "remonts", "TP-1"),
            ("W-2", 1, ZELMA.name, ZELMA.phone, ZELMA.street, day, "remonts", "TP-1"),
        ])  # fmt: skip
    run.gaisma("import", "outages", str(works))


def write_texts(run: Run) -> None:
    for who in PEOPLE:
        for words in who.texts:
            run.text(who.phone, words)
    run.client.post("/sms/inbound", data={"From": ZELMA.phone, "Body": ZELMA.texts[0]})
    for who in PEOPLE:  # an id of a request that a proxy made of a number
        headers = {"X-Request-ID": who.local}
        run.note("id", run.client.get(f"/nothing/{who.phone}?q={who.name}", headers=headers))


Patch = Callable[[Exception, str], Any]  # this error from this method of the database


def break_texts(run: Run, patch: Patch) -> None:
    """Errors in the middle of a text, of the console, of the API: each quotes what it failed on."""
    for error in (ValueError(f"bad: {ZELMA.phone} {AGENT_WORDS}"), KeyError(GLAFIRA.email)):
        for who in PEOPLE:
            with patch(error, "transaction"):
                sid = f"SMfail{who.local}{type(error).__name__:0<18}"
                fields = text_fields(sid, who.texts[0])
                fields = [pair for pair in fields if pair[0] != "From"]
                run.post("/sms/inbound", [*fields, ("From", who.phone)])
                receipt = [("MessageSid", "SM1"), ("MessageStatus", "sent"), ("To", who.phone)]
                run.post(f"/sms/status/{who.local}", receipt)


def send_alerts(run: Run) -> None:
    """Planned works, a fault and its end, over SMS with every fault and over e-mail."""
    from tests.bot.grid import people

    people(run.database, range(1, 2))
    for number in range(CROWD):
        run.database.run(
            """INSERT INTO contacts (id, customer_number, kind, value, language, source, consent_at)
               VALUES (?, ?, 'mobile', ?, 'lv', 'file', '2026-01-01T00:00:00.000000Z')""",
            (f"crowd{number}", "C1", crowd(number)),
        )
    run.database.run("UPDATE premises SET transformer = 'TP-1'")
    run.database.run("DELETE FROM contacts WHERE value = ?", (ZELMA.phone,))  # e-mail is left
    run.gaisma("outage", "add", "--kind", "unplanned", "--transformer", "TP-1", "--by", "anna")
    for row in run.database.all("SELECT id FROM campaigns WHERE state = 'draft'"):
        with_reason = "a reason without names"
        campaigns.approve(
            run.database, row["id"], by="juris", now=now(), policy=RULES, reason=with_reason
        )
    _work(run, 8)
    for row in run.database.all("SELECT id, peer FROM messages WHERE status = 'accepted'"):
        fields = [("MessageSid", "SMx"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003"),
                  ("To", row["peer"])]  # fmt: skip
        run.post(f"/sms/status/{row['id']}", fields)


REFUSED_MAIL = "SELECT 1 FROM messages WHERE channel = 'email' AND status = 'failed'"


def _work(run: Run, wanted: int) -> None:
    worker = make_worker(Service(run.settings, RULES, run.database))
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    over = "SELECT 1 FROM messages WHERE status IN ('accepted', 'sent', 'failed', 'delivered')"
    told = "SELECT 1 FROM webhook_deliveries WHERE answer <> ''"
    try:
        until(lambda: len(run.database.all(over)) >= wanted, 60)
        until(lambda: len(run.database.all(told)) >= 2, 60)
        until(lambda: bool(run.database.all(REFUSED_MAIL)), 60)
    finally:
        worker.stop()
        thread.join(30)


def use_console(run: Run) -> None:
    run.note("enter", run.client.get("/console/enter"))
    for who in PEOPLE:
        token = token_of(run.client.get("/console/enter").get_data(as_text=True))
        run.client.post("/console/enter", data={"csrf_token": token, "name": who.phone,
                                                "password": who.name})  # fmt: skip
    anna = enter(run.client.application, "anna")
    talks = run.database.all("SELECT id FROM conversations")
    for who in PEOPLE:
        for path in ("inbox", "inbox/list", "reports/deadlines", "debts", "alerts/calls", "audit"):
            run.note(path, anna.get(f"/console/{path}?q={who.phone}&customer={who.name}"))
        run.note("nothing", anna.get(f"/console/inbox/{who.phone}"))
        run.note("nothing", anna.get(f"/console/outages/{who.email}"))
        headers = {"Accept-Language": who.language}
        run.note("no token", anna.post("/console/people", data={"name": who.name}, headers=headers))
    for row in talks:
        base = f"/console/inbox/{row['id']}"
        page = run.note("talk", anna.get(base)).get_data(as_text=True)
        token = token_of(page)
        for act in ("say", "note", "assign", "language", "link", "report", "opt_out", "give_back"):
            fields = {"csrf_token": token, "text": AGENT_WORDS, "note": AGENT_WORDS, "to": "anna",
                      "language": "ru", "report": ZELMA.phone, "address": ZELMA.street}  # fmt: skip
            run.note(act, anna.post(f"{base}/{act}", data=fields))


def call_api(run: Run) -> None:
    given = tokens.add(run.database, "cis", tuple(SCOPES), by="anna", now=now())
    everybody = Client(run.client.application)

    def call(method: str, path: str, **body: Any) -> None:
        headers = {"Authorization": f"Bearer {given}", "Idempotency-Key": f"{path}{method}"[-40:]}
        address = f"/api/v1{path}"
        run.note(path, everybody.open(address, method=method, json=body, headers=headers))

    for who in PEOPLE:
        place = {"eic": eic_of(who), "address": who.street, "town": "Sigulda", "transformer": "T",
                 "postcode": "LV-2150", "meter_number": who.meter, "feeder": "F"}  # fmt: skip
        way = {"kind": "mobile", "value": who.phone, "language": who.language}
        call("PUT", f"/customers/{who.customer}", name=who.name, kind="household",
             language=who.language, postal_address=who.street, postcode="LV-2150",
             premises=[place], contacts=[way])  # fmt: skip
        call("PUT", f"/customers/{who.phone}", name=who.name, kind=who.name, language=who.email)
        call("POST", "/fault-reports", phone=who.phone, address=who.street, town="Sigulda")
        call("POST", "/fault-reports", phone=who.name, eic=who.phone, scope=who.email)
        call("GET", f"/customers/{who.phone}?q={who.name}")
        run.note("strange", everybody.get("/api/v1/notices", headers={"Authorization": who.phone}))
    broken = {"data": f'{{"name": "{ZELMA.name}"', "content_type": "application/json",
              "headers": {"Authorization": f"Bearer {given}"}}  # fmt: skip
    run.note("broken", everybody.put(f"/api/v1/customers/{ZELMA.customer}", **broken))  # type: ignore[arg-type]


def visit_public(run: Run) -> None:
    for who in PEOPLE:
        for path in ("/search", "/", f"/{who.name}", "/feed/nothing", "/map"):
            headers = {"Accept-Language": who.language}
            asked = {"q": f"{who.street} {who.phone} {who.name}"}
            run.note(path, run.client.get(path, query_string=asked, headers=headers))
        run.note("method", run.client.delete(f"/search?q={who.phone}"))
        run.note("large", run.client.post("/sms/inbound", data={"Body": who.texts[0] * 50_000}))
        run.note("link", run.client.get(f"/unsubscribe/{who.email}"))
        run.note("link", run.client.post(f"/unsubscribe/{who.email}"))


def use_commands(run: Run) -> None:
    """What people type at the terminal; only what goes to stderr may land in a log."""
    letters = str(run.folder / "letters")
    for words in (
        ("doctor",), ("letters", "--out", letters, "--by", "anna"), ("audit", "head"),
        ("conversation", "list"), ("report", "list"), ("campaign", "list"),
        ("retention", "run", "--dry-run"), ("webhook", "list"), ("spool", "list"),
        ("conversation", "say", "nothing", AGENT_WORDS, "--by", "anna"),
        *(("privacy", "consents", who.phone) for who in PEOPLE),
        *(("privacy", "export", who.email) for who in PEOPLE),
        *(("privacy", "export", f"{who.name} {who.phone}") for who in PEOPLE),
        *(("conversation", "show", f"{who.phone}") for who in PEOPLE),
        *(("report", "deadlines", "--customer", who.customer) for who in PEOPLE),
        ("privacy", "erase", GLAFIRA.phone, "--yes", "--by", "anna", "--wait", "0"),
    ):  # fmt: skip
        run.gaisma(*words)


def break_pages(run: Run, patch: Patch) -> None:
    """What people and systems see when it breaks, and when the database is busy."""
    anna = enter(run.client.application, "anna")
    for error in (ValueError(f"bad: {ZELMA.phone} {AGENT_WORDS}"), DatabaseBusy("busy")):
        for method in ("all", "one", "transaction"):
            with patch(error, method):
                for who in PEOPLE:
                    q = {"q": f"{who.phone} {who.street}", "customer": who.customer}
                    for path in ("/search", "/console/inbox", "/console/audit", "/console/debts"):
                        headers = {"Accept-Language": who.language}
                        run.note(path, anna.get(path, query_string=q, headers=headers))
                    run.note("link", run.client.get(f"/unsubscribe/{who.email}"))


def day(run: Run, patch: Patch) -> None:
    """All of it, in the order of a day."""
    load_files(run)
    write_texts(run)
    break_texts(run, patch)
    send_alerts(run)
    use_console(run)
    call_api(run)
    visit_public(run)
    break_pages(run, patch)
    use_commands(run)
