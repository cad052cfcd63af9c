"""One hostile text through everything: by SMS, files and forms; then all places that show it."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as mail_policy
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from werkzeug.exceptions import HTTPException
from werkzeug.test import Client

from bot.app import create_app
from bot.campaigns import fanout, rules
from bot.channels.mail_message import Composer
from bot.channels.provider import Answer
from bot.channels.twilio_provider import twiml
from bot.cli import gaisma
from bot.delivery.posting import post_letters
from bot.demo.account import for_demo
from bot.importing import load_file
from bot.policy import read_policy
from bot.running import logs
from bot.running.figures import Figures
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from bot.web.api import tokens
from bot.web.api.tokens import SCOPES
from bot.words.bodies import write_bodies
from bot.words.documents import read_document
from storage import conversations, open_database
from tests import engines
from tests.bot.channels.test_email import SETTINGS
from tests.web.console import NOW, enter, let_in, token_of
from tests.web.network_world import STAFF
from tests.worlds import build_world, eic

MARK = "zvaigzne"  # in each of them, so that what shows it is known to have been looked at
HOSTILE = (
    f"\"'><gaismaevil onevil=1 onerror=alert(1)>{MARK}</gaismaevil><script>{MARK}()</script>",
    f'=HYPERLINK("http://evil.example","{MARK}")',
    f"@SUM(1+9)*cmd|' /C calc'!A0 {MARK}",
    f"]]></Message></Response><Response><Dial>{MARK}</Dial>&#0;&xxe;",
    f"'; DROP TABLE turns; -- {MARK}",
    f"{{{{7*19111111111}}}}${{7*19111111111}}#{{7*19111111111}} "
    f"{{0.__class__}} {{name}} %s %(n)d %n {MARK}",
    f"\x1b[31m\x1b]0;{MARK}\x07\x9b2J\x08",
    f"\u202e{MARK}\u2066\u200b\ufeff\u0000\ud800",
    f"{MARK}\r\nBcc: all@evil.example\r\n\r\nATTACH:evil\nX-Evil: 1",
    f"{MARK}" + "Z\u0351\u0362\u0363" * 60,
    f"javascript:alert(1)//{MARK}",
    f"[bold red]{MARK}[/bold red][link=http://evil.example]x[/link]",
    f"{MARK} " + "ā" * 20_000,
)
# Never meant in any place: escape sequences, directions turned round, halves of characters.
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINKS = re.compile(r'(?:href|data-live)="([^"]+)"')
_FOLLOWED = 16  # pages of one kind: each hostile text has one of its own
ALL_ROLES = "agent dispatcher operator administrator"
Shown = dict[str, list[str]]


class Tags(HTMLParser):
    """What a browser would make of a page: elements that begin, attributes that act."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.evil: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            acts = name in ("href", "src", "action") and str(value).startswith("javascript:")
            if acts or name.startswith("on"):
                self.evil.append(f"{tag} {name}={value}")
        if tag in ("gaismaevil", "dial"):
            self.evil.append(tag)


# --- the world ------------------------------------------------------------------------------


def load(service: Service, folder: Path, kind: str, rows: list[dict[str, object]]) -> None:
    path = folder / f"{kind}.csv"
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    load_file(service.database, kind, path, by="file", now=NOW, policy=service.policy)


def of_files(service: Service, folder: Path) -> None:
    """Customers by hostile names at hostile addresses, and works there for hostile reasons."""
    short = [(n, re.sub("[\0\ud800]", "", text)[:450]) for n, text in enumerate(HOSTILE, 40)]
    begins = NOW + timedelta(days=20)
    load(service, folder, "customers", [
        {"customer_number": f"20000{n}", "name": text, "kind": "household", "language": "lv",
         "postal_address": text, "postcode": "LV-1010"} for n, text in short
    ])  # fmt: skip
    load(service, folder, "premises", [
        {"eic": eic(n), "customer_number": f"20000{n}", "address": text, "town": text[:60],
         "postcode": "LV-1010", "meter_number": "12345678", "transformer": "TP-9", "feeder": text,
         "life_support": 0, "lat": "", "lon": ""} for n, text in short
    ])  # fmt: skip
    load(service, folder, "contacts", [
        {"customer_number": f"20000{n}", "kind": kind, "value": value, "language": "lv"}
        for n, _ in short if n % 3
        for kind, value in [("mobile", f"+3712000{n:04}")
                            if n % 3 == 1 else ("email", f"n{n}@example.lv")]
    ])  # fmt: skip
    load(service, folder, "outages", [
        {"external_id": f"H-{n}", "sequence": 1, "kind": kind, "state": state,
         "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat(),
         "reason": text, "eics": eic(n), "transformer": "", "feeder": ""}
        for n, text in short
        for kind, state, start in [("planned", "scheduled", begins) if n % 2
                                   else ("unplanned", "active", NOW - timedelta(hours=1))]
    ])  # fmt: skip


