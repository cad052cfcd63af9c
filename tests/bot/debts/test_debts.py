"""Debts: first notice, last warning, disconnection; a second person; plans, payments."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.campaigns.preview import preview
from bot.campaigns.rules import CampaignRefused
from bot.debts import rules as debts
from bot.debts.refused import DebtRefused
from bot.words import documents
from bot.words.subjects import Instalment
from storage import Database, Tx, letters
from storage import campaigns as campaign_rows
from storage import debts as rows
from tests.bot import owing
from tests.bot.owing import DAY, EMAIL, NOW, PHONE, POLICY, approve, debt, notice, send, told

SECOND = NOW + 11 * DAY  # the day after the first notice's last day to pay
THIRD = SECOND + 6 * DAY


# --- the order ------------------------------------------------------------------------------


def test_the_first_notice_names_the_sum_and_a_day_to_pay_by(database: Database) -> None:
    owing.owing(database)
    made = told(database, "first", NOW)
    assert (made.notices, made.pay_by) == (3, date(2026, 11, 12))
    text = owing.texts(database, made.campaign_id)[f"sms {PHONE}"]
    assert "R-1, 100,01 EUR" in text
    assert "12. novembrim" in text
    assert debt(database)["stage"] == "first"


def test_it_goes_by_sms_else_email_else_letter(database: Database) -> None:
    owing.owing(database)
    made = told(database, "first", NOW)
    assert owing.ways(database, made.campaign_id) == [
        ("sms", PHONE), ("letter", "1000003"), ("email", EMAIL),
    ]  # fmt: skip
    body = owing.texts(database, made.campaign_id)[f"email {EMAIL}"]
    assert "R-2" in documents.read_document(body).plain_text()


def test_who_opted_out_of_sms_gets_a_letter(database: Database) -> None:
    owing.owing(database)
    owing.opt_out(database)
    made = told(database, "first", NOW)
    assert ("letter", "1000001") in owing.ways(database, made.campaign_id)


def test_what_is_not_due_yet_gets_no_notice(database: Database) -> None:
    owing.owing(database, due_on="2026-11-02")
    with pytest.raises(DebtRefused, match="no debt that this notice is next for"):
        notice(database, "first")


def test_nobody_gets_the_same_notice_twice(database: Database) -> None:
    owing.owing(database)
    notice(database, "first")
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "first")


def test_a_notice_that_was_stopped_can_be_made_again(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    database.run("UPDATE notices SET state = 'withdrawn' WHERE campaign_id = ?", [made.campaign_id])
    assert notice(database, "first").notices == 3


def test_the_last_warning_waits_until_the_days_to_pay_are_over(database: Database) -> None:
    owing.owing(database)
    told(database, "first", NOW)
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "second", NOW + 10 * DAY)
    assert notice(database, "second", SECOND).notices == 3


def test_no_last_warning_where_the_first_notice_was_never_sent(database: Database) -> None:
    owing.owing(database)
    approve(database, notice(database, "first"))
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "second", SECOND)


def test_what_was_stopped_before_it_was_told_is_next_again(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    approve(database, made)
    campaigns.stop(database, made.campaign_id, by="marta", now=NOW)
    assert debt(database)["stage"] == ""
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "second", SECOND)
    assert notice(database, "first").notices == 3


def test_what_reached_nobody_is_next_again_on_another_channel(database: Database) -> None:
    owing.owing(database)
    told(database, "first", NOW)
    database.run("UPDATE messages SET status = 'failed' WHERE channel = 'sms'")
    database.run("UPDATE contacts SET dead_at = '2026-11-02' WHERE kind = 'mobile'")
    again = notice(database, "first", NOW + DAY)
    assert again.notices == 1
    assert notice(database, "second", SECOND).notices == 2
    approve(database, again, NOW + DAY)
    send(database, NOW + DAY)
    assert owing.ways(database, again.campaign_id) == [("letter", "1000001")]


def test_a_stage_that_the_file_says_is_believed(database: Database) -> None:
    owing.owing(database, stage="first")
    assert notice(database, "second").notices == 3


# --- disconnection --------------------------------------------------------------------------


def test_a_disconnection_goes_by_sms_or_email_and_always_by_letter(database: Database) -> None:
    owing.owing(database, stage="second")
    made = told(database, "disconnection", NOW)
    assert sorted(owing.ways(database, made.campaign_id)) == [
        ("email", EMAIL), ("letter", "1000001"), ("letter", "1000002"), ("letter", "1000003"),
        ("sms", PHONE),
    ]  # fmt: skip


def test_its_day_leaves_ten_days_after_the_post_and_is_a_working_day(database: Database) -> None:
    owing.owing(database, stage="second")
    with pytest.raises(DebtRefused, match="first day possible is 2026-11-16"):
        notice(database, "disconnection", on=date(2026, 11, 13))
    with pytest.raises(DebtRefused, match=r"public holiday.*2026-11-19"):
        notice(database, "disconnection", on=date(2026, 11, 18))
    with pytest.raises(DebtRefused, match=r"weekend.*2026-11-23"):
        notice(database, "disconnection", on=date(2026, 11, 21))
    assert notice(database, "disconnection").disconnect_on == date(2026, 11, 20)


def test_it_waits_two_days_after_the_last_warning(database: Database) -> None:
    owing.owing(database, stage="first")
    told(database, "second", NOW)
    database.run("UPDATE debts SET pay_by = '2026-11-02'")
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "disconnection", NOW + DAY)
    assert notice(database, "disconnection", NOW + 2 * DAY).notices == 3


def test_the_whole_course_of_a_debt(database: Database) -> None:
    owing.owing(database)
    told(database, "first", NOW)
    told(database, "second", SECOND)
    made = told(database, "disconnection", THIRD)
    text = owing.texts(database, made.campaign_id, THIRD)[f"sms {PHONE}"]
    assert "7. decembri" in text
    early, day = THIRD + 17 * DAY, THIRD + 18 * DAY
    with pytest.raises(DebtRefused, match="not earlier"):
        _cut(database, early)
    _cut(database, day)
    assert debt(database)["stage"] == "disconnected"
    draft = database.transaction(
        lambda tx: debts.tell_reconnection(tx, "R-1", by="anna", now=day)
    )  # fmt: skip
    approve(database, draft, day)
    send(database, day)
    assert "atjaunotu" in owing.texts(database, draft.campaign_id, day)[f"sms {PHONE}"]


def _cut(database: Database, now: datetime) -> None:
    database.transaction(
        lambda tx: debts.note_disconnected(tx, "R-1", by="anna", now=now, policy=POLICY)
    )


def test_nobody_is_disconnected_without_the_letter(database: Database) -> None:
    owing.owing(database, stage="second")
    with pytest.raises(DebtRefused, match="no letter"):
        _cut(database, NOW)


def test_the_preview_counts_the_letters_that_go_besides(database: Database) -> None:
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    seen = preview(database, campaigns.find(database, made.campaign_id), NOW, POLICY)
    assert (seen.messages, seen.reach.emails, seen.reach.letters) == (1, 1, 3)
    assert seen.first_due == NOW


# --- approval -------------------------------------------------------------------------------


def test_one_debt_alone_needs_a_second_person(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first", references=("R-1",))
    assert made.notices == 1
    with pytest.raises(CampaignRefused, match="another person"):
        approve(database, made, by="Anna")
    approve(database, made)


def test_days_that_came_too_near_stop_the_approval(database: Database) -> None:
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    with pytest.raises(CampaignRefused, match="make it anew"):
        approve(database, made, NOW + 8 * DAY)


def test_a_text_whose_day_came_too_near_on_the_way_is_not_written(database: Database) -> None:
    owing.owing(database, stage="second")
    made = told(database, "disconnection", NOW)
    late = owing.texts(database, made.campaign_id, NOW + 8 * DAY)
    assert {each.split()[0] for each in late} == {"sms", "email"}
    assert owing.texts(database, made.campaign_id, NOW + 30 * DAY) == {}


# --- the letter first, and a last word --------------------------------------------------------


def by_channel(database: Database, campaign_id: str) -> dict[str, str]:
    return {
        f"{row['channel']} {row['customer_number']}": f"{row['status']} {row['due_at'] is not None}"
        for row in owing.messages(database, campaign_id)
    }


def test_nobody_is_told_of_a_letter_before_it_is_posted(database: Database) -> None:
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    assert by_channel(database, made.campaign_id) == {
        "letter 1000001": "queued True", "letter 1000002": "queued True",
        "letter 1000003": "queued True", "sms 1000001": "queued False",
        "email 1000002": "queued False",
    }  # fmt: skip
    owing.post(database, NOW + DAY)
    found = by_channel(database, made.campaign_id)
    assert (found["sms 1000001"], found["email 1000002"]) == ("queued True", "queued True")


def test_of_a_letter_that_is_not_sent_nobody_is_told(database: Database) -> None:
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    ids = [row["id"] for row in owing.messages(database) if row["channel"] == "letter"]

    def fail(tx: Tx) -> None:
        batch = str(letters.begin_batch(tx, "post", by="anna", now=NOW)["id"])
        letters.claim_letters(tx, batch, ids, NOW)
        letters.end_letters(tx, batch, ids, "failed", error_code="address", now=NOW)

    database.transaction(fail)
    found = by_channel(database, made.campaign_id)
    assert found["sms 1000001"] == "withdrawn False"


def last_words(database: Database, made: debts.Made, now: datetime) -> list[tuple[str, str]]:
    owing.send(database, now)
    (last,) = campaign_rows.children(database, made.campaign_id)
    return owing.ways(database, str(last["id"]))


def test_two_days_before_there_is_a_last_word_to_who_got_the_letter(database: Database) -> None:
    owing.owing(database, stage="second")
    made = told(database, "disconnection", NOW)
    assert made.disconnect_on == date(2026, 11, 20)
    tuesday = datetime(2026, 11, 17, 8, tzinfo=NOW.tzinfo)
    assert last_words(database, made, tuesday - timedelta(minutes=1)) == []
    assert last_words(database, made, tuesday) == [("sms", PHONE), ("email", EMAIL)]
    (last,) = campaign_rows.children(database, made.campaign_id)
    assert "20. novembri" in owing.texts(database, str(last["id"]), tuesday)[f"sms {PHONE}"]


def test_no_last_word_of_a_letter_that_was_never_posted(database: Database) -> None:
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    tuesday = datetime(2026, 11, 17, 8, tzinfo=NOW.tzinfo)
    fanout.fan_out(database, tuesday, policy=POLICY)
    (last,) = campaign_rows.children(database, made.campaign_id)
    assert owing.ways(database, str(last["id"])) == []


@pytest.mark.parametrize("ended", ["paid", "plan"])
def test_who_pays_gets_no_last_word(database: Database, ended: str) -> None:
    owing.owing(database, stage="second")
    made = told(database, "disconnection", NOW)
    parts = (Instalment(date(2026, 12, 20), 10001),)
    if ended == "paid":
        database.transaction(lambda tx: debts.note_paid(tx, ["R-1"], by="a", now=NOW))
    else:
        database.transaction(lambda tx: debts.agree_plan(tx, "R-1", parts, by="a", now=NOW))
    tuesday = datetime(2026, 11, 17, 8, tzinfo=NOW.tzinfo)
    assert last_words(database, made, tuesday) == [("email", EMAIL)]


# --- payments and plans ---------------------------------------------------------------------


def test_what_is_paid_is_told_nothing_more(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    approve(database, made)
    database.transaction(lambda tx: debts.note_paid(tx, ["R-1"], by="anna", now=NOW))
    send(database)
    assert PHONE not in [peer for _, peer in owing.ways(database, made.campaign_id)]
    assert debt(database)["stage"] == "paid"


def test_a_queued_message_of_a_paid_debt_is_taken_back(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    row = {
        "customer_number": "1000001", "reference": "R-1", "sum_cents": 1, "due_on": "2026-10-15",
        "stage": "paid",
    }  # fmt: skip
    database.transaction(lambda tx: rows.load(tx, [row], NOW))
    states = {row["peer"]: row["status"] for row in owing.messages(database, made.campaign_id)}
    assert states == {PHONE: "withdrawn", EMAIL: "queued", "1000003": "queued"}


def test_a_plan_is_told_with_its_days_and_sums(database: Database) -> None:
    owing.owing(database, stage="first")
    parts = (Instalment(date(2026, 11, 20), 5000), Instalment(date(2026, 12, 20), 5001))
    draft = database.transaction(
        lambda tx: debts.agree_plan(tx, "R-1", parts, by="anna", now=NOW)
    )  # fmt: skip
    approve(database, draft)
    send(database)
    text = owing.texts(database, draft.campaign_id)[f"sms {PHONE}"]
    assert "50,00 EUR" in text
    assert "50,01 EUR" in text
    with pytest.raises(DebtRefused, match="next for"):
        notice(database, "second", references=("R-1",))


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), "follow each other"),
        ((Instalment(date(2026, 11, 1), 10001),), "none before today"),
        ((Instalment(date(2026, 12, 1), 5000), Instalment(date(2026, 11, 20), 5001)), "follow"),
        ((Instalment(date(2026, 12, 1), 5000),), "the debt is 100.01 EUR"),
    ],
)
def test_a_plan_that_does_not_add_up_is_refused(
    database: Database, parts: tuple[Instalment, ...], why: str
) -> None:
    owing.owing(database)
    with pytest.raises(DebtRefused, match=why):
        database.transaction(lambda tx: debts.agree_plan(tx, "R-1", parts, by="anna", now=NOW))


def test_a_debt_that_nobody_knows_is_named(database: Database) -> None:
    owing.owing(database)
    with pytest.raises(DebtRefused, match="no debt 'R-9'"):
        notice(database, "first", references=("R-9",))
    with pytest.raises(DebtRefused, match="stage new"):
        notice(database, "second", references=("R-1",))


def test_emails_and_letters_say_where_to_pay_and_the_year(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    approve(database, made)
    fanout.fan_out(database, NOW, policy=POLICY)
    written = owing.texts(database, made.campaign_id)
    english = documents.read_document(written["letter 1000003"])
    facts = dict(english.facts)
    assert facts["Payee"] == "AS Demonstrācija"
    assert facts["Bank account"] == "LV44 DEMO 0000 0000 0000 1, Demo banka"
    assert facts["Pay by"] == "12 November 2026"
    assert "by 12 November 2026" in english.lead
    russian = documents.read_document(written[f"email {owing.EMAIL}"])
    assert dict(russian.facts)["Оплатить до"] == "12 ноября 2026 года"
    assert "2026" not in written[f"sms {owing.PHONE}"]
