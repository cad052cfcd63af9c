"""Announcements to an audience, and corrections to exactly those who were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.broadcasts import Words
from bot.campaigns.rules import CampaignRefused
from bot.network.audience import Asked
from bot.words import bodies
from bot.words.documents import read_document
from storage import Database, contacts, customers
from storage import canary as canary_rows
from storage.database import stamp
from tests.bot import grid

TEXTS = {"lv": "Centrs ir slēgts.", "ru": "Центр закрыт.", "en": "The centre is closed."}
RIGHT = {"lv": "Centrs ir atvērts.", "ru": "Центр открыт.", "en": "The centre is open."}


EVERYBODY = Asked()


def announce(
    database: Database, asked: Asked = EVERYBODY, *, now: datetime = grid.NOW, **words: object
) -> str:
    said = {"texts": TEXTS, "by": "anna", "now": now} | words
    return broadcasts.announce(database, asked, Words(**said))  # type: ignore[arg-type]


def approve(database: Database, part: str, by: str = "juris", now: datetime = grid.NOW) -> None:
    campaigns.approve(database, part, by=by, now=now, policy=grid.POLICY)


def email(database: Database, number: int, value: str) -> None:
    row = {"customer_number": f"C{number}", "kind": "email", "value": value, "language": "en"}
    database.transaction(lambda tx: customers.load_contacts(tx, [row], grid.NOW, source="file"))


def sent_to(database: Database, campaign_id: str) -> list[tuple[str, str]]:
    sql = "SELECT channel, peer FROM messages WHERE campaign_id = ? ORDER BY channel, peer"
    return [(row["channel"], row["peer"]) for row in database.all(sql, [campaign_id])]


def stop_texts(database: Database, phone: str) -> None:
    database.transaction(
        lambda tx: contacts.opt_out(tx, phone, text="STOP", message_id="", now=grid.NOW)
    )


# --- announcements --------------------------------------------------------------------------


def test_an_announcement_reaches_each_phone_once_and_else_an_address(database: Database) -> None:
    grid.people(database, [1, 2, 3, 4])
    grid.extra_phone(database, grid.phone(1), owner=2)  # two customers, one phone
    database.run("DELETE FROM contacts WHERE customer_number = 'C3'")
    email(database, 3, "c3@example.org")
    stop_texts(database, grid.phone(4))
    made = announce(database)
    approve(database, made)
    assert grid.fan_out(database) == 3
    assert sent_to(database, made) == [
        ("email", "c3@example.org"),
        ("sms", grid.phone(1)),
        ("sms", grid.phone(2)),
    ]
    assert len(grid.notices_of(database, "announcement", state="unreachable")) == 1


def test_its_texts_are_written_in_the_language_of_each_reader(database: Database) -> None:
    grid.people(database, [1])
    grid.people(database, [2], language="ru")
    database.run("DELETE FROM contacts WHERE customer_number = 'C1'")
    email(database, 1, "c1@example.org")
    approve(database, announce(database))
    grid.fan_out(database)
    rows = database.all("SELECT id FROM messages ORDER BY channel")
    ids = [row["id"] for row in rows]
    written = bodies.write_bodies(database, ids, grid.POLICY, now=grid.NOW)
    assert read_document(written[ids[0]]).lead == "The centre is closed."
    assert "Центр закрыт." in written[ids[1]]


def test_the_audience_narrows_by_everything_given(database: Database) -> None:
    grid.people(database, [1, 2], transformer="T1")
    grid.people(database, [3], transformer="T2")
    database.run("UPDATE customers SET kind = 'business' WHERE customer_number = 'C2'")
    made = announce(database, Asked(transformer="T1", kind="business"))
    found = [row["customer_number"] for row in grid.notices_of(database, "announcement")]
    assert found == ["C2"]
    row = campaigns.find(database, made)
    assert (row["audience"], row["recipients"]) == ("transformer T1; businesses only", 1)


def test_an_announcement_for_nobody_is_not_made(database: Database) -> None:
    grid.people(database, [1])
    with pytest.raises(CampaignRefused, match="nobody belongs"):
        announce(database, Asked(kind="business"))
    assert not grid.drafts(database, "announcement")


def test_a_missing_language_stops_the_approval(database: Database) -> None:
    grid.people(database, [1])
    made = announce(database, texts={"lv": "Centrs ir slēgts.", "ru": " "})
    with pytest.raises(CampaignRefused, match="missing in ru, en"):
        approve(database, made)
    seen = campaigns.look(database, campaigns.find(database, made), grid.NOW, grid.POLICY)
    assert any("Cannot be approved" in warning for warning in seen.warnings)


def test_a_text_that_is_too_long_stops_the_approval(database: Database) -> None:
    grid.people(database, [1])
    made = announce(database, texts=TEXTS | {"ru": "Центр закрыт. " * 12})
    with pytest.raises(CampaignRefused, match="SMS parts"):
        approve(database, made)


def test_a_draft_whose_readers_were_not_all_found_cannot_be_approved(database: Database) -> None:
    grid.people(database, [1])
    made = announce(database)
    database.run("UPDATE campaigns SET audience = ''")
    with pytest.raises(CampaignRefused, match="interrupted"):
        approve(database, made)


def test_a_preview_counts_languages_segments_price_and_who_is_left(database: Database) -> None:
    grid.people(database, [1, 2])
    grid.people(database, [3], language="ru")
    stop_texts(database, grid.phone(2))
    made = announce(database)
    seen = campaigns.look(database, campaigns.find(database, made), grid.NOW, grid.POLICY)
    assert {name: each.messages for name, each in seen.languages.items()} == {"lv": 1, "ru": 1}
    assert (seen.segments, seen.price_cents, seen.unreachable) == (2, 10, 1)
    assert {name for name, _, _ in seen.samples} == {"lv", "ru", "en"}


def test_an_announcement_that_nobody_can_get_is_flagged(database: Database) -> None:
    grid.people(database, [1])
    stop_texts(database, grid.phone(1))
    made = announce(database)
    seen = campaigns.look(database, campaigns.find(database, made), grid.NOW, grid.POLICY)
    assert seen.warnings[0].startswith("Nobody would get it")


def test_an_announcement_waits_for_the_end_of_the_quiet_hours(database: Database) -> None:
    grid.people(database, [1])
    night = grid.NOW.replace(hour=20)  # 22:00 in Riga
    approve(database, announce(database, now=night), now=night)
    assert grid.fan_out(database, night) == 0
    assert grid.fan_out(database, night + 11 * grid.HOUR) == 1


def test_a_message_is_of_no_use_after_the_time_that_was_said(database: Database) -> None:
    grid.people(database, [1])
    until = grid.NOW + timedelta(hours=3)
    approve(database, announce(database, valid_until=until))
    grid.fan_out(database)
    (message,) = database.all("SELECT valid_until FROM messages")
    assert message["valid_until"] == stamp(until)


def test_stopping_an_announcement_takes_its_messages_back(database: Database) -> None:
    grid.people(database, [1, 2])
    made = announce(database)
    approve(database, made)
    grid.fan_out(database)
    campaigns.stop(database, made, by="anna", now=grid.NOW)
    assert grid.told(database, "announcement") == [
        (grid.phone(1), "withdrawn"),
        (grid.phone(2), "withdrawn"),
    ]


# --- corrections ----------------------------------------------------------------------------


def told_wrong(database: Database) -> str:
    """An announcement that reached C1 and C2 by SMS and C3 by e-mail, but not C4."""
    grid.people(database, [1, 2, 3, 4])
    database.run("DELETE FROM contacts WHERE customer_number = 'C3'")
    email(database, 3, "c3@example.org")
    made = announce(database)
    approve(database, made)
    grid.fan_out(database)
    grid.provider_says(database, "failed", only=[grid.phone(4)])
    grid.provider_says(database, "delivered")
    return made


def correct(database: Database, part: str, now: datetime = grid.NOW) -> str:
    return broadcasts.correct(database, part, Words(RIGHT, "anna", now))


def test_a_correction_goes_to_exactly_those_who_were_told_on_the_same_way(
    database: Database,
) -> None:
    wrong = told_wrong(database)
    grid.extra_phone(database, "+37129999999", owner=1)  # a phone of later
    email(database, 2, "c2@example.org")
    made = correct(database, wrong)
    approve(database, made)
    assert grid.fan_out(database) == 3
    assert sent_to(database, made) == [
        ("email", "c3@example.org"),
        ("sms", grid.phone(1)),
        ("sms", grid.phone(2)),
    ]
    ids = [row["id"] for row in database.all("SELECT id FROM messages WHERE kind = 'correction'")]
    written = bodies.write_bodies(database, ids, grid.POLICY, now=grid.NOW)
    assert sum("Centrs ir atverts." in text for text in written.values()) == 2


def test_whoever_wrote_a_correction_does_not_approve_it(database: Database) -> None:
    made = correct(database, told_wrong(database))
    with pytest.raises(CampaignRefused, match="another person"):
        approve(database, made, by="Anna")


def test_a_second_correction_needs_a_reason_and_is_pointed_at(
    database: Database,
) -> None:
    part = told_wrong(database)
    first, second = correct(database, part), correct(database, part)
    (warning,) = _warnings(database, second)
    assert "is a draft, by anna; keep one" in warning
    approve(database, first)
    (warning,) = _warnings(database, second)
    assert f"corrected before, by {first[-8:]}" in warning and "--reason" in warning
    with pytest.raises(CampaignRefused, match="has been corrected before"):
        approve(database, second)
    campaigns.approve(
        database, second, by="juris", now=grid.NOW, policy=grid.POLICY, reason="the hour is wrong"
    )


def _warnings(database: Database, part: str) -> list[str]:
    row = campaigns.find(database, part)
    seen = campaigns.look(database, row, grid.NOW, grid.POLICY).warnings
    return [each for each in seen if "orrect" in each]


def test_who_added_a_text_does_not_approve_where_another_must(database: Database) -> None:
    grid.people(database, range(1, 60))
    part = announce(database, texts={"lv": "Slēgts.", "ru": "Закрыто."})
    words = Words({"en": "Closed."}, "juris", grid.NOW)
    broadcasts.add_texts(database, part, words)
    for maker in ("anna", "juris"):
        with pytest.raises(CampaignRefused, match="another person"):
            approve(database, part, maker)
    approve(database, part, "zane")


def test_who_opted_out_since_is_left_out_and_counted(database: Database) -> None:
    wrong = told_wrong(database)
    stop_texts(database, grid.phone(2))
    made = correct(database, wrong)
    seen = campaigns.look(database, campaigns.find(database, made), grid.NOW, grid.POLICY)
    assert (seen.messages, seen.reach.emails, seen.unreachable) == (1, 1, 1)
    assert "Opted out since, and left out: 1." in seen.warnings
    approve(database, made)
    assert grid.fan_out(database) == 2


def half_told(database: Database, status: str) -> str:
    """An announcement to two, of whom one has got it."""
    grid.people(database, [1, 2])
    wrong = announce(database)
    approve(database, wrong)
    grid.fan_out(database)
    grid.provider_says(database, status, only=[grid.phone(1)])
    return wrong


def test_who_was_told_between_draft_and_approval_is_corrected_too(database: Database) -> None:
    wrong = half_told(database, "accepted")
    database.run("UPDATE messages SET status = 'sending' WHERE status = 'queued'")
    made = correct(database, wrong)
    assert campaigns.find(database, made)["recipients"] == 1
    database.run("UPDATE messages SET status = 'accepted'")
    approve(database, made)
    assert grid.fan_out(database) == 2


def test_correcting_a_campaign_under_way_pauses_it(database: Database) -> None:
    wrong = half_told(database, "sent")
    correct(database, wrong)
    assert campaigns.find(database, wrong)["state"] == "paused"


def test_a_campaign_that_told_nobody_has_nothing_to_correct(database: Database) -> None:
    grid.people(database, [1])
    with pytest.raises(CampaignRefused, match="told nobody"):
        correct(database, announce(database))


def test_works_told_wrongly_are_corrected_once_a_phone(database: Database) -> None:
    grid.people(database, [1])
    grid.extra_premises(database, 7, owner=1, transformer="T2")
    other = replace(grid.WORKS, external_id="W2", transformer="T2")
    grid.change(database, grid.WORKS, other)
    grid.tell(database, "planned_notice", now=grid.DUE)
    (wrong,) = database.all("SELECT id FROM campaigns WHERE kind = 'planned_notice'")
    made = correct(database, wrong["id"], grid.DUE)
    approve(database, made, now=grid.DUE)
    assert grid.fan_out(database, grid.DUE) == 1
    grid.provider_says(database, "delivered", now=grid.DUE)
    grid.fan_out(database, grid.DUE)
    head = canary_rows.head(database, made)
    assert head is not None
    assert head["state"] == "done"
