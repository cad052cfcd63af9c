"""`gaisma doctor`: what is wrong is named in a sentence, without a net, a secret or a traceback."""

from __future__ import annotations

import http.server
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.running import checks
from bot.running.checks import Check
from bot.running.checks_data import unguarded
from bot.settings import ENVIRONMENT, SECRET, Settings, misspelt
from bot.web.health import prove
from storage import Database
from storage.database import set_switch
from tests import engines
from tests.bot.outbox_world import queue
from tests.cli.conftest import Gaisma
from tests.doubles import twilio as double

KEY = "0123456789abcdef0123456789abcdef"


class Accounts(double.Double):
    """A double that knows its account as well."""

    status, date = "active", ""

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_get("/2010-04-01/Accounts/{account}.json", self.account)
        return app

    async def account(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check(request, {"To": "+37129123456", "From": "1", "Body": "x"})
        except double.Refusal as refusal:
            return double._error(refusal)
        headers = {"Date": self.date} if self.date else {}
        return web.json_response({"status": self.status, "type": "Full"}, headers=headers)


@pytest.fixture
def twilio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    with double.running(double.Options(tmp_path / "t.jsonl"), Accounts) as (made, url):
        for name, value in {
            "GAISMA_SMS_PROVIDER": "twilio", "GAISMA_PUBLIC_URL": "http://127.0.0.1:9",
            "TWILIO_ACCOUNT_SID": double.ACCOUNT, "TWILIO_AUTH_TOKEN": double.TOKEN,
            "GAISMA_TWILIO_API_URL": url, "GAISMA_SECRET_KEY": KEY,
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        assert isinstance(made, Accounts)
        yield made


def look(run: Gaisma) -> dict[str, tuple[str, str]]:
    """State and sentence by what was looked at."""
    result = run("doctor", "--json")
    told: dict[str, Any] = json.loads(result.stdout)
    assert told["good"] == (result.exit_code == 0)
    return {each["what"]: (each["state"], each["says"]) for each in told["checks"]}


def test_a_trial_on_this_machine_has_nothing_to_mend(run: Gaisma, house: Database) -> None:
    found = look(run)
    assert {what for what, (state, _) in found.items() if state == "mend"} == set()
    assert found["database"][0] == found["writing"][0] == "ok"
    assert found.get("pages", ("ok",))[0] == "ok"  # a server looks after its own
    assert ("pages" in found) == (house.engine == "sqlite")
    assert found["provider"][0] == "note"


def test_twilio_lets_us_in_and_its_clock_is_ours(run: Gaisma, twilio: Accounts) -> None:
    found = look(run)
    assert found["provider"] == ("ok", "Twilio lets us in")
    assert found["clock"] == ("ok", "as the provider's")


def test_a_wrong_token_is_said_plainly(
    run: Gaisma, twilio: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "wrong-but-secret")
    state, says = look(run)["provider"]
    assert state == "mend" and "refuses the token in TWILIO_AUTH_TOKEN" in says
    assert "wrong-but-secret" not in run("doctor").output


def test_a_suspended_account_and_a_wrong_clock_are_named(run: Gaisma, twilio: Accounts) -> None:
    Accounts.status, Accounts.date = "suspended", "Tue, 01 Dec 2020 10:00:00 GMT"
    try:
        found = look(run)
    finally:
        Accounts.status, Accounts.date = "active", ""
    assert found["provider"] == ("mend", "the account at Twilio is suspended; its console says why")
    assert found["clock"][0] == "mend" and "NTP" in found["clock"][1]


def test_without_a_net_it_ends_soon_and_says_so(
    run: Gaisma, twilio: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAISMA_TWILIO_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GAISMA_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setenv("GAISMA_MAIL_FROM", "zinas@example.lv")
    began = time.monotonic()
    found = look(run)
    assert time.monotonic() - began < 20
    assert "cannot be reached" in found["provider"][1]
    assert "does not answer as a mail server" in found["e-mail"][1]
    assert "nothing answers there" in found["public address"][1]


@contextmanager
def answering(body: str, status: int = 200) -> Iterator[str]:
    """A server that answers everything so; {nonce} is replaced."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            proof = prove(KEY, self.path.rpartition("/")[2])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.replace("{proof}", proof).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("body", "status", "state", "says"),
    [
        ("{proof}\n", 200, "ok", "leads to this service"),
        ("ok\n", 200, "mend", "another service answers there"),
        ("no", 502, "mend", "answers with status 502"),
    ],
)
def test_the_public_address_must_lead_to_us(
    run: Gaisma, twilio: Accounts, monkeypatch: pytest.MonkeyPatch, body: str, status: int,
    state: str, says: str,
) -> None:  # fmt: skip
    with answering(body, status) as url:
        monkeypatch.setenv("GAISMA_PUBLIC_URL", url)
        found = look(run)["public address"]
    assert found[0] == state and says in found[1]


def test_texts_in_the_clear_are_to_be_mended(
    run: Gaisma, twilio: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAISMA_PUBLIC_URL", "http://sms.invalid")
    told = run("doctor").stdout
    assert "GAISMA_PUBLIC_URL is not https://" in told
    assert "sms.invalid has no address in the DNS" in told


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("sqlite:///var/gaisma.db", ""), ("postgresql:///gaisma", ""),
        ("postgresql://u:p@localhost/gaisma", ""), ("postgresql://u:p@[::1]:5432/gaisma", ""),
        ("postgresql:///gaisma?host=/run/postgresql", ""),
        ("postgresql://u:p@db.example.lv/gaisma", "db.example.lv"),
        ("postgresql://u:p@10.0.0.9/gaisma?sslmode=require", "10.0.0.9"),
        ("postgresql:///gaisma?host=db.example.lv", "db.example.lv"),
        ("postgresql://u:p@db.example.lv/gaisma?pool_size=4&sslmode=verify-full", ""),
    ],
)  # fmt: skip
def test_a_database_elsewhere_is_to_be_spoken_to_by_tls(url: str, host: str) -> None:
    assert unguarded(url) == host


@pytest.mark.sqlite
def test_a_damaged_file_is_seen(run: Gaisma, house: Database, tmp_path: Path) -> None:
    house.close()
    path = tmp_path / "cli.db"
    with sqlite3.connect(path) as raw:
        page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'messages_by_peer'")
        number = page.fetchone()[0]
    raw.close()
    with path.open("r+b") as file:
        file.seek((number - 1) * 4096)
        file.write(b"\x00" * 4096)
    state, says = look(run)["pages"]
    assert state == "mend" and "damaged" in says


def test_messages_that_wait_without_a_worker_are_seen(run: Gaisma, house: Database) -> None:
    queue(house, datetime.now(UTC) - timedelta(minutes=9))
    found = look(run)
    assert found["worker"][0] == "mend" and "messages wait" in found["worker"][1]
    assert found["queue"] == (
        "mend", "a message has been due for 9 minutes; see the log of the worker"
    )  # fmt: skip


def test_what_a_person_or_a_provider_holds_is_told(run: Gaisma, house: Database) -> None:
    now = datetime.now(UTC)
    for name in ("sending_stopped", "restored_at"):
        house.transaction(lambda tx, name=name: set_switch(tx, name, "on", by="x", now=now))  # type: ignore[misc]
    found = look(run)
    assert found["alerts"][0] == found["restore"][0] == "note"


def test_an_old_or_missing_backup_is_a_note(run: Gaisma) -> None:
    assert look(run)["backup"][0] == "note"
    assert run("backup", "--made").exit_code == 0  # by other tools
    assert look(run)["backup"][0] == "ok"


@pytest.mark.sqlite
def test_a_backup_by_ourselves_is_noted(run: Gaisma, tmp_path: Path) -> None:
    for words in ((), ("--made", str(tmp_path / "copy.db"))):
        assert "name a file, or say --made" in run("backup", *words).stderr
    assert run("backup", str(tmp_path / "copy.db")).exit_code == 0
    assert look(run)["backup"][0] == "ok"


def test_all_settings_are_shown_and_no_secret(run: Gaisma, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRET - {"smtp_url", "bounce_mailbox", "fallback_auth_tokens"}:
        monkeypatch.setenv(ENVIRONMENT[name], f"secret-of-{name}-0123456789")
    result = run("doctor", "--json")
    assert set(json.loads(result.stdout)["settings"]) == set(ENVIRONMENT.values())
    assert "secret-of" not in result.output


def all_sentences(run: Gaisma) -> list[tuple[str, str, str]]:
    told = json.loads(run("doctor", "--json").stdout)
    return [(each["what"], each["state"], each["says"]) for each in told["checks"]]


def test_one_wrong_setting_leaves_the_other_checks_their_say(
    run: Gaisma, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAISMA_SMS_PROVIDER", "twillio")
    monkeypatch.setenv("GAISMA_SEND_RATE", "fast")
    found = all_sentences(run)
    wrong = [says for what, state, says in found if (what, state) == ("settings", "mend")]
    assert ["GAISMA_SEND_RATE" in says for says in wrong] == [True, False]
    states = {what: (state, says) for what, state, says in found}
    assert states["database"][0] == states["texts"][0] == "ok"
    assert ("disk" in states) == (engines.ENGINE == "sqlite")  # a server has another
    assert states["provider"] == ("note", "not looked at until GAISMA_SMS_PROVIDER can be used")
    assert "GAISMA_PUBLIC_URL is not set" in states["public address"][1]


def test_a_misspelt_setting_is_named_with_the_right_one(
    run: Gaisma, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GAISMA_PUBLC_URL", "GAISMA_SECRET_KEYS", "GAISMA_ABC", "TWILIO_REGION"):
        monkeypatch.setenv(name, "x")
    found = [(state, says) for what, state, says in all_sentences(run) if what == "settings"]
    assert found == [
        ("note", "GAISMA_ABC is no setting of Gaisma and does nothing"),
        ("mend", "GAISMA_PUBLC_URL is no setting; GAISMA_PUBLIC_URL is meant?"),
        ("mend", "GAISMA_SECRET_KEYS is no setting; GAISMA_SECRET_KEY is meant?"),
        ("ok", "the provider is sandbox"),
    ]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("GAISMA_TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_ACOUNT_SID", "TWILIO_ACCOUNT_SID"),
        ("gaisma_policy", "GAISMA_POLICY"),
        ("GAISMA_SMTP", "GAISMA_SMTP_URL"),
    ],
)
def test_the_nearest_setting_is_the_one_meant(name: str, right: str) -> None:
    assert misspelt({name: "x"}) == [(name, right)]
    assert misspelt({right: "x", "GAISMA_DEBUG": "1", "LOG": "x", "TWILIO_API_KEY": "SK"}) == []


def test_each_wrong_key_of_the_policy_has_a_line(
    run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[planned]\nnotice_days = "x"\n[debts]\nx = 1\n', "utf-8")
    monkeypatch.setenv("GAISMA_POLICY", str(path))
    said = [(state, says) for what, state, says in all_sentences(run) if what == "policy"]
    assert said == [
        (
            "mend",
            "[planned] notice_days in the policy is 'x'; write a number that is not negative.",
        ),
        ("mend", "the file of the policy has unknown keys: debts."),
    ]
    path.write_text('[debt]\nholidays = "01-01 13-32"\n', "utf-8")
    state, says = look(run)["policy"]
    assert (state, "holidays in the policy has '13-32'" in says) == ("mend", True)


def test_a_database_that_is_not_there_is_said_so_and_not_made(
    run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "other.db"
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{path}")
    state, says = look(run)["database"]
    assert (state, f"there is no database at {path}" in says) == ("mend", True)
    assert f"there is no database at {path}" in run("campaign", "list").output
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{tmp_path}/gone/x.db")
    assert f"there is no folder {tmp_path}/gone" in look(run)["database"][1]
    assert not path.exists() and not (tmp_path / "gone").exists()


def test_a_check_that_hangs_or_fails_is_ended() -> None:
    def hang(settings: Settings) -> Iterator[Check]:
        yield Check("one", "ok", "seen")
        time.sleep(30)

    def fail(settings: Settings) -> Iterator[Check]:
        raise RuntimeError("+37129123456")
        yield

    found = checks.bounded("slow", hang, Settings(), 0.2)
    assert [each.says for each in found] == ["seen", "no answer within 0 seconds"]
    (failed,) = checks.bounded("ill", fail, Settings())
    assert failed == Check("ill", "mend", "it could not be looked at: RuntimeError")
