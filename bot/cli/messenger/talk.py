"""One phone's side of the talk: texts that go in, and what has arrived since. No terminal here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.demo import phones
from bot.outbox import LOCK
from bot.service import Service
from bot.turn import Answer, Inbound, Turns
from locales.catalogue import say
from storage import demo, locks

FIRST_LANGUAGE = "en"
# A status that may still become "delivered" is waited for so long before the text is shown.
SETTLE_SECONDS = 2.0
OPEN = ("accepted", "sent")


@dataclass(frozen=True)
class Text:
    """One text as the phone shows it. `sender`: me, answer, agent or alert."""

    id: str
    sender: str
    body: str
    status: str
    code: str
    at: datetime

    @property
    def ticks(self) -> str:
        """One tick for handed over, two for delivered, a cross with the reason for failed."""
        if self.sender == "me" or self.status == "delivered":
            return "✓✓"
        return f"✗ {self.code}".rstrip() if self.status == "failed" else "✓"


class Talk:
    """The phone that is held, what was shown of it, and the language of the words around."""

    def __init__(self, made: Service, turns: Turns, phone: str) -> None:
        self._made, self._turns = made, turns
        self._language = ""
        self.hold(phone)

    def hold(self, phone: str) -> None:
        """Take this phone in the hand: all its texts are new."""
        self.phone = phone
        self._shown: dict[str, str] = {}
        self._first_seen: dict[str, datetime] = {}

    @property
    def language(self) -> str:
        """What `/lang` chose, else that of the phone's owner."""
        return self._language or self.owner_language

    @language.setter
    def language(self, chosen: str) -> None:
        self._language = chosen

    @property
    def owner_language(self) -> str:
        owner = self.card().owner
        return owner.language if owner else FIRST_LANGUAGE

    def card(self) -> phones.Card:
        return phones.read_card(self._made.database, self.phone, FIRST_LANGUAGE, datetime.now(UTC))

    def hints(self) -> list[str]:
        return phones.hints(self.card(), self.language)

    def say(self, key: str, **values: Any) -> str:
        """Words of the messenger in the language of the moment."""
        return say(self.language, key, **values)

    def cast(self) -> list[phones.Phone]:
        """Phones to begin with, where this is the demo's database."""
        return phones.list_phones(self._made.database, "", datetime.now(UTC)).cast

    def is_empty(self) -> bool:
        """Whether nobody in the database has a phone."""
        return not demo.phone_rows(self._made.database, limit=1)

    def has_worker(self) -> bool:
        """Whether a program sends what waits, as far as its lock tells."""
        return bool(locks.lock_holder(self._made.database, LOCK))

    @property
    def short_number(self) -> str:
        return self._made.settings.short_number

    @property
    def brand(self) -> str:
        return self._made.policy.contact_brand

    def send(self, words: str) -> Answer:
        """Text the service, by the path of a real text. The answer has arrived with it.

        Raises DatabaseBusy when nothing was stored.
        """
        now = datetime.now(UTC)
        answer = self._turns.take(
            Inbound(phones.PROVIDER, uuid.uuid4().hex, self.phone, words), now
        )
        if answer.reply_id and not answer.repeated:
            phones.arrive(self._made.database, self.phone, answer.reply_id, now, in_hand=True)
        return answer

    def news(self) -> tuple[list[Text], list[Text]]:
        """Texts that were not shown yet, and those shown whose status has changed since."""
        now = datetime.now(UTC)
        fresh, changed = [], []
        for text in self.texts():
            before = self._shown.get(text.id)
            if before is None and self._is_ready(text, now):
                fresh.append(text)
            elif before not in (None, text.ticks):
                changed.append(text)
            else:
                continue
            self._shown[text.id] = text.ticks
        return fresh, changed

    def texts(self) -> list[Text]:
        """The latest texts on this phone, oldest first."""
        now = datetime.now(UTC)
        told: Any = phones.texts(self._made.database, self.phone, FIRST_LANGUAGE, now)["texts"]
        return [_text(row) for row in told]

    def _is_ready(self, text: Text, now: datetime) -> bool:
        if text.status not in OPEN or text.sender == "me":
            return True
        seen = self._first_seen.setdefault(text.id, now)
        old = (now - text.at).total_seconds() > SETTLE_SECONDS
        return old or (now - seen).total_seconds() >= SETTLE_SECONDS


def _text(row: dict[str, Any]) -> Text:
    return Text(
        id=row["id"],
        sender="me" if row["mine"] else row["from"],
        body=row["text"],
        status=row["status"],
        code=row["code"],
        at=datetime.fromisoformat(row["at"]),
    )
