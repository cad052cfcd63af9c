"""Through a real Kannel to a carrier that speaks SMPP: octets, receipts, long texts, refusals."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

import pytest

from bot.channels.kannel import UNREADABLE
from locales.segments import BASIC, EXTENSION, count_segments
from storage import Database
from storage.messages import NewMessage, enqueue
from tests.bot.delivery.test_worker import now
from tests.doubles import smsc as carriers
from tests.doubles.smsc import Smsc
from tests.peers.installed import until
from tests.peers.kannel import Kannel, kannel
from tests.peers.service import behind
from tests.served import free_port

PHONE = "+37120000001"


@dataclass
class Line:
    """A service, Kannel, and the carrier behind it."""

    smsc: Smsc
    kannel: Kannel
    database: Database

    def say(self, text: str, phone: str = PHONE) -> str:
        """Send a text from a phone; the answer that the phone shows."""
        before = len(self.smsc.texts(phone))
        self.smsc.send(phone, text)
        until(lambda: len(self.smsc.texts(phone)) > before, why=self.kannel.log)
        return self.smsc.texts(phone)[-1]

    def queue(self, body: str, phone: str = PHONE, lane: str = "alert") -> str:
        message = NewMessage(
            "sms", "unplanned", lane, phone, body=body, segments=count_segments(body)
        )  # fmt: skip
        return self.database.transaction(lambda tx: enqueue(tx, [message], now()))[0]

    def status(self, message_id: str) -> str:
        row = self.database.one("SELECT status FROM messages WHERE id = ?", (message_id,))
        return str(row and row["status"])

    def code(self, message_id: str) -> str:
        row = self.database.one("SELECT error_code FROM messages WHERE id = ?", (message_id,))
        return str(row and row["error_code"])


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("smpp")
    port = free_port()
    with (
        carriers.running() as smsc,
        kannel(folder / "kannel", port, smsc.port) as made,
        behind(port, folder, made) as (_, database),
    ):
        assert smsc.bound.wait(15), made.log()
        yield Line(smsc, made, database)


@pytest.fixture(autouse=True)
def usual(line: Line) -> None:
    line.smsc.options = carriers.Options()


def phone_of(name: str) -> str:
    """A phone of its own for each test."""
    return f"+3712{crc32(name.encode()) % 10_000_000:07d}"


def test_a_conversation_in_latvian_russian_and_english_is_read_as_it_was_written(
    line: Line,
) -> None:
    asked = "Vai ir kādi plānoti atslēgumi Brīvības ielā, Rīgā?"
    assert line.say(asked).startswith("Šādu vietu neatradām: Brīvības ielā, Rīgā.")
    assert re.search("[а-я]{4}", line.say("Добрый день, у меня нет света"))
    assert re.search("[Ww]hat|[Ww]hich|[Aa]ddress|send|write", line.say("English please"))
    answer = [part for part in line.smsc.parts if part.coding == carriers.UCS_2]
    assert answer
    assert all(len(part.octets) <= 140 for part in line.smsc.parts)


def test_what_is_no_text_is_kept_and_answered(line: Line) -> None:
    phone = phone_of("binary")
    line.smsc.send_binary(phone, b"\x06\x05\x04\x23\xf4BEGIN:VCARD\xff")
    until(lambda: line.smsc.texts(phone))
    (kept,) = line.database.all(
        "SELECT body FROM messages WHERE direction = 'in' AND peer = ?", (phone,)
    )
    assert kept["body"] == UNREADABLE


def test_every_letter_of_the_alphabet_arrives_in_both_codings(line: Line) -> None:
    letters = (BASIC + EXTENSION).replace("\r", "").replace("\n", "").replace("\f", "").strip()
    texts = [
        letters[:100], letters[100:], "Āboli čakli ēd ģīmi īsā ķēdē ļoti ņipri šūpo ūpi žēli",
        "Съешь ещё этих мягких французских булок, да выпей чаю №5", "💡 gaisma 🔌",
        "rinda 1\nrinda 2\n\nrinda 4",
    ]  # fmt: skip
    ids = [line.queue(text, f"+3712000010{n}") for n, text in enumerate(texts)]
    until(lambda: all(line.status(each) == "delivered" for each in ids), why=line.kannel.log)
    assert [line.smsc.texts(f"+3712000010{n}") for n in range(len(texts))] == [[t] for t in texts]


@pytest.mark.parametrize(
    "body",
    [
        "a" * 160, "a" * 161, "0123456789" * 45, "€{}" * 60, "ā" * 70, "ā" * 71,
        "Brīvības iela, " * 20, "x" * 152 + "€" + "y" * 200, "ж" * 66 + "💡" + "ж" * 80,
    ],
)  # fmt: skip
def test_a_long_text_is_split_and_joined_rightly(line: Line, body: str) -> None:
    phone = phone_of(body)
    message_id = line.queue(body.strip(), phone)
    until(lambda: line.status(message_id) == "delivered", why=line.kannel.log)
    until(lambda: line.smsc.texts(phone), why=line.kannel.log)  # a receipt may be of the first part
    assert line.smsc.texts(phone) == [body.strip()]
    parts = [part for part in line.smsc.parts if part.to == phone.lstrip("+")]
    assert [part.place[2] for part in parts] == list(range(1, len(parts) + 1))
    assert len(parts) == count_segments(body.strip())


def test_a_long_text_from_a_phone_is_one_text(line: Line) -> None:
    text = "Labdien, man mājās ir ļoti dīvaini: " + "gaisma raustās ik pa brīdim, " * 7 + "paldies"
    phone = "+37120000031"
    assert count_segments(text) > 3
    line.say(text, phone)
    rows = line.database.all(
        "SELECT body FROM messages WHERE peer = ? AND direction = 'in'", (phone,)
    )
    assert [row["body"] for row in rows] == [text]


@pytest.mark.parametrize(
    ("stats", "status"),
    [
        (("DELIVRD",), "delivered"),
        (("ACCEPTD", "DELIVRD"), "delivered"),
        (("DELIVRD", "DELIVRD"), "delivered"),
        (("UNDELIV",), "failed"),
        (("EXPIRED",), "failed"),
        (("REJECTD",), "failed"),
    ],
)
def test_receipts_of_the_carrier_decide(line: Line, stats: tuple[str, ...], status: str) -> None:
    line.smsc.options = carriers.Options(receipts=lambda part: stats, error="034")
    phone = phone_of(str(stats))
    message_id = line.queue("Pārbaude", phone)
    until(lambda: line.status(message_id) == status, why=line.kannel.log)
    if status == "failed":
        assert line.code(message_id) == f"{stats[0]}/034"
    time.sleep(0.3)
    assert line.status(message_id) == status
    assert len(line.smsc.texts(phone)) == 1


def test_a_message_that_the_carrier_refuses_has_failed_with_its_code(line: Line) -> None:
    line.smsc.options = carriers.Options(status=lambda part: 0x0B)
    message_id = line.queue("Pārbaude", "+37120000041")
    until(lambda: line.status(message_id) == "failed", why=line.kannel.log)
    assert line.code(message_id) == "0x0b"


def test_the_answer_of_the_bot_has_receipts_as_well(line: Line) -> None:
    phone = "+37120000051"
    line.say("paldies", phone)
    sql = "SELECT status FROM messages WHERE peer = ? AND direction = 'out'"
    until(lambda: [row["status"] for row in line.database.all(sql, (phone,))] == ["delivered"])


def test_an_alert_has_its_end_and_an_answer_goes_first(line: Line) -> None:
    phone = "+37120000061"
    message = NewMessage(
        "sms", "unplanned", "answer", phone, body="Te Inga.", segments=1,
        valid_until=now() + timedelta(hours=2),
    )  # fmt: skip
    line.database.transaction(lambda tx: enqueue(tx, [message], now()))
    until(lambda: line.smsc.texts(phone) == ["Te Inga."], why=line.kannel.log)
    (part,) = (part for part in line.smsc.parts if part.to == phone.lstrip("+"))
    assert part.validity
    assert part.priority == 1


def test_while_an_agent_owns_the_conversation_nothing_is_sent_but_stop_is_heard(
    line: Line,
) -> None:
    phone = "+37120000071"
    assert line.say("gribu runāt ar cilvēku", phone)
    line.database.run("UPDATE conversations SET owner = 'agent' WHERE phone = ?", (phone,))
    shown = len(line.smsc.texts(phone))
    line.smsc.send(phone, "vai kāds tur ir?")
    time.sleep(1.0)
    assert len(line.smsc.texts(phone)) == shown
    assert line.say("STOP", phone)
