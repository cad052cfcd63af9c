"""After a restore, in the corners: letters, a second provider, drafts of before, and what comes."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.channels.base import CannotAsk, Found, LookUp, NotFound, Outgoing
from bot.delivery import restoring
from bot.jobs import make_worker
from bot.network.audience import Asked
from bot.service import Service
from bot.worker import Worker
from storage import Database, letters, restored
from storage.restored import HELD
from tests.bot import grid
from tests.bot.delivery.test_restoring import RULES, TEXTS
from tests.bot.delivery.test_worker import FAST, now, until
from tests.bot.outbox_world import ToldChannel, queue, row, status


def adopt(database: Database) -> restoring.Adopted:
    return restoring.adopt(database, now(), by="anna", taken_at=now() - timedelta(hours=1))


def test_letters_of_before_are_not_printed_until_released(database: Database) -> None:
    waiting = queue(database, now(), channel="letter", peer="C1")
    under_way = queue(database, now(), channel="letter", peer="C2")
    database.run("UPDATE messages SET status = 'sending' WHERE id = ?", [under_way])
    assert adopt(database).letters == 2
    assert letters.due_letters(database, now(), 10) == []
    restoring.release(database, now(), by="anna")
    assert set(letters.due_letters(database, now(), 10)) == {waiting, under_way}


class Second(ToldChannel):
    name = "fallback"


@pytest.mark.parametrize("knows", ["twilio", "fallback", "nobody"])
def test_with_two_accounts_both_are_asked(database: Database, knows: str) -> None:
    def answer(name: str) -> LookUp:
        return Found(((f"SM{name}", "sent"),)) if knows == name else NotFound()

    first = ToldChannel(found=lambda message: answer("twilio"))
    second = Second(found=lambda message: answer("fallback"))
    settings = replace(FAST, fallback_account_sid="AC2", fallback_auth_tokens=("t",))
    made = queue(database, now() - timedelta(minutes=1))
    adopt(database)
    worker = Worker(
        Service(settings, RULES, database), channels=lambda service: {"a": first, "b": second}
    )
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    until(lambda: status(database, made) in ("accepted", "sent"))
    worker.stop()
    thread.join(10)
    assert len(first.sent) + len(second.sent) == (knows == "nobody")
    if knows != "nobody":
        found = row(database, made)
        assert (found["provider"], found["provider_id"]) == (knows, f"SM{knows}")


def test_a_draft_of_before_that_is_approved_now_is_asked_about_or_held(
    database: Database,
) -> None:
    grid.people(database, range(1, 4))
    made = broadcasts.announce(database, Asked(), Words(TEXTS, "anna", now()))
    adopt(database)
    assert restored.standing(database).drafts == 1
    campaigns.approve(database, made, by="juris", now=now(), policy=RULES)
    worker = make_worker(Service(FAST, RULES, database))
    asked: list[Outgoing] = []
    channel = ToldChannel(found=lambda message: asked.append(message) or CannotAsk())  # type: ignore[func-returns-value]
    worker._open_channels = lambda service: {"sms": channel}
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    until(lambda: restored.standing(database).held == 3)
    worker.stop()
    thread.join(10)
    assert channel.sent == [] and len(asked) == 3
    assert {each["error_code"] for each in database.all("SELECT error_code FROM messages")} == {
        HELD
    }


def test_a_receipt_settles_what_is_in_doubt(database: Database) -> None:
    from bot.delivery import receipts

    made = queue(database, now() - timedelta(minutes=1))
    adopt(database)
    mark = restored.mark(database)
    assert mark is not None
    database.transaction(
        lambda tx: restored.ask(tx, [made], restored.OLD, since=mark.since, now=now())
    )
    receipts.record(database, receipts.Receipt(made, "twilio", "SM1", "delivered"), now())
    assert status(database, made) == "delivered"
