"""The outbox: who is claimed, what each result becomes, how a doubt is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from bot.channels.base import (
    Accepted,
    CannotAsk,
    Cause,
    Found,
    LookUp,
    NotFound,
    NotSent,
    Outgoing,
    Unknown,
)
from bot.outbox import LOCK, PAUSED, STOPPED, new_holder
from storage import Database, Tx, messages
from storage.database import set_switch, stamp, switch
from storage.locks import hold_lock
from tests.bot.outbox_world import NOW, PHONE, outbox, queue, row, seconds, status

MINUTE = timedelta(minutes=1)


def campaign(database: Database, state: str) -> str:
    database.run(
        """INSERT INTO campaigns (id, kind, state, title, made_by, made_at, updated_at)
           VALUES ('c1', 'unplanned', ?, 't', 'm', ?, ?)""",
        (state, stamp(NOW), stamp(NOW)),
    )
    return "c1"


def claim_one(database: Database, **fields: object) -> Outgoing:
    queue(database, **fields)
    (message,) = outbox(database).claim(NOW, 10)
    return message


# --- claims ---------------------------------------------------------------------------------


def test_a_claimed_message_is_leased_and_counted(database: Database) -> None:
    message = claim_one(database)
    found = row(database, message.id)
    assert (found["status"], found["attempts"], found["leased_by"]) == ("sending", 1, "one")
    assert found["lease_until"] > stamp(NOW)
    assert outbox(database, "two").claim(NOW, 10) == []


def test_answers_go_before_alerts(database: Database) -> None:
    queue(database, body="alert")
    queue(database, NOW, lane="answer", kind="agent", body="answer")
    assert [m.body for m in outbox(database).claim(NOW, 1)] == ["answer"]
    assert [m.body for m in outbox(database).claim(NOW, 1)] == ["alert"]


def test_nothing_is_claimed_before_it_is_due(database: Database) -> None:
    queue(database, due_at=NOW + MINUTE)
    assert outbox(database).claim(NOW, 10) == []
    assert len(outbox(database).claim(NOW + MINUTE, 10)) == 1


def test_a_late_alert_expires_instead_of_going_out(database: Database) -> None:
    message_id = queue(database, valid_until=NOW)
    assert outbox(database).claim(NOW, 10) == []
    assert status(database, message_id) == "expired"


def test_what_is_late_expires_also_while_sending_is_stopped(database: Database) -> None:
    message_id = queue(database, valid_until=NOW)
    database.transaction(lambda tx: set_switch(tx, STOPPED, "1", by="m", now=NOW))
    assert outbox(database).expire(NOW) == 1
    assert status(database, message_id) == "expired"


def test_who_opted_out_is_left_alone_but_answered(database: Database) -> None:
    database.run("INSERT INTO opt_outs VALUES ('mobile', ?, ?)", (PHONE, stamp(NOW)))
    alert = queue(database)
    agent = queue(database, lane="answer", kind="agent")
    answer = queue(database, lane="answer", kind="answer")
    assert [m.id for m in outbox(database).claim(NOW, 10)] == [answer]
    for message_id in (alert, agent):
        found = row(database, message_id)
        assert (found["status"], found["error_code"]) == ("withdrawn", "opted_out")


def test_the_fifth_try_is_the_last(database: Database) -> None:
    message_id = queue(database)
    database.run("UPDATE messages SET attempts = 5")
    other = queue(database, peer="+37129000000")
    assert [m.id for m in outbox(database).claim(NOW, 10)] == [other]
    assert status(database, message_id) == "set_aside"


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_a_campaign_that_is_held_keeps_its_messages(database: Database, state: str) -> None:
    message_id = queue(database, campaign_id=campaign(database, state))
    free = queue(database, peer="+37129000000")
    assert [m.id for m in outbox(database).claim(NOW, 10)] == [free]
    assert status(database, message_id) == "queued"


def test_the_stop_of_all_sending_leaves_answers(database: Database) -> None:
    alert = queue(database)
    answer = queue(database, lane="answer", kind="agent")
    database.transaction(lambda tx: set_switch(tx, STOPPED, "1", by="m", now=NOW))
    assert [m.id for m in outbox(database).claim(NOW, 10)] == [answer]
    assert status(database, alert) == "queued"


def test_other_ways_out_are_left_to_others(database: Database) -> None:
    queue(database, channel="letter")
    queue(database, channel="email", peer="anna@example.lv")
    assert outbox(database).claim(NOW, 10) == []


def test_a_text_is_written_when_the_message_is_claimed(database: Database) -> None:
    message_id = queue(database, body=None, segments=0)

    def render(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
        return dict.fromkeys(ids, "ā" * 71)

    (message,) = outbox(database, render=render).claim(NOW, 10)
    assert (message.body, message.segments) == ("ā" * 71, 2)
    found = row(database, message_id)
    assert (found["body"], found["segments"]) == ("ā" * 71, 2)


def test_a_text_that_cannot_be_written_holds_up_no_other(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    bad = queue(database, body=None)
    good = queue(database, body=None, peer="+37129000000")

    def render(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
        if bad in ids:
            raise KeyError(PHONE)
        return dict.fromkeys(ids, "Teksts")

    assert [m.id for m in outbox(database, render=render).claim(NOW, 10)] == [good]
    found = row(database, bad)
    assert (found["status"], found["error_code"]) == ("set_aside", "no_text")
    assert PHONE not in caplog.text


# --- results --------------------------------------------------------------------------------


def test_an_accepted_message_has_the_providers_id(database: Database) -> None:
    message = claim_one(database)
    outbox(database).record([(message, Accepted("SM1"))], NOW)
    found = row(database, message.id)
    assert (found["status"], found["provider"], found["provider_id"]) == (
        "accepted", "twilio", "SM1",
    )  # fmt: skip
    assert found["sent_at"] == stamp(NOW)
    assert found["lease_until"] is None


def test_recording_twice_changes_nothing(database: Database) -> None:
    message = claim_one(database)
    outbox(database).record([(message, Accepted("SM1"))], NOW)
    before = tuple(row(database, message.id))
    outbox(database).record([(message, Accepted("SM1"))], NOW + MINUTE)
    assert tuple(row(database, message.id)) == before


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.LATE, Cause.MISCONFIGURED])
def test_what_the_provider_never_saw_goes_back_uncounted(database: Database, cause: Cause) -> None:
    message = claim_one(database)
    outbox(database).record([(message, NotSent(cause, "No."))], NOW)
    found = row(database, message.id)
    assert (found["status"], found["attempts"]) == ("queued", 0)


def test_wrong_settings_pause_everything_and_fail_nothing(database: Database) -> None:
    message = claim_one(database)
    queue(database, lane="answer", kind="agent", peer="+37129000000")
    no = NotSent(Cause.MISCONFIGURED, "Twilio refused with code 20003.", "20003")
    outbox(database).record([(message, no)], NOW)
    assert switch(database, PAUSED) == no.reason
    assert outbox(database).claim(NOW, 10) == []
    outbox(database, "restarted").resume(NOW)
    assert len(outbox(database, "restarted").claim(NOW, 10)) == 2


def test_a_dead_number_fails_and_marks_the_contact(database: Database) -> None:
    database.run(
        """INSERT INTO customers VALUES ('1', 'A', 'household', 'lv', 'a', 'LV-1000', ?)""",
        (stamp(NOW),),
    )
    database.run(
        """INSERT INTO contacts VALUES ('k', '1', 'mobile', ?, 'lv', 'file', ?, NULL)""",
        (PHONE, stamp(NOW)),
    )
    message = claim_one(database)
    no = NotSent(Cause.DEAD, "Twilio refused with code 21211.", "21211")
    outbox(database).record([(message, no)], NOW)
    found = row(database, message.id)
    assert (found["status"], found["error_code"]) == ("failed", "21211")
    contact = database.one("SELECT dead_at FROM contacts")
    assert contact is not None
    assert contact["dead_at"] == stamp(NOW)


def test_an_opt_out_at_the_provider_is_kept(database: Database) -> None:
    message = claim_one(database)
    outbox(database).record([(message, NotSent(Cause.OPTED_OUT, "No.", "21610"))], NOW)
    assert database.one("SELECT 1 FROM opt_outs WHERE value = ?", (PHONE,))
    consent = database.one("SELECT action, message_id FROM consents")
    assert consent is not None
    assert (consent["action"], consent["message_id"]) == ("opted_out", message.id)


def test_a_result_of_a_lease_that_was_lost_requeues_nothing(database: Database) -> None:
    message = claim_one(database)
    database.run("UPDATE messages SET leased_by = 'two'")
    outbox(database).record([(message, NotSent(Cause.LATE, "No."))], NOW)
    assert status(database, message.id) == "sending"


# --- doubts ---------------------------------------------------------------------------------


def in_doubt(database: Database, **fields: object) -> Outgoing:
    message = claim_one(database, **fields)
    outbox(database).record([(message, Unknown("No answer."))], NOW)
    assert status(database, message.id) == "unknown"
    return message


def ask(database: Database, answer: LookUp, at: float) -> int:
    """Look up what is in doubt so many seconds later, with this answer to all; how many."""
    now = NOW + seconds(at)
    box = outbox(database)
    taken = box.take_doubts(now, 10)
    for message in taken:
        box.settle(message, answer, now)
    return len(taken)


def test_a_message_found_at_the_provider_is_accepted(database: Database) -> None:
    message = in_doubt(database)
    assert ask(database, Found((("SM1", "accepted"),)), 0) == 1
    assert (status(database, message.id), row(database, message.id)["provider_id"]) == (
        "accepted", "SM1",
    )  # fmt: skip


def test_a_message_of_another_is_not_taken(database: Database) -> None:
    first = claim_one(database)
    outbox(database).record([(first, Accepted("SM1"))], NOW)
    message = in_doubt(database)
    ask(database, Found((("SM1", "accepted"), ("SM2", "sent"))), 0)
    assert row(database, message.id)["provider_id"] == "SM2"
    assert status(database, message.id) == "sent"


def test_only_two_answers_a_minute_apart_send_it_again(database: Database) -> None:
    message = in_doubt(database)
    assert ask(database, NotFound(), 0) == 1
    assert status(database, message.id) == "unknown"
    assert ask(database, NotFound(), 59) == 0
    assert ask(database, NotFound(), 60) == 1
    found = row(database, message.id)
    assert (found["status"], found["attempts"]) == ("queued", 1)


def test_a_question_that_failed_does_not_count(database: Database) -> None:
    message = in_doubt(database)
    for minute in range(5):
        assert ask(database, Unknown("No connection."), 60 * minute) == 1
    assert ask(database, NotFound(), 300) == 1
    assert status(database, message.id) == "unknown"


def test_a_lease_that_ran_out_is_a_doubt(database: Database) -> None:
    message = claim_one(database)
    assert ask(database, NotFound(), 59) == 0
    assert ask(database, NotFound(), 61) == 1
    assert status(database, message.id) == "unknown"


def test_a_worker_that_died_speaks_not_against_its_messages(database: Database) -> None:
    message_id = queue(database)
    for at in range(0, 1400, 200):
        assert len(outbox(database).claim(NOW + seconds(at), 10)) == 1
        ask(database, NotFound(), at + 61)
        ask(database, NotFound(), at + 122)
        assert status(database, message_id) == "queued"


def test_a_message_that_never_gets_an_answer_is_set_aside(database: Database) -> None:
    message_id = queue(database)
    for hour in range(5):
        at = 3600 * hour
        (message,) = outbox(database).claim(NOW + seconds(at), 10)
        outbox(database).record([(message, Unknown("No answer."))], NOW + seconds(at))
        ask(database, NotFound(), at)
        ask(database, NotFound(), at + 60)
    assert outbox(database).claim(NOW + timedelta(days=1), 10) == []
    assert status(database, message_id) == "set_aside"


def test_a_receipt_between_the_questions_settles_it(database: Database) -> None:
    message = in_doubt(database)
    ask(database, NotFound(), 0)
    step = messages.Progress(message.id, "sent", "twilio", "SM9")
    database.transaction(lambda tx: messages.move_forward(tx, [step], NOW))
    assert ask(database, NotFound(), 60) == 0
    assert status(database, message.id) == "sent"


def test_the_same_text_on_its_way_to_the_same_phone_delays_the_question(
    database: Database,
) -> None:
    in_doubt(database)
    twin = claim_one(database)
    assert ask(database, Found((("SM1", "accepted"),)), 0) == 0
    outbox(database).record([(twin, Accepted("SM1"))], NOW)
    assert ask(database, Found((("SM1", "accepted"),)), 0) == 1


def test_an_alert_that_nobody_can_be_asked_about_goes_once_more(database: Database) -> None:
    message = in_doubt(database)
    assert ask(database, CannotAsk(), 0) == 1
    assert status(database, message.id) == "unknown"
    ask(database, CannotAsk(), 60)
    assert status(database, message.id) == "queued"
    (again,) = outbox(database).claim(NOW + seconds(60), 10)
    outbox(database).record([(again, Unknown("No answer."))], NOW + seconds(60))
    ask(database, CannotAsk(), 120)
    assert status(database, message.id) == "set_aside"


def test_an_answer_that_nobody_can_be_asked_about_is_dropped(database: Database) -> None:
    message = in_doubt(database, lane="answer", kind="agent")
    ask(database, CannotAsk(), 0)
    assert ask(database, CannotAsk(), 119) == 0
    ask(database, CannotAsk(), 121)
    assert status(database, message.id) == "expired"


# --- one worker -----------------------------------------------------------------------------


def test_one_worker_at_a_time_until_its_lock_runs_out(database: Database) -> None:
    one, two = outbox(database, "one"), outbox(database, "two")
    assert one.hold_lock(NOW)
    assert not two.hold_lock(NOW + seconds(9))
    assert one.hold_lock(NOW + seconds(9))
    assert not two.hold_lock(NOW + seconds(11))
    assert two.hold_lock(NOW + seconds(20))
    two.release_lock()
    assert one.hold_lock(NOW + seconds(20))


def test_the_lock_of_a_dead_process_of_this_host_is_free_at_once(database: Database) -> None:
    host, pid, number = new_holder().split("/")
    dead = f"{host}/{2**22 + 1}/{number}"  # beyond the largest process id there can be
    until = NOW + MINUTE
    database.transaction(lambda tx: hold_lock(tx, LOCK, dead, now=NOW, until=until))
    assert outbox(database).hold_lock(NOW)
    alive = f"{host}/{pid}/other"
    outbox(database).release_lock()
    database.transaction(lambda tx: hold_lock(tx, LOCK, alive, now=NOW, until=until))
    assert not outbox(database).hold_lock(NOW)
