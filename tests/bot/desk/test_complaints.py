"""Complaints: filed by text or by an agent, added to, answered on the channel that is open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.desk import complaints
from bot.desk.complaints import ComplaintRefused
from bot.service import Service
from bot.turn import Inbound, Turns
from bot.words import documents
from storage import Database, Row
from storage import complaints as rows
from storage.database import moment
from tests.bot import owing
from tests.bot.owing import EMAIL, NOW, PHONE, POLICY

STRANGER = "+37120000077"


def write(service: Service, *lines: str, phone: str = PHONE) -> list[str]:
    """What the bot answers to these texts."""
    turns = Turns(service)
    return [
        turns.take(Inbound("sandbox", f"{phone}/{n}/{line}", phone, line), NOW).text
        for n, line in enumerate(lines)
    ]


def close(database: Database, number: str, outcome: str, **fields: object) -> complaints.Told:
    return database.transaction(
        lambda tx: complaints.close(
            tx,
            number,
            outcome,
            by="inga",
            now=NOW,
            policy=POLICY,
            **fields,  # type: ignore[arg-type]
        )
    )


def sent(database: Database) -> Row:
    (row,) = database.all("SELECT * FROM messages WHERE kind LIKE 'complaint%'")
    return row


def test_a_text_is_filed_with_a_number_and_a_day(service: Service) -> None:
    owing.owing(service.database)
    (answer,) = write(service, "gribu sūdzēties par jūsu brigādi, salauza sētu")
    assert "S1001" in answer
    assert "17. novembrim" in answer
    (row,) = rows.list_complaints(service.database)
    assert (row["customer_number"], row["language"], row["phone"]) == ("1000001", "lv", PHONE)
    assert moment(row["answer_by"]) == NOW + timedelta(days=POLICY.complaint_answer_days)
    assert row["text"] == "gribu sūdzēties par jūsu brigādi, salauza sētu"


def test_more_words_are_added_and_an_agent_sees_the_conversation(service: Service) -> None:
    owing.owing(service.database)
    write(service, "gribu sūdzēties par jūsu brigādi, salauza sētu", "un sētu arī salauza")
    (row,) = rows.list_complaints(service.database)
    assert row["text"].splitlines()[1:] == ["un sētu arī salauza"]
    (waiting,) = service.database.all("SELECT topic FROM conversations WHERE waiting_since <> ''")
    assert waiting["topic"] == "complaint"


def test_numbers_follow_each_other_and_phones_are_kept_apart(service: Service) -> None:
    write(service, "sūdzība: jūsu auto aizšķērsoja ceļu")
    write(service, "sūdzība: atstāja bedri pagalmā", phone=STRANGER)
    found = rows.list_complaints(service.database)
    assert [row["number"] for row in found] == ["S1001", "S1002"]


def test_after_the_answer_the_next_text_is_a_new_one(service: Service) -> None:
    write(service, "sūdzība: jūsu auto aizšķērsoja ceļu")
    close(service.database, "S1001", "Sodīts.")
    write(service, "sūdzība: atkal aizšķērsoja ceļu")
    assert [row["number"] for row in rows.list_complaints(service.database)] == ["S1002"]


def test_the_text_is_kept_once_and_not_among_events(service: Service) -> None:
    write(service, "sūdzība: jūsu auto aizšķērsoja ceļu")
    (turn,) = service.database.all("SELECT events FROM turns")
    assert "aizšķērsoja" not in turn["events"]


# --- answers --------------------------------------------------------------------------------


def file(database: Database, phone: str, text: str = "salauza sētu") -> str:
    return database.transaction(
        lambda tx: complaints.file_for(tx, phone, text, by="inga", now=NOW, policy=POLICY)
    )[0]


def test_an_agent_files_one_and_its_number_goes_by_sms(database: Database) -> None:
    owing.owing(database)
    assert file(database, PHONE) == "S1001"
    row = sent(database)
    assert (row["kind"], row["channel"], row["peer"]) == ("complaint_received", "sms", PHONE)
    assert "S1001" in row["body"]


def test_the_outcome_goes_by_sms_whole(database: Database) -> None:
    write_of = "Pārbaudījām: brigāde sētu salabos līdz 20. novembrim, bojātos vārtus nomainīs. " * 2
    owing.owing(database)
    number = file(database, PHONE)
    database.run("DELETE FROM messages")
    assert close(database, number, write_of[:160].strip()).channel == "sms"
    assert "vartus nomainis" in sent(database)["body"]
    assert "..." not in sent(database)["body"]


def test_an_outcome_too_long_for_an_sms_is_refused(database: Database) -> None:
    owing.owing(database)
    number = file(database, PHONE)
    with pytest.raises(ComplaintRefused, match="at most 160"):
        close(database, number, "Labi. " * 40)


def test_who_opted_out_gets_a_letter_and_nothing_by_sms(database: Database) -> None:
    owing.owing(database)
    number = file(database, PHONE)
    database.run("DELETE FROM messages")
    owing.opt_out(database)
    assert close(database, number, "Labi. " * 40).channel == "letter"
    row = sent(database)
    assert row["peer"] == "1000001"
    assert "Labi." in documents.read_document(row["body"]).plain_text()


def test_an_email_comes_before_a_letter_where_we_send_any(database: Database) -> None:
    owing.owing(database)
    database.run(
        "INSERT INTO contacts VALUES ('x', '1000002', 'mobile', ?, 'ru', 'sms', '', '2026')",
        [STRANGER],
    )
    number = file(database, STRANGER)
    assert close(database, number, complaints.UPHELD, email=False).channel == "letter"
    database.run("UPDATE complaints SET state = 'open'")
    database.run("DELETE FROM messages")
    assert close(database, number, complaints.UPHELD).channel == "email"
    row = sent(database)
    assert (row["peer"], row["language"]) == (EMAIL, "ru")


def test_a_stranger_who_opted_out_cannot_be_written_to(database: Database) -> None:
    number = file(database, STRANGER)
    database.run("INSERT INTO opt_outs VALUES ('mobile', ?, '2026')", [STRANGER])
    assert close(database, number, "Labi.").channel == ""


def test_an_outcome_waits_for_the_morning(database: Database) -> None:
    owing.owing(database)
    number = file(database, PHONE)
    database.run("DELETE FROM messages")
    night = NOW + timedelta(hours=13)
    database.transaction(
        lambda tx: complaints.close(tx, number, "Labi.", by="i", now=night, policy=POLICY)
    )
    assert moment(sent(database)["due_at"]) == NOW + timedelta(hours=22)


def test_a_closed_one_is_not_closed_again(database: Database) -> None:
    number = file(database, STRANGER)
    close(database, number, "Labi.")
    with pytest.raises(ComplaintRefused, match="closed by inga"):
        close(database, number, "Labi.")
    with pytest.raises(ComplaintRefused, match="no complaint 'S7'"):
        close(database, "S7", "Labi.")


def test_the_audit_has_no_words_of_it(database: Database) -> None:
    close(database, file(database, STRANGER), "Labi.")
    kept = " ".join(
        str(row["detail"]) + row["subject"] for row in database.all("SELECT * FROM audit")
    )
    assert "sētu" not in kept
    assert STRANGER not in kept
