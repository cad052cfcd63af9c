"""The moratorium: what it holds at each place on the way, and what becomes of it afterwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused
from bot.debts import moratorium
from bot.debts.moratorium import Lifted, Terms
from bot.debts.refused import DebtRefused
from bot.debts.rules import Made, agree_plan, note_disconnected
from bot.outbox import Outbox
from bot.words.subjects import Instalment
from storage import Database
from storage import campaigns as rows
from storage.database import set_switch, switch
from tests.bot import owing
from tests.bot.owing import DAY, NOW, PHONE, POLICY, approve, notice

EMERGENCY = Terms("state of emergency", date(2026, 11, 30), {"en": "state of emergency"})


def begin(database: Database, terms: Terms = EMERGENCY) -> int | None:
    return database.transaction(
        lambda tx: moratorium.switch_on(tx, terms, by="anna", now=NOW)
    )  # fmt: skip


def end(database: Database, now: datetime = NOW) -> Lifted | None:
    return database.transaction(lambda tx: moratorium.switch_off(tx, by="anna", now=now))


def claims(database: Database) -> list[str]:
    """Kinds of what a worker may send now."""
    outbox = Outbox(database, POLICY, "one", {"sms": "sandbox", "email": "sandbox"}, _bodies)
    return [message.kind for message in outbox.claim(NOW, 50)]


def _bodies(tx: object, ids: object) -> dict[str, str]:
    return dict.fromkeys(ids, "text")  # type: ignore[call-overload, no-any-return]


def queued(database: Database) -> Made:
    """First notices, approved and queued."""
    owing.owing(database)
    made = notice(database, "first")
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    return made


def test_a_draft_cannot_be_approved(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    begin(database)
    with pytest.raises(CampaignRefused, match=r"moratorium holds all messages.* 2026-11-30"):
        approve(database, made)
    end(database)
    approve(database, made)


def test_what_is_approved_waits(database: Database) -> None:
    owing.owing(database)
    approve(database, notice(database, "first"))
    assert begin(database) == 1
    assert fanout.fan_out(database, NOW, policy=POLICY) == 0
    assert end(database) == Lifted(resumed=0, stopped=1)
    assert fanout.fan_out(database, NOW, policy=POLICY) == 0


def test_what_is_queued_is_not_sent(database: Database) -> None:
    queued(database)
    begin(database)
    assert claims(database) == []


def plan(database: Database) -> Made:
    parts = (Instalment(date(2026, 11, 20), 5000), Instalment(date(2026, 12, 20), 5001))
    return database.transaction(lambda tx: agree_plan(tx, "R-1", parts, by="anna", now=NOW))


def test_a_plan_goes_on_after_it(database: Database) -> None:
    owing.owing(database)
    approve(database, plan(database))
    fanout.fan_out(database, NOW, policy=POLICY)
    begin(database)
    assert claims(database) == []
    assert end(database) == Lifted(resumed=1, stopped=0)
    assert claims(database) == ["debt_plan"]


def test_a_plan_that_a_person_paused_stays_paused_afterwards(database: Database) -> None:
    owing.owing(database)
    made = plan(database)
    approve(database, made)
    database.transaction(lambda tx: campaigns.pause(tx, made.campaign_id, by="m", now=NOW))
    begin(database)
    assert end(database) == Lifted(0, 0)
    assert campaigns.find(database, made.campaign_id)["state"] == "paused"


# --- after it: nobody is told, or cut off by, the old days ------------------------------------


def letters(database: Database) -> Made:
    """Letters of disconnection, approved."""
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    approve(database, made)
    return made


def test_letters_of_before_are_ended_with_their_last_words(database: Database) -> None:
    made = letters(database)
    fanout.fan_out(database, NOW, policy=POLICY)
    begin(database)
    assert end(database) == Lifted(0, stopped=1)
    row = campaigns.find(database, made.campaign_id)
    assert (row["state"], "gaisma debt notice" in row["paused_why"]) == ("stopped", True)
    (last,) = rows.children(database, made.campaign_id)
    assert last["state"] == "stopped"
    assert claims(database) == []
    assert {m["status"] for m in owing.messages(database)} == {"withdrawn"}
    assert owing.debt(database)["stage"] == "second"
    assert notice(database, "disconnection", NOW + DAY).notices == 3


def test_letters_that_a_person_had_paused_are_ended_too(database: Database) -> None:
    made = letters(database)
    database.transaction(lambda tx: campaigns.pause(tx, made.campaign_id, by="m", now=NOW))
    begin(database)
    assert end(database) == Lifted(0, stopped=1)


def test_the_day_of_a_letter_that_was_posted_before_holds_no_more(database: Database) -> None:
    letters(database)
    owing.send(database)
    begin(database)
    assert end(database, NOW + DAY) == Lifted(0, stopped=1, anew=3)
    later = NOW + 30 * DAY
    with pytest.raises(DebtRefused, match="no letter of disconnection was approved"):
        database.transaction(
            lambda tx: note_disconnected(tx, "R-1", by="anna", now=later, policy=POLICY)
        )
    made = notice(database, "disconnection", NOW + 2 * DAY)
    assert made.notices == 3
    approve(database, made, NOW + 2 * DAY)
    assert owing.debt(database)["stage"] == "disconnection"


def test_who_was_told_of_it_can_be_told_that_it_is_over_once(database: Database) -> None:
    made = held(database)
    approve(database, made)
    owing.send(database)
    with pytest.raises(DebtRefused, match="moratorium is on"):
        notice(database, "over")
    end(database, NOW + DAY)
    over = notice(database, "over", NOW + DAY)
    assert over.notices == 2
    approve(database, over, NOW + DAY)
    owing.send(database, NOW + DAY)
    assert "beidzies" in owing.texts(database, over.campaign_id)[f"sms {PHONE}"]
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "over", NOW + DAY)


def test_who_was_told_of_one_is_told_of_the_next(database: Database) -> None:
    approve(database, held(database))
    owing.send(database)
    end(database, NOW + DAY)
    begin(database, Terms("again"))
    assert notice(database, "held", NOW + DAY).notices == 3


def test_no_letter_is_posted(database: Database) -> None:
    from storage.letters import due_letters

    queued(database)
    assert len(due_letters(database, NOW, 10)) == 1
    begin(database)
    assert due_letters(database, NOW, 10) == []


def test_nobody_resumes_what_it_holds(database: Database) -> None:
    made = queued(database)
    begin(database)
    with pytest.raises(CampaignRefused, match="moratorium"):
        database.transaction(
            lambda tx: campaigns.resume(tx, made.campaign_id, by="marta", now=NOW)
        )  # fmt: skip


def test_nobody_is_disconnected_while_it_lasts(database: Database) -> None:
    owing.owing(database, stage="second")
    begin(database)
    with pytest.raises(DebtRefused, match="nobody is disconnected"):
        database.transaction(
            lambda tx: note_disconnected(tx, "R-1", by="anna", now=NOW, policy=POLICY)
        )


def test_customers_can_be_told_of_it(database: Database) -> None:
    owing.owing(database)
    begin(database)
    made = notice(database, "held")
    approve(database, made)
    owing.send(database)
    assert "neatsledzam" in owing.texts(database, made.campaign_id)[f"sms {owing.PHONE}"]


def held(database: Database) -> Made:
    """The draft that tells everybody of the moratorium, which is on."""
    owing.owing(database)
    begin(database)
    return notice(database, "held")


def came_to(database: Database, made: Made) -> tuple[str, set[str], set[str]]:
    """(state of the campaign, states of notices that reach anybody, statuses of messages)."""
    row = campaigns.find(database, made.campaign_id)
    notices = rows.notice_counts(database, made.campaign_id)
    return (
        row["state"],
        set(notices) - {"unreachable"},
        {m["status"] for m in owing.messages(database)},
    )


def test_nobody_drafts_word_of_a_moratorium_that_is_not_on(database: Database) -> None:
    owing.owing(database)
    with pytest.raises(DebtRefused, match=r"^no moratorium is on.* gaisma moratorium on\.$"):
        notice(database, "held")
    assert rows.list_campaigns(database) == []


def test_nobody_approves_word_of_a_moratorium_that_is_not_on(database: Database) -> None:
    made = held(database)
    set_off(database)
    with pytest.raises(CampaignRefused, match="no moratorium is on"):
        approve(database, made)
    assert campaigns.find(database, made.campaign_id)["state"] == "draft"


def set_off(database: Database) -> None:
    """The bare switch, as if whatever ends the campaigns had been cut short."""
    database.transaction(lambda tx: set_switch(tx, "moratorium", "off", by="anna", now=NOW))


def test_a_draft_that_tells_of_it_expires_with_it(database: Database) -> None:
    made = held(database)
    end(database)
    assert came_to(database, made) == ("expired", {"withdrawn"}, set())


def test_what_tells_of_it_and_is_approved_is_stopped_with_it(database: Database) -> None:
    made = held(database)
    approve(database, made)
    assert end(database) == Lifted(0, 0, ended=1)
    assert came_to(database, made) == ("stopped", {"withdrawn"}, set())
    assert fanout.fan_out(database, NOW, policy=POLICY) == 0


def test_what_tells_of_it_and_waits_in_the_queue_is_taken_back_with_it(database: Database) -> None:
    made = held(database)
    approve(database, made)
    assert fanout.fan_out(database, NOW, policy=POLICY) == 2
    end(database)
    assert came_to(database, made) == ("stopped", {"withdrawn"}, {"withdrawn"})
    assert claims(database) == []


def test_what_tells_of_it_and_was_paused_is_stopped_with_it(database: Database) -> None:
    made = held(database)
    approve(database, made)
    database.transaction(lambda tx: campaigns.pause(tx, made.campaign_id, by="m", now=NOW))
    end(database)
    row = campaigns.find(database, made.campaign_id)
    assert (row["state"], row["paused_why"][:22]) == ("stopped", "The moratorium is over")


def test_its_end_by_date_ends_what_tells_of_it(database: Database) -> None:
    made = held(database)
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    moratorium.end_when_due(database, NOW + 30 * DAY)
    assert came_to(database, made) == ("stopped", {"withdrawn"}, {"withdrawn"})


def test_a_message_that_comes_back_after_it_has_no_text(database: Database) -> None:
    made = held(database)
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    assert len(owing.texts(database, made.campaign_id)) == 2
    set_off(database)
    assert owing.texts(database, made.campaign_id) == {}


def test_customers_can_be_told_of_the_next_one(database: Database) -> None:
    held(database)
    end(database)
    begin(database)
    assert notice(database, "held").notices == 3


def test_it_ends_after_its_last_day(database: Database) -> None:
    owing.owing(database)
    begin(database)
    last = datetime(2026, 11, 30, 21, 59, tzinfo=NOW.tzinfo)
    assert moratorium.end_when_due(database, last) == 0
    assert moratorium.end_when_due(database, last + timedelta(minutes=2)) == 1
    assert switch(database, "moratorium") == "off"
    (row,) = database.all("SELECT actor FROM audit WHERE action = 'moratorium.off'")
    assert row["actor"] == "policy"


def test_without_a_last_day_it_lasts(database: Database) -> None:
    begin(database, Terms("storm"))
    assert moratorium.end_when_due(database, NOW + 1000 * DAY) == 0


def test_on_twice_changes_nothing_and_other_terms_do(database: Database) -> None:
    assert end(database) is None
    assert begin(database) == 0
    assert begin(database) is None
    assert begin(database, Terms("another reason")) == 0
    assert moratorium.terms(database).reason == "another reason"
