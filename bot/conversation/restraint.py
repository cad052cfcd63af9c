"""How much a phone is answered: not what floods us, loops with us, or is sent to make us pay.

What a text causes is done all the same, and a danger is always answered; only the answer is left
out. It costs a turn about two microseconds: the count is in the row of the conversation, which
every turn reads and writes anyway.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.conversation.strangers import Strangers
from bot.policy import Policy
from bot.settings import Settings
from intents import model
from storage import Database

HOUR = 3600
FLOOD, LOOP, NOBODY = "flood", "loop", "no_phone"  # beside those of `strangers`
# STOP and START are obeyed each time; answered less often, as two machines may send them in turn.
RESERVED_WEIGHT = 5
SENTENCE = 15  # characters; less may be a choice
LOOKED_AT_FROM = 2  # answers in the hour: before that, nothing is a loop yet
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)  # not frozen: those cost four times as much to make
class Weighed:
    """What becomes of an answer: `why` is '' when it goes out; `last` has one word go instead.
    `pace` is kept with the conversation."""

    pace: str
    why: str = ""
    last: bool = False
    stranger: bool = False

    @property
    def events(self) -> list[dict[str, Any]]:
        """For the record of the turn."""
        return [{"event": "Withheld", "why": self.why}] if self.why else []


@dataclass(slots=True)
class Said:
    """One text and the answer that is ready for it."""

    phone: str
    text: str
    answer: str
    urgent: bool
    reserved: bool
    known: bool  # the phone is some customer's


class Restraint:
    """One of them serves all threads of a process."""

    def __init__(self, database: Database, policy: Policy, settings: Settings) -> None:
        self.strangers = Strangers(database, policy)
        self._most, self._same = policy.answers_per_hour, policy.answers_same_text
        self._own = {settings.short_number, settings.fallback_short_number, settings.voice_number}

    def weigh(self, said: Said, pace: str, now: datetime) -> Weighed:
        """Whether the answer goes out, by what the conversation's row said of earlier ones."""
        if not said.phone.startswith("+") or said.phone in self._own:
            return Weighed(pace, NOBODY)  # a sender's name, a short number: a machine, or ourselves
        moment = int(now.timestamp())
        since, many, same, before = _read(pace)
        if not 0 <= moment - since < HOUR:
            since, many, same, before = moment, 0, 0, 0
        digest = _digest(said) if many >= LOOKED_AT_FROM else 0
        same = same + 1 if digest and digest == before else 1
        many += RESERVED_WEIGHT if said.reserved else 1
        why, last = self._why(said, many, same)
        if why and not last:
            many -= 1  # silence is not counted: it would go on for as long as texts come
        kept = f"{since} {many} {same} {digest}"
        if why or said.known:
            return Weighed(kept, why, last)
        refused = "" if said.urgent or said.reserved else self.strangers.refusal(said.phone)
        return Weighed(kept, refused, stranger=not refused)

    def _why(self, said: Said, many: int, same: int) -> tuple[str, bool]:
        """(why it is too much, whether that is only just so)."""
        most = self._most * (2 if said.urgent else 1)
        if self._most and many > most:
            step = RESERVED_WEIGHT if said.reserved else 1
            return FLOOD, not said.urgent and many - step <= most
        if self._same and same > self._same and not said.urgent:
            return LOOP, same == self._same + 1
        return "", False


def is_urgent(heard: model.Understanding, events: Iterable[model.Event]) -> bool:
    """Whether a life may hang on the answer."""
    return bool(heard.danger) or any(
        isinstance(event, model.HandOff) and event.urgent for event in events
    )


def _digest(said: Said) -> int:
    """Alike for texts that differ in a number only, as a ticket's; short ones, such as choices,
    are the same when the answer is."""
    words = _DIGITS.sub("", said.text)
    same = words if len(words) >= SENTENCE else f"{said.text}\0{said.answer}"
    return zlib.crc32(same.encode())


def _read(pace: str) -> tuple[int, int, int, int]:
    if not pace:
        return 0, 0, 0, 0
    since, many, same, digest = pace.split(" ")
    return int(since), int(many), int(same), int(digest)
