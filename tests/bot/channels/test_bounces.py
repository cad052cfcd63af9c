"""Bounces: read from what servers write, from a Maildir and over IMAP, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import bounces, mailboxes
from bot.channels.base import Accepted
from bot.channels.bounces import Bounce, Complaint, Ids, Nothing, Wish, read_report
from bot.delivery.unsubscribe import Links
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import Database
from tests.bot.outbox_world import NOW, outbox, queue, row, status
from tests.doubles import bounces as samples
from tests.doubles import imap
from tests.web.test_mail import ANNA, contact, email, stopped

ID = "01999999-aaaa-7bbb-8ccc-0123456789ab"
SETTINGS = Settings(
    public_url="https://gaisma.example", secret_keys=("one",),
    mail_from="Sadales tīkls <zinas@gaisma.example>", bounce_address="bounces+{id}@gaisma.example",
)  # fmt: skip
IDS = Ids(SETTINGS)
SERVERS = [samples.POSTFIX, samples.EXCHANGE, samples.GMAIL]


def written(
    sample: str, message_id: str = ID, code: str = "5.1.1", action: str = "failed"
) -> bytes:
    text = sample.replace("{id}", message_id).replace("{status}", code)
    return text.replace("{action}", action).replace("\n", "\r\n").encode()


# --- reading --------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SERVERS)
@pytest.mark.parametrize("code", ["5.1.1", "5.1.10", "5.7.1", "5.2.2"])
def test_a_failure_is_read_from_every_kind_of_server(sample: str, code: str) -> None:
    assert read_report(written(sample, code=code), IDS) == Bounce(ID, code, True)


@pytest.mark.parametrize("sample", SERVERS)
def test_a_delay_is_no_failure(sample: str) -> None:
    report = read_report(written(sample, code="4.4.1", action="delayed"), IDS)
    assert report == Bounce(ID, "4.4.1", False)


@pytest.mark.parametrize("sample", SERVERS)
def test_a_server_that_gave_up_after_days_is_a_failure(sample: str) -> None:
    assert read_report(written(sample, code="4.4.7"), IDS) == Bounce(ID, "4.4.7", True)


def test_a_report_that_all_went_well_is_nothing() -> None:
    report = read_report(written(samples.POSTFIX, code="2.0.0", action="delivered"), IDS)
    assert report == Nothing()


def test_a_vague_status_gives_way_to_a_clear_diagnosis() -> None:
    vague = written(samples.POSTFIX).replace(b"Status: 5.1.1", b"Status: 5.0.0")
    assert read_report(vague, IDS) == Bounce(ID, "5.1.1", True)
    none = written(samples.POSTFIX).replace(b"Status: 5.1.1\r\n", b"")
    assert read_report(none, IDS) == Bounce(ID, "5.1.1", True)


@pytest.mark.parametrize(
    "lost",
    [
        [b"Original-Envelope-Id"],
        [b"Original-Envelope-Id", b"Message-ID"],
    ],
)
def test_any_place_that_names_the_message_will_do(lost: list[bytes]) -> None:
    content = written(samples.POSTFIX)
    for name in lost:
        content = content.replace(name + b": ", b"X-Was: ")
    assert read_report(content, IDS) == Bounce(ID, "5.1.1", True)


def test_a_bounce_of_somebody_elses_mail_is_nobodys() -> None:
    foreign = written(samples.EXCHANGE).replace(b"@gaisma.example", b"@other.example")
    assert read_report(foreign, IDS) is None


def test_half_a_report_is_still_read() -> None:
    content = written(samples.GMAIL)
    assert read_report(content[: content.index(b"Last-Attempt")], IDS) == Bounce(ID, "5.1.1", True)


@pytest.mark.parametrize(
    ("sample", "report"),
    [
        (samples.OUT_OF_OFFICE, Nothing()),
        (samples.READ_RECEIPT, Nothing()),
        (samples.COMPLAINT, Complaint(ID)),
        (samples.LETTER, None),
    ],
)
def test_what_is_no_bounce_is_told_apart(sample: str, report: object) -> None:
    assert read_report(written(sample, action="abuse"), IDS) == report


def test_somebody_who_calls_it_wanted_does_not_complain() -> None:
    assert read_report(written(samples.COMPLAINT, action="not-spam"), IDS) == Nothing()


def test_a_wish_by_mail_is_read_from_the_subject() -> None:
    token = Links(SETTINGS).token(ID)
    mail = f"From: anna@example.lv\r\nSubject: Unsubscribe {token}\r\n\r\n"
    assert read_report(mail.encode(), IDS) == Wish(token)


@given(st.binary(max_size=400), st.integers(0, 2500), st.sampled_from(SERVERS))
def test_no_mail_makes_reading_fail(noise: bytes, place: int, sample: str) -> None:
    content = written(sample)
    read_report(noise, IDS)
    read_report(content[:place] + noise + content[place:], IDS)


# --- what it changes ------------------------------------------------------------------------


def sent(database: Database) -> str:
    """The id of an e-mail that a server has taken."""
    message_id = email(database)
    (message,) = replace(outbox(database), providers={"email": "smtp"}).claim(NOW, 1)
    outbox(database).record([(message, Accepted(f"{message_id}@gaisma.example"))], NOW)
    assert status(database, message_id) == "accepted"
    return message_id


def dead(database: Database) -> bool:
    return database.one("SELECT 1 FROM contacts WHERE dead_at IS NOT NULL") is not None


def record(database: Database, message_id: str, code: str, failed: bool = True) -> str:
    return bounces.record(database, Bounce(message_id, code, failed), NOW)


@pytest.mark.parametrize(
    ("code", "marked"),
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.4.4", True), ("5.7.1", False),
     ("5.2.2", False), ("5.0.0", False), ("4.4.7", False)],
)  # fmt: skip
def test_a_failure_ends_the_message_and_only_a_dead_address_is_marked(
    database: Database, code: str, marked: bool
) -> None:
    contact(database)
    message_id = sent(database)
    assert record(database, message_id, code) == "failed"
    kept = row(database, message_id)
    assert (kept["status"], kept["error_code"]) == ("failed", code)
    assert kept["provider_id"] == f"{message_id}@gaisma.example"
    assert dead(database) == marked


def test_a_delay_changes_nothing(database: Database) -> None:
    message_id = sent(database)
    assert record(database, message_id, "4.4.1", failed=False) == "ignored"
    assert status(database, message_id) == "accepted"


def test_the_same_bounce_twice_is_kept_once(database: Database) -> None:
    message_id = sent(database)
    assert [record(database, message_id, "5.1.1") for _ in range(2)] == ["failed", "repeated"]
    assert len(database.all("SELECT * FROM receipts")) == 1


def test_a_bounce_moves_no_status_back(database: Database) -> None:
    message_id = sent(database)
    database.run("UPDATE messages SET status = 'delivered' WHERE id = ?", (message_id,))
    record(database, message_id, "5.1.1")
    assert status(database, message_id) == "delivered"


def test_a_bounce_for_a_text_or_for_nothing_is_unknown(database: Database) -> None:
    assert record(database, queue(database), "5.1.1") == "unknown"
    assert record(database, ID, "5.1.1") == "unknown"


# --- mailboxes ------------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def service_on(database: Database, url: str) -> Service:
    return Service(replace(SETTINGS, bounce_mailbox=url), read_policy(), database)


def everything(database: Database) -> Iterator[bytes]:
    """A mail of each kind, about one e-mail of ours."""
    message_id = sent(database)
    yield written(samples.POSTFIX, message_id)
    yield written(samples.GMAIL, message_id)
    yield written(samples.EXCHANGE, message_id, "4.4.1", "delayed")
    yield written(samples.OUT_OF_OFFICE, message_id)
    yield written(samples.POSTFIX, ID)
    yield written(samples.LETTER, message_id)
    token = Links(SETTINGS).token(message_id)
    yield f"From: x@example.lv\r\nSubject: unsubscribe {token}\r\n\r\n".encode()
    yield b"From: x@example.lv\r\nSubject: unsubscribe forged.AAAA\r\n\r\n"


EXPECTED = {"failed": 1, "repeated": 1, "ignored": 2, "unknown": 3, "stopped": 1}


def test_a_maildir_is_read_once_and_what_nobody_can_tell_is_flagged(
    database: Database, maildir: Path
) -> None:
    contact(database)
    for number, content in enumerate(everything(database)):
        (maildir / "new" / f"{number}.host").write_bytes(content)
    service = service_on(database, f"maildir://{maildir}")
    with mailboxes.open_mailbox(service.settings.bounce_mailbox) as box:
        assert bounces.read_bounces(service, box, NOW) == EXPECTED
    assert list((maildir / "new").iterdir()) == []
    flagged = sorted(path.name for path in (maildir / "cur").glob("*:2,FS"))
    assert flagged == ["4.host:2,FS", "5.host:2,FS", "7.host:2,FS"]
    assert len(list((maildir / "cur").glob("*:2,S"))) == 5
    assert bounces.collect(service, NOW) == 0
    assert dead(database)
    assert stopped(database, ANNA)


def test_an_imap_folder_is_read_once_and_what_nobody_can_tell_is_flagged(
    database: Database,
) -> None:
    with imap.serving(imap.Folder(list(everything(database)), "Gaisma/Bounces")) as folder:
        url = f"imap://bounces:p%40ss@127.0.0.1:{folder.port}/Gaisma/Bounces"
        service = service_on(database, url)
        with mailboxes.open_mailbox(url) as box:
            assert bounces.read_bounces(service, box, NOW) == EXPECTED
        assert all("Seen" in flags for flags in folder.flags.values())
        assert [n for n, flags in folder.flags.items() if "Flagged" in flags] == [5, 6, 8]
        assert bounces.collect(service, NOW) == 0


def test_mails_are_read_in_batches(database: Database, maildir: Path) -> None:
    for number in range(5):
        (maildir / "new" / f"{number}").write_bytes(written(samples.OUT_OF_OFFICE))
    service = service_on(database, f"maildir://{maildir}")
    with mailboxes.open_mailbox(service.settings.bounce_mailbox) as box:
        assert bounces.read_bounces(service, box, NOW, limit=3)["ignored"] == 3
        assert bounces.read_bounces(service, box, NOW, limit=3)["ignored"] == 2


def test_without_a_mailbox_there_is_nothing_to_collect(service: Service) -> None:
    assert bounces.collect(service, NOW) == 0


@pytest.mark.parametrize(
    ("login", "folder", "refuse"),
    [
        ("bounces:wrong", "INBOX", ""),
        ("bounces:p%40ss", "Other", ""),
        ("bounces:p%40ss", "INBOX", "UID SEARCH"),
        ("bounces:p%40ss", "INBOX", "UID FETCH"),
    ],
)
def test_a_mailbox_that_refuses_is_named_without_its_password(
    service: Service, login: str, folder: str, refuse: str
) -> None:
    with imap.serving(imap.Folder([b"Subject: x\r\n\r\n"], refuse=refuse)) as served:
        url = f"imap://{login}@127.0.0.1:{served.port}/{folder}"
        with (
            pytest.raises(mailboxes.MailboxError) as raised,
            mailboxes.open_mailbox(url) as box,
        ):
            bounces.read_bounces(service, box, NOW)
    assert "p@ss" not in str(raised.value)
    assert "wrong" not in str(raised.value)


@pytest.mark.parametrize("url", ["maildir:///nowhere/at/all", "imap://u:p@127.0.0.1:9"])
def test_a_mailbox_that_is_not_there_is_named(url: str) -> None:
    with (
        pytest.raises(mailboxes.MailboxError, match="for bounces"),
        mailboxes.open_mailbox(url),
    ):
        pass
