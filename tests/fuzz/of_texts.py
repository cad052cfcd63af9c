"""What people type: understood, answered, cut into segments, wrapped for the provider."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from unicodedata import normalize

from bot.channels.kannel import read_sender
from bot.channels.provider import Answer, Inbound
from bot.channels.twilio_provider import twiml
from bot.phones import phone_number
from bot.policy import read_policy
from bot.privacy import mask
from bot.service import Service
from bot.settings import Settings
from bot.turn import Turns
from intents.model import INTENTS
from intents.understanding import Recogniser, load_recogniser
from locales.alphabet import clean, gsm7, plain, to_policy
from locales.segments import count_segments, measure, split
from tests.fuzz.dice import Dice
from tests.fuzz.held import Held, hold
from tests.fuzz.site import Broken

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
WORLDS = (
    "stranger", "one_premises", "two_premises", "five_premises", "russian", "many_towns",
    "active_outage_known_time", "planned_in_7_days", "opted_out", "handed_off", "locked",
    "in_debt", "in_parts", "moratorium", "life_support",
)  # fmt: skip


class Understand:
    """A text by itself: one of the intents, and the same the second time."""

    def __init__(self, folder: Path) -> None:
        self._recogniser: Recogniser = load_recogniser()

    def __call__(self, data: bytes) -> None:
        text = clean(Dice(data).text(6))[:1600]
        heard = self._recogniser.understand(text)
        if heard.intent not in INTENTS or heard.language not in ("lv", "ru", "en"):
            raise Broken(f"{heard.intent} in {heard.language}")
        if not 0 <= heard.score <= 1.0001:
            raise Broken(f"the score is {heard.score}")

    def close(self) -> None:
        pass


class Talk:
    """Up to eight texts of one phone, minutes or days apart, in one of the worlds of the tests."""

    def __init__(self, folder: Path) -> None:
        recogniser = load_recogniser()
        self._worlds = []
        for name in WORLDS:
            (folder / name).mkdir(exist_ok=True)
            database = hold(folder / name, NOW, name)
            held = cast(Held, database)
            held.keep()
            service = Service(Settings(), read_policy(), database)
            self._worlds.append((held, Turns(service, recogniser)))

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        held, turns = dice.pick(self._worlds)
        now = NOW
        try:
            for number in range(1 + dice.below(8)):
                words = dice.pick(("1", "2", "jā", "nē", "да", "yes", "cancel", "stop", "aģents"))
                text = dice.pick((dice.text(), dice.text(2), words, dice.spoil(words)))
                answer = turns.take(Inbound("t", str(number), "+37120000001", text), now)
                check(answer.text)
                wait = dice.pick((1, 5, 40, 60 * 7, 60 * 24 * 9))
                now += timedelta(minutes=wait)
        finally:
            held.forget()

    def close(self) -> None:
        for held, _ in self._worlds:
            held.close()


def check(text: str) -> None:
    """An answer can be sent: no placeholder was left, and it is of a decent length."""
    if clean(text) != text or "None" in text:
        raise Broken(f"answered {text!r}")
    if text and count_segments(text) > 8:
        raise Broken(f"{count_segments(text)} segments: {text!r}")


class Words:
    """Segments, alphabets and TwiML of any text, each by what must hold of it."""

    def __init__(self, folder: Path) -> None:
        pass

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        text = dice.text(8)
        once = clean(text)
        if clean(once) != once or once.encode("utf-8").decode() != once:
            raise Broken(f"cleaned twice it is another: {text!r}")
        self._segments(once)
        language = dice.pick(("", "lv", "ru", "en"))
        for mode in ("plain", "full"):
            told = to_policy(once, mode, language)
            # Where a picture between two marks was dropped, they may come in the other order.
            again = normalize("NFC", to_policy(told, mode, language))
            if again != normalize("NFC", told) or count_segments(told) > len(told) + 1:
                raise Broken(f"{mode}: {once!r}")
        if normalize("NFC", plain(plain(once))) != normalize("NFC", plain(once)):
            raise Broken(f"plain twice is another: {once!r}")
        written = twiml(Answer("r<&\"'1", text), 'https://sms.example.lv/<&">')
        if once and "".join(ElementTree.fromstring(written).itertext()) != once:
            raise Broken(f"the TwiML says something else: {text!r}")

    @staticmethod
    def _segments(text: str) -> None:
        parts = split(text)
        found = measure(text)
        if "".join(parts) != text or count_segments(text) != len(parts):
            raise Broken(f"{count_segments(text)} segments, split in {len(parts)}: {text!r}")
        if found.segments != count_segments(text):
            raise Broken(f"measured {found}, counted {count_segments(text)}: {text!r}")
        signs = sum(2 if each in "^{}\\[~]|€\f" else 1 for each in text)
        units = signs if gsm7(text) else len(text.encode("utf-16-be")) // 2
        room, each_room = (160, 153) if gsm7(text) else (70, 67)
        least = 1 if units <= room else -(-units // each_room)
        if text and not least <= count_segments(text) <= least + 1 + units // each_room // 30:
            raise Broken(f"{count_segments(text)} segments instead of {least}: {text!r}")

    def close(self) -> None:
        pass


class Numbers:
    """Phone numbers as anybody writes them: one in E.164 that stays as it is, or none."""

    def __init__(self, folder: Path) -> None:
        pass

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        signs = "+0123456789 -()/.;,extоl٣\u00a0\u200f#*"
        text = dice.pick((
            "".join(dice.pick(signs) for _ in dice.times(24)),
            dice.spoil(dice.pick(("+371 29 123 456", "tel:29123456;ext=7", "0037129123456",
                                  "+1 (212) 555-0100", "8 029 12 34 56", "371-29123456"))),
            dice.word(),
        ))  # fmt: skip
        found = phone_number(text)
        if found is not None and phone_number(found) != found:
            raise Broken(f"{text!r} is {found!r}, which is another")
        read = read_sender(text)
        if found is not None and text.replace(" ", "").isdigit() and not read.startswith("+"):
            raise Broken(f"{text!r} is read as {read!r}")
        if len(text) > 9 and text.isdigit() and text in mask(text):
            raise Broken("a number is not masked")

    def close(self) -> None:
        pass
