"""`gaisma token` and `gaisma webhook`: what a person types and reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import gaisma
from bot.cli.times import shown_minute, shown_second
from tests.doubles.receiver import receiving

pytestmark = pytest.mark.both

AT = "https://oms.example.lv/gaisma"


@pytest.fixture(autouse=True)
def installation(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAISMA_DATABASE_URL", address)


def run(*words: str) -> Result:
    return CliRunner().invoke(gaisma, words)


def answer(*words: str) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_token_is_shown_once_listed_changed_and_taken_back() -> None:
    made = answer("token", "add", "oms", "--scope", "outages:read", "--days", "30")
    assert made["token"].startswith("gaisma_")
    again = run("token", "add", "oms", "--scope", "outages:read")
    assert again.exit_code == 1 and "gaisma token rotate oms" in again.stderr
    other = answer("token", "rotate", "oms")
    assert other["token"] != made["token"]
    listed = run("token", "list").stdout
    assert listed.count("oms") == 2 and "valid" in listed
    assert made["token"] not in listed and other["token"] not in listed
    assert answer("token", "revoke", "oms") == {"name": "oms", "revoked": 2}
    assert {each["state"] for each in answer("token", "list")} == {"revoked"}
    assert run("token", "revoke", "oms").exit_code == 1
    assert run("token", "add", "oms", "--scope", "everything").exit_code == 2


def test_moments_are_shown_by_the_clock_of_latvia() -> None:
    assert shown_minute("2026-07-01T21:30:15.123Z") == "2026-07-02 00:30"
    assert shown_second("2026-11-22T22:05:59.999Z") == "2026-11-23 00:05:59"
    assert shown_minute(None) == shown_second("") == ""


def test_nothing_there_yet_is_said_with_what_to_do() -> None:
    assert "gaisma token add" in run("token", "list").stdout
    assert "gaisma webhook add" in run("webhook", "list").stdout
    for words in (("show", "3f2a91"), ("test", "3f2a91"), ("remove", "3f2a91")):
        done = run("webhook", *words)
        assert done.exit_code == 1 and "gaisma webhook list" in done.stderr


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "https://"),
        ("https://127.0.0.1/", "GAISMA_WEBHOOK_NETWORKS"),
        ("https://a:b@example.com/", "passwords"),
    ],
)
def test_addresses_that_cannot_be_are_refused_with_a_sentence(url: str, why: str) -> None:
    done = run("webhook", "add", url, "--event", "outage.changed")
    assert done.exit_code == 1 and why in done.stderr


def test_a_name_that_is_not_known_is_added_and_said_so() -> None:
    done = run("webhook", "add", "https://oms.invalid/x", "--event", "outage.changed")
    assert done.exit_code == 0 and done.stdout.startswith("Added ")
    assert "oms.invalid has no address in the DNS now" in done.stderr


def test_a_webhook_is_added_tested_shown_changed_and_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAISMA_WEBHOOK_NETWORKS", "127.0.0.0/8")
    with receiving(200, 500) as receiver:
        made = answer("webhook", "add", receiver.url, "--event", "outage.changed")
        part = made["id"][-6:]
        assert made["secret"].startswith("whsec_")
        assert "answered 200" in run("webhook", "test", part).stdout
        failed = run("webhook", "test", part)
        assert failed.exit_code == 1 and "500" in failed.stderr
    assert [(each["event"], each["state"]) for each in answer("webhook", "show", part)] == [
        ("webhook.test", "set_aside"), ("webhook.test", "delivered")
    ]  # fmt: skip
    assert len(answer("webhook", "show", part, "--state", "set_aside")) == 1
    [listed] = answer("webhook", "list")
    assert (listed["delivered"], listed["set_aside"]) == (1, 1)
    assert made["secret"] not in json.dumps(listed)
    assert answer("webhook", "rotate", part)["secret"] != made["secret"]
    assert answer("webhook", "retry", part)["retried"] == 1
    assert answer("webhook", "remove", part)["removed"] is True
    assert answer("webhook", "list") == []


def test_a_wrong_network_in_the_settings_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.settings import SettingsError, read_settings

    monkeypatch.setenv("GAISMA_WEBHOOK_NETWORKS", "10.0.0.0/8, inside")
    with pytest.raises(SettingsError, match="'inside'"):
        read_settings()