def of_people(service: Service, app: Flask) -> None:
    """The same texts by SMS, and in every field that agents and operators write in."""
    turns, everybody = Turns(service), enter(app, "all")
    token = token_of(everybody.get("/console/account").get_data(as_text=True))

    def send(path: str, **fields: str) -> None:
        answer = everybody.post(f"/console/{path}", data=fields | {"csrf_token": token})
        assert answer.status_code in (200, 303, 409), f"{answer.status_code} {path}"

    for n, text in enumerate(HOSTILE, 40):
        phone, words = f"+3712000{n:04}", text.replace("\ud800", "?")
        for place, said in enumerate((text, f"aģents {text}", f"nav elektrības {text}")):
            turns.take(Inbound("sandbox", f"H{n}-{place}", phone, said), NOW)
        at = f"inbox/{conversations.find_conversations(service.database, phone)[0]['id']}"
        send(f"{at}/note", note=words[:1500])
        send(f"{at}/say", text=words[:1500])
        send("ready", name=f"h{n}", topic="talk", **dict.fromkeys(("lv", "ru", "en"), words[:900]))
        send("people", name=f"evil{n}", full_name=words[:60], roles="agent", language="lv")


def of_alerts(service: Service) -> None:
    for row in service.database.all("SELECT id FROM campaigns WHERE state = 'draft'"):
        with_reason = f"steidzami {HOSTILE[0]}"
        rules.approve(service.database, str(row["id"]), by="juris", now=NOW,
                      policy=service.policy, reason=with_reason)  # fmt: skip
    while fanout.fan_out(service.database, NOW, policy=service.policy):
        pass


@contextmanager
def listening(into: io.StringIO) -> Iterator[None]:
    handler, root = logging.StreamHandler(into), logging.getLogger()
    handler.setFormatter(logs.TextFormatter())
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(before)


# --- the places -----------------------------------------------------------------------------


def endpoint(app: Flask, path: str) -> str:
    try:
        return str(app.url_map.bind("localhost").match(path)[0])
    except HTTPException:
        return ""


def walk(app: Flask, client: Client, start: str) -> Iterator[tuple[str, str, str]]:
    """(address, kind, text) of all that can be reached from a page, files as well."""
    left, seen, followed = [start], {start}, Counter[str]()
    while left:
        at = left.pop()
        with client.get(at, follow_redirects=True, headers={"Accept-Language": "lv"}) as answer:
            assert answer.status_code == 200, f"{answer.status_code} {at}"
            if answer.mimetype in ("application/pdf", "text/css", "text/javascript"):
                continue
            page = answer.get_data().decode()
        yield at, answer.mimetype, page
        for link in _LINKS.findall(page) if answer.mimetype == "text/html" else []:
            target = urljoin(at, unescape(link)).partition("#")[0]
            parts = urlsplit(target)
            kind = "" if parts.netloc else endpoint(app, parts.path)
            if kind in ("", "static", "console.static", "console.leave") or target in seen:
                continue
            seen.add(target)
            followed[kind] += 1
            if followed[kind] <= _FOLLOWED:
                left.append(target)


def of_api(app: Flask, service: Service) -> Iterator[str]:
    token = tokens.add(service.database, "all", tuple(SCOPES), by="test", now=NOW)
    for path in ("notices", "messages", "outages/H-40", "outages/H-41", "fault-reports",
                 "customers/2000040", "customers/2000046"):  # fmt: skip
        with Client(app).get(
            f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}
        ) as answer:
            yield answer.get_data().decode()


def of_terminal(service: Service) -> Iterator[str]:
    ids = [str(row["id"]) for row in service.database.all("SELECT id FROM campaigns")]
    talks = [str(row["id"]) for row in service.database.all("SELECT id FROM conversations")]
    asked = [
        ["conversation", "list", "--which", "all"], ["outage", "list"],
        ["campaign", "list", "--all"], ["report", "list"], ["call", "list"], ["message", "list"],
        *(["conversation", "show", each] for each in talks),
        *(["campaign", "preview", each, "--full"] for each in ids),
        *(["campaign", "report", each] for each in ids),
    ]  # fmt: skip
    for words in asked:
        yield CliRunner().invoke(gaisma, words).output


def of_letters(service: Service, folder: Path) -> Iterator[tuple[str, str]]:
    post_letters(service.database, folder / "post", by="ilze", now=NOW, policy=service.policy)
    for path in sorted((folder / "post").rglob("*")):
        if path.suffix == ".pdf":
            yield "letters", "\n".join(page.extract_text() for page in PdfReader(path).pages)
            assert b"/JavaScript" not in path.read_bytes()
        elif path.suffix == ".csv":
            yield "csv", path.read_text("utf-8-sig")


