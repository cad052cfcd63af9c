"""`gaisma message`: what was set aside is shown, tried again or dropped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bot.letters.page import spoken
from storage import Database
from storage import messages as rows
from tests.bot.delivery.test_worker import now
from tests.bot.outbox_world import PHONE, queue, row, status
from tests.cli.conftest import Gaisma


def aside(house: Database, why: str = "tries", **fields: Any) -> str:
    message_id = queue(house, now(), **fields)
    house.run("UPDATE messages SET attempts = 5 WHERE id = ?", (message_id,))
    house.transaction(
        lambda tx: rows.end(tx, [message_id], "set_aside", error_code=why, now=now())
    )  # fmt: skip
    return message_id


def test_what_was_set_aside_is_listed_without_its_number(run: Gaisma, house: Database) -> None:
    message_id = aside(house)
    queue(house, now())
    (listed,) = json.loads(run("message", "list", "--set-aside", "--json").stdout)
    assert (listed["id"], listed["error_code"], listed["attempts"]) == (message_id, "tries", 5)
    shown = run("message", "list").stdout
    assert message_id[-8:] in shown
    assert "tried too often" in shown
    assert PHONE not in shown + json.dumps(listed)


def test_an_empty_list_says_so(run: Gaisma) -> None:
    assert "Nothing is set aside." in run("message", "list").stdout


def test_other_statuses_can_be_listed(run: Gaisma, house: Database) -> None:
    queue(house, now())
    listed = json.loads(run("message", "list", "--status", "queued", "--json").stdout)
    assert [each["status"] for each in listed] == ["queued"]


def test_a_message_is_tried_again_from_the_start(run: Gaisma, house: Database) -> None:
    message_id = aside(house)
    done = run("message", "retry", message_id[-8:], "--by", "anna")
    assert "goes out again" in done.stdout
    found = row(house, message_id)
    assert (found["status"], found["attempts"], found["error_code"]) == ("queued", 0, None)
    audit = house.one("SELECT actor, action FROM audit")
    assert audit is not None
    assert (audit["actor"], audit["action"]) == ("anna", "message.retry")


def test_what_may_arrive_twice_needs_a_word_more(run: Gaisma, house: Database) -> None:
    message_id = aside(house, "unknown")
    refused = run("message", "retry", message_id)
    assert refused.exit_code == 1
    assert "--may-double" in refused.stderr
    assert run("message", "retry", message_id, "--may-double").exit_code == 0
    assert status(house, message_id) == "queued"


def test_what_is_of_no_use_any_more_is_not_tried_again(run: Gaisma, house: Database) -> None:
    message_id = aside(house, valid_until=now() - timedelta(hours=1))
    assert "no use any more" in run("message", "retry", message_id).stderr


def test_a_message_is_dropped_once(run: Gaisma, house: Database) -> None:
    message_id = aside(house)
    assert "is dropped" in run("message", "drop", message_id).stdout
    assert status(house, message_id) == "withdrawn"
    again = run("message", "drop", message_id)
    assert again.exit_code == 1
    assert "is withdrawn" in again.stderr


def test_an_unknown_id_is_refused_with_a_sentence(run: Gaisma) -> None:
    assert "no message has the id zzzz" in run("message", "retry", "zzzz").stderr
    assert "'zzz' is too short" in run("message", "retry", "zzz").stderr


def test_a_message_is_found_by_what_stands_on_the_letter(run: Gaisma, house: Database) -> None:
    message_id = queue(house, now())
    end = message_id[-12:].upper()
    printed = f"{end[:4]} {end[4:8]} {end[8:]}"
    assert spoken(message_id) == printed
    assert json.loads(run("message", "find", printed, "--json").stdout)["id"] == message_id
    shown = run("message", "find", *printed.split()[-1:]).stdout
    assert message_id in shown and PHONE not in shown
    assert "no message has the id" in run("message", "find", "0000 0000 0000").stderr


def test_an_sms_is_shown_word_for_word(run: Gaisma, house: Database) -> None:
    message_id = queue(house, now(), body="Labdien, strāva ir atpakaļ.")
    shown = run("message", "show", message_id[-8:]).stdout
    assert shown.endswith("\n\nLabdien, strāva ir atpakaļ.\n")
    assert PHONE not in shown
    seen = json.loads(run("message", "show", message_id, "--json").stdout)
    assert (seen["text"], seen["heading"], seen["kept"]) == (
        "Labdien, strāva ir atpakaļ.",
        "",
        True,
    )


def test_what_was_never_written_is_said_so(run: Gaisma, house: Database) -> None:
    message_id = queue(house, now(), body=None)
    house.run("UPDATE messages SET status = 'withdrawn'")
    assert "It was never written" in run("message", "show", message_id).stdout
