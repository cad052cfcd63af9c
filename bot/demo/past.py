"""The half year before today: works that were announced, and what customers wrote. Rows, no acts.

None of it is about the cast: their phones begin empty.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.demo.people import CAST_END
from bot.demo.talk import LOST, TALK, Said
from bot.policy import RIGA
from bot.reports.months import last_months
from intents.fold import fold
from storage import Database, Row, demo
from storage.database import stamp

MONTHS = 6
WORKS = 4  # a month
DAYS = 62  # of talk
CHUNK = 300  # rows a transaction
_CALLS = 3  # of each reason
Values = dict[str, Any]
# Shares of what becomes of an SMS: status and code.
_SMS = (("delivered", None, 94), ("sent", None, 2), ("failed", "30003", 2), ("failed", "30005", 2))
_MAIL = (("accepted", None, 97), ("failed", "550", 3))
_POST = (("accepted", None, 100),)
_WAYS: dict[str, tuple[Any, int, int]] = {"sms": (_SMS, 2, 10), "email": (_MAIL, 0, 0),
                                          "letter": (_POST, 0, 145)}  # fmt: skip
_REASON = "Transformatora apkope"
_BODY = "Planoti darbi, elektribas nebus."


@dataclass
class _Rows:
    """What is put, by table, in the order in which it may be."""

    tables: dict[str, list[Values]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **values: object) -> None:
        self.tables[table].append(values)

    def store(self, database: Database) -> None:
        for table, rows in self.tables.items():
            for start in range(0, len(rows), CHUNK):
                part = rows[start : start + CHUNK]
                database.transaction(
                    lambda tx, table=table, part=part: demo.put(tx, table, part),  # type: ignore[misc]
                    bulk=True,
                )


def remember(database: Database, now: datetime) -> None:
    """Put the half year before `now` into the database; twice changes nothing."""
    made = _Rows()
    homes = demo.homes(database, CAST_END)
    _Works(made, homes, now).make()
    _Talks(made, [row for row in homes if row["phone"]], now).make()
    made.store(database)


class _Works:
    """Works that are over, and some of these days, with who was told of them by which way."""

    def __init__(self, made: _Rows, homes: list[Row], now: datetime) -> None:
        self._made, self._now, self._rng = made, now, random.Random("past")
        self._number = 0
        self._streets: dict[str, list[Row]] = defaultdict(list)
        for row in homes:
            self._streets[row["transformer"]].append(row)

    def make(self) -> None:
        names = sorted(self._streets)
        self._rng.shuffle(names)
        places = iter(names * 3)
        for month in last_months(self._now.astimezone(RIGA).date(), MONTHS):
            for each in range(WORKS):
                starts = _at(month + timedelta(days=2 + each * 6), 9)
                if starts + timedelta(hours=9) < self._now:
                    self._work(starts, self._streets[next(places)], late=each == 3)
        self._coming()

    def _coming(self) -> None:
        """Works of the day after tomorrow, told in time: whom a person must ring up about them."""
        day = self._now.astimezone(RIGA).date() + timedelta(days=2)
        homes = max(
            self._streets.values(),
            key=lambda some: (any(home["life_support"] for home in some), len(some)),
        )
        starts = _at(day, 9)
        what, failed = self._work(starts, homes, late=False, state="scheduled")
        devices = [home for home in homes if home["life_support"]][:_CALLS]
        for reason, some in (("life_support", devices), ("not_reached", failed[:_CALLS])):
            for home in some:
                self._call(home, what, reason, starts)

    def _call(self, home: Row, what: tuple[str, str], reason: str, starts: datetime) -> None:
        self._number += 1
        at = self._now - timedelta(hours=20)
        self._made.add(
            "calls", id=demo.id_of(at, self._number), reason=reason, outage_id=what[0],
            customer_number=home["customer_number"], eic=home["eic"], campaign_id=what[1],
            before_at=stamp(starts), made_at=stamp(at),
        )  # fmt: skip

    def _work(
        self, starts: datetime, homes: list[Row], *, late: bool, state: str = "restored"
    ) -> tuple[tuple[str, str], list[Row]]:
        """Works and who was told; (outage, campaign), and the homes that were not reached."""
        self._number += 1
        told = starts - timedelta(days=3 if late else 9, hours=-1)
        name = f"DEMO-H{starts:%y%m%d}"
        outage = demo.id_of(told, self._number)
        campaign = demo.id_of(told, self._number + 1000)
        times = {"starts_at": stamp(starts), "ends_at": stamp(starts + timedelta(hours=6))}
        about = {"sequence": 1, "reason": _REASON, **times}
        add = self._made.add
        add("outages", id=outage, external_id=name, kind="planned", state=state, revision=1,
            updated_at=stamp(starts if state == "restored" else told), **about)  # fmt: skip
        add("outage_revisions", outage_id=outage, revision=1, state="scheduled", at=stamp(told),
            made_by="demo", **about)  # fmt: skip
        add("campaigns", id=campaign, kind="planned_notice", state="done",
            title=f"Planned works: 1 outage, {starts:%Y-%m-%d}", made_by="demo",
            made_at=stamp(told), approved_by="ilze", approved_at=stamp(told),
            late_reason="Bojāts transformators" if late else None, updated_at=stamp(told),
            works=1, first_at=stamp(starts), last_at=stamp(starts),
        )  # fmt: skip
        failed = []
        for place, home in enumerate(homes):
            add("outage_premises", outage_id=outage, eic=home["eic"])
            if not self._tell(home, (outage, campaign), told + timedelta(seconds=place)):
                failed.append(home)
        return (outage, campaign), failed

    def _tell(self, home: Row, what: tuple[str, str], at: datetime) -> bool:
        """Whether the message was not refused."""
        self._number += 1
        outage, campaign = what
        channel = "sms" if home["phone"] else "email" if home["email"] else "letter"
        if channel == "letter":
            at -= timedelta(days=7)
        choices, segments, cents = _WAYS[channel]
        (status, code), = self._rng.choices(
            [each[:2] for each in choices], [each[2] for each in choices]
        )  # fmt: skip
        notice, message = demo.id_of(at, self._number), demo.id_of(at, self._number + 100_000)
        done = at + timedelta(seconds=self._rng.choice((3, 4, 5, 6, 8, 12, 25, 70)))
        add = self._made.add
        add("notices", id=notice, campaign_id=campaign, outage_id=outage, revision=1,
            kind="planned_notice", customer_number=home["customer_number"], eic=home["eic"],
            state="queued", due_at=stamp(at), made_at=stamp(at))  # fmt: skip
        add("messages", id=message, direction="out", channel=channel, kind="planned_notice",
            lane="alert", provider={"sms": "sandbox", "email": "smtp"}.get(channel, ""),
            peer=home["phone"] or home["email"] or home["customer_number"],
            customer_number=home["customer_number"], campaign_id=campaign, topic_id=message,
            language=home["language"], body=_BODY if channel == "sms" else None,
            segments=segments, cost_cents=cents, status=status, attempts=1, followed=1,
            error_code=code, in_reply_to=None, made_at=stamp(at), sent_at=stamp(at),
            done_at=stamp(done) if status in ("delivered", "failed") else None, made_by="",
        )  # fmt: skip
        add("notice_messages", notice_id=notice, message_id=message)
        return bool(status != "failed")


class _Talks:
    """Texts of two months, the bot's answers, and agents who came when they were needed."""

    def __init__(self, made: _Rows, homes: list[Row], now: datetime) -> None:
        self._made, self._now, self._rng = made, now, random.Random("talk")
        self._homes, self._number = homes, 200_000
        self._known: dict[str, str] = {}

    def make(self) -> None:
        today = self._now.astimezone(RIGA).date()
        for back in range(DAYS, 0, -1):
            day = today - timedelta(days=back)
            storm = 4 if back in (12, 13, 40) else 1
            for _ in range(self._rng.randint(5, 11) * storm):
                self._talk(day)

    def _talk(self, day: date) -> None:
        rng = self._rng
        home = rng.choice(self._homes)
        hour = rng.choices(range(24), _HOURS)[0]
        at = _at(day, hour) + timedelta(minutes=rng.randint(0, 59), seconds=rng.randint(0, 59))
        language = str(home["language"])
        said = rng.choices(TALK[language], [each.weight for each in TALK[language]])[0]
        if rng.random() < 0.09:
            said = rng.choice(LOST[language])
        self._turn(home, said, at)

    def _turn(self, home: Row, said: Said, at: datetime) -> None:
        self._number += 1
        text, reply = demo.id_of(at, self._number), demo.id_of(at, self._number + 100_000)
        phone, language = str(home["phone"]), str(home["language"])
        conversation = self._conversation(phone, at)
        self._text("in", phone, text, at, said.text, said)
        self._text("out", phone, reply, at, said.answer, said, reply_to=text)
        events = '[{"event": "HandOff", "topic": "other", "urgent": false}]' if said.hands else ""
        self._made.add(
            "turns", message_id=text, conversation_id=conversation, reply_id=reply, at=stamp(at),
            language=language, intent=said.intent, score=said.score, sure=int(said.sure),
            because="", answers=said.key, events=events,
        )  # fmt: skip
        if not said.sure and self._rng.random() < _TAUGHT:
            self._made.add(
                "candidates", id=reply, message_id=text, language=language, intent=said.intent,
                text=said.text, skeleton=fold(said.text), source="agent", at=stamp(at),
            )  # fmt: skip
        if said.hands and self._rng.random() < 0.93:
            minutes = self._rng.choice((1, 2, 2, 3, 4, 5, 6, 8, 11, 15, 22, 40))
            self._number += 1
            later = at + timedelta(minutes=minutes, seconds=self._rng.randint(0, 59))
            word = demo.id_of(later, self._number)
            self._text("agent", phone, word, later, said.agent, said)
            self._made.add(
                "conversation_waits", id=word, conversation_id=conversation, agent="anna",
                urgent=int(said.intent == "danger"), since=stamp(at), answered_at=stamp(later),
            )  # fmt: skip

    def _conversation(self, phone: str, at: datetime) -> str:
        if phone not in self._known:
            self._number += 1
            self._known[phone] = demo.id_of(at, self._number)
            self._made.add("conversations", id=self._known[phone], phone=phone,
                           last_in_at=stamp(at), made_at=stamp(at))  # fmt: skip
        return self._known[phone]

    def _text(
        self, way: str, phone: str, id_: str, at: datetime, body: str, said: Said,
        reply_to: str | None = None,
    ) -> None:  # fmt: skip
        out = way != "in"
        kind = "agent" if way == "agent" else "answer" if out else "text"
        self._made.add(
            "messages", id=id_, direction="out" if out else "in", channel="sms", kind=kind,
            lane="answer" if out else "", provider="sandbox", peer=phone, customer_number="",
            campaign_id=None, topic_id="", language=said.language, body=body,
            segments=1 if out else 0, cost_cents=0, status="delivered" if out else "received",
            attempts=int(out), followed=0, error_code=None, in_reply_to=reply_to,
            made_at=stamp(at), sent_at=stamp(at) if out else None,
            done_at=stamp(at) if out else None, made_by="anna" if way == "agent" else "",
        )  # fmt: skip


_TAUGHT = 0.06  # of the texts that were not understood: somebody said what they meant
# How many texts come in which hour, beside each other.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 11, 10, 9, 9, 10, 11, 12, 14, 16, 15, 12, 9, 5, 2)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), RIGA)