def of_mails(service: Service) -> Iterator[tuple[str, str]]:
    """Each as it would be sent; then with a hostile text for its subject."""
    composer, rows = Composer(SETTINGS), service.database
    ids = [str(each["id"]) for each in rows.all("SELECT id FROM messages WHERE channel = 'email'")]
    bodies = rows.transaction(lambda tx: write_bodies(tx, ids, service.policy, now=NOW))
    for key, body in bodies.items():
        document = read_document(body)
        for subject in (document.subject, *HOSTILE):
            mail = composer.compose(key, "x@example.lv", replace(document, subject=subject))
            yield "headers", mail.content.partition(b"\r\n\r\n")[0].decode()
        parsed = message_from_bytes(mail.content, policy=mail_policy)
        for kind in ("plain", "html"):
            part = parsed.get_body((kind,))
            assert part is not None
            yield "html" if kind == "html" else "letters", part.get_content()


KINDS = {"text/html": "html", "text/csv": "csv", "text/calendar": "calendar"}


@contextmanager
def installed(folder: Path) -> Iterator[tuple[Service, str]]:
    """A service with all of that in it, and the address of its database."""
    url = engines.new_address(folder, migrated=True)
    database = open_database(url)
    database.migrate()
    let_in(database, STAFF | {"all": ALL_ROLES})
    build_world(database, "one_premises", NOW)
    service = Service(Settings(secret_keys=("x",)), for_demo(read_policy()), database)
    of_files(service, folder)
    of_people(service, create_app(service))
    of_alerts(service)
    yield service, url
    database.close()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """All that any place shows, by the kind of place."""
    folder, log, found = Path(tmp_path_factory.mktemp("hostile")), io.StringIO(), Shown()
    with time_machine.travel(NOW, tick=False), listening(log), installed(folder) as (service, url):
        app = create_app(service)
        for start in ("/console/", "/"):
            for _, mimetype, page in walk(app, enter(app, "all"), start):
                kind = KINDS.get(mimetype, "xml" if "xml" in mimetype else "json")
                found.setdefault(kind, []).append(page)
        found["json"] += of_api(app, service)
        for kind, text in (*of_letters(service, folder), *of_mails(service)):
            found.setdefault(kind, []).append(text)
        found["xml"] += [twiml(Answer("m", text), "https://sms.example.lv") for text in HOSTILE]
        found["metrics"] = [Figures(service).read().decode()]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GAISMA_DATABASE_URL", url)
            found["terminal"] = list(of_terminal(service))
    found["log"] = [log.getvalue()]
    return found


# --- what must not come of it ---------------------------------------------------------------


def check_html(page: str) -> None:
    assert Tags(page).evil == []


def check_csv(page: str) -> None:
    for row in csv.reader(io.StringIO(page)):
        for cell in row:
            assert MARK not in cell or cell[:1] not in ("=", "+", "-", "@"), cell


def check_xml(page: str) -> None:
    found = {each.tag.rpartition("}")[2] for each in ElementTree.fromstring(page).iter()}
    assert not found & {"gaismaevil", "Dial", "script"}


def check_calendar(page: str) -> None:
    assert not re.search(r"(?m)^(ATTACH|Bcc|X-Evil)", page)


def check_headers(page: str) -> None:
    names = {line.partition(":")[0] for line in page.split("\r\n") if not line.startswith(" ")}
    assert not names & {"Bcc", "ATTACH", "X-Evil"}
    assert "\n" not in page.replace("\r\n", "")


def check_nothing(page: str) -> None:
    assert MARK not in page, page[max(0, page.find(MARK) - 300) :][:600]


CHECKS = {
    "html": check_html, "csv": check_csv, "xml": check_xml, "calendar": check_calendar,
    "json": json.loads, "headers": check_headers, "log": check_nothing, "metrics": check_nothing,
    "letters": None, "terminal": None,
}  # fmt: skip


@pytest.mark.parametrize("place", CHECKS)
def test_a_hostile_text_stays_a_text_wherever_it_is_shown(shown: Shown, place: str) -> None:
    pages = shown[place]
    told = sum(MARK in page for page in pages)
    assert place in ("log", "metrics") or told, f"{place} was looked at where none of them is"
    check = CHECKS[place]
    for page in pages:
        strange = UNSEEN.search(page)
        assert not strange, page[max(0, strange.start() - 300) :][:400]
        assert "133777777777" not in page, "a template was worked out"
        assert "<class" not in unescape(page), "a format string was"
        if check is not None:
            check(page)


def test_enough_was_looked_at(shown: Shown) -> None:
    least = {"html": 150, "csv": 8, "xml": 14, "calendar": 3, "json": 8, "terminal": 20}
    assert {kind: len(shown[kind]) for kind in least if len(shown[kind]) < least[kind]} == {}
