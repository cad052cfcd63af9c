"""A distributor's days on a simulated clock: texts, works, faults, a storm, debts, letters, agents.

The service's own parts do the work, each given the moment: `Turns.take`, the worker's jobs and its
outbox, the acts of people. Only the waiting between them is left out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.campaigns import rules
from bot.campaigns.rules import CampaignRefused
from bot.channels.base import Accepted
from bot.channels.provider import Inbound, Receipt
from bot.debts import rules as debt_rules
from bot.debts.refused import DebtRefused
from bot.delivery import receipts
from bot.delivery.posting import post_letters
from bot.desk import handoff
from bot.jobs import make_worker
from bot.network import outages as network
from bot.network.outages import Actor
from bot.outbox import Outbox
from bot.policy import RIGA, Policy
from bot.service import Service
from bot.settings import Settings
from bot.turn import Turns
from bot.words.bodies import write_bodies
from intents.phrases import Phrase, load_phrases
from intents.understanding import load_recogniser
from storage import Database, benchmark, conversations, debts
from storage.database import moment
from storage.outages import OutageChange

# Texts of a usual day by the hour, of 1,000; measured nowhere, but people sleep and eat.
RHYTHM = (6, 4, 3, 2, 3, 8, 22, 45, 62, 68, 66, 62, 58, 60, 58, 56, 60, 68, 76, 74, 60, 42, 24, 13)
STORM_HOURS = range(2, 9)  # in which lines fall
DARK = 0.26  # of all premises in a storm: 260,000 of a million
SETTINGS = Settings(sms_provider="twilio", webhook_networks=("127.0.0.0/8",))
BAD_NUMBERS, SILENT = 0.03, 0.02  # of messages: refused by the carrier, never heard of again


@dataclass
class Size:
    """How much happens. Of `people` each has one premises; a transformer carries a hundred."""

    people: int = 2000
    texts: int = 300  # of a usual day
    storm_texts: int = 2000
    step: timedelta = timedelta(minutes=10)
    works: int = 4
    faults: int = 3
    debts: int = 3


@dataclass
class Life:
    """One installation as it lives. `day` lives a day and counts what happened."""

    database: Database
    policy: Policy
    folder: Path
    size: Size
    now: datetime
    rng: random.Random = field(default_factory=lambda: random.Random(2026))
    # Luck of its own: the same happens to the network however many messages are sent.
    carrier: random.Random = field(default_factory=lambda: random.Random(2027))
    counts: Counter[str] = field(default_factory=Counter)
    dark: list[tuple[datetime, str]] = field(default_factory=list)  # (until, external id)
    hands: list[Callable[[datetime], object]] = field(default_factory=list)  # of other clocks
    besides: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the hour of each day

    def __post_init__(self) -> None:
        self.service = Service(SETTINGS, self.policy, self.database)
        self.turns = Turns(self.service, load_recogniser())
        self.turns.places.prepare()
        self.jobs = make_worker(self.service)._jobs
        self.outbox = Outbox(
            self.database, self.policy, "life", {"sms": "twilio"},
            lambda tx, ids: write_bodies(tx, ids, self.policy, now=self.now),
        )  # fmt: skip
        self.phrases: list[Phrase] = list(load_phrases())
        benchmark_people(self.database, self.size.people, self.now)
        found = self.database.all("SELECT value FROM contacts ORDER BY value")
        self.phones = [str(row["value"]) for row in found]
        self.transformers = self.size.people // 100
        self._number = 0

    # --- a day ------------------------------------------------------------------------------

    def day(self, *, storm: bool = False) -> None:
        """Live until the next local midnight, in steps of `size.step`."""
        today = self.now.astimezone(RIGA).date()
        ends = _riga(today + timedelta(days=1), time())
        plan = self._plan(today, storm=storm)
        while self.now < ends:
            until = min(self.now + self.size.step, ends)
            for at, act in [each for each in plan if each[0] < until]:
                self.go(max(self.now, at))
                act()
            plan = [each for each in plan if each[0] >= until]
            self.go(until)
            self.step()

    def go(self, to: datetime) -> None:
        self.now = to
        for each in self.hands:
            each(to)

    def _plan(self, today: date, *, storm: bool):  # type: ignore[no-untyped-def]
        many = self.size.storm_texts if storm else self.size.texts
        hours = self.rng.choices(range(24), RHYTHM, k=many)
        plan = [(_riga(today, self._clock(hour)), self.text) for hour in hours]
        acts = {9: self.plan_works, 10: self.change_works, 12: self.note_debts, 13: self.post}
        for hour, act in (*acts.items(), *self.besides.items()):
            plan.append((_riga(today, time(hour)), act))
        faults = int(self.transformers * DARK) if storm else self.size.faults
        for _ in range(faults):
            hour = self.rng.choice(STORM_HOURS) if storm else self.rng.randrange(24)
            plan.append((_riga(today, self._clock(hour)), self.fail_storm if storm else self.fail))
        return sorted(plan, key=lambda each: each[0])

    def _clock(self, hour: int) -> time:
        return time(hour, self.rng.randrange(60), self.rng.randrange(60))

    # --- the worker -------------------------------------------------------------------------

    def step(self) -> None:
        """All that the worker does by now, and what carriers and agents say to it."""
        self.repair()
        self.approve()
        for _ in range(3):
            for job in self.jobs:
                rounds = 0
                while job.work(self.now) and rounds < 1000:
                    rounds += 1
            self.outbox.expire(self.now)
            self.outbox.postpone(self.now)
            if not self.send():
                break
        self.answer()

    def send(self) -> int:
        sent = 0
        while batch := self.outbox.claim(self.now, 300):
            self.outbox.record([(each, Accepted(f"SM{each.id}")) for each in batch], self.now)
            for each in batch:
                self._receipt(each.id)
            sent += len(batch)
        self.counts["messages"] += sent
        return sent

    def _receipt(self, message_id: str) -> None:
        luck = self.carrier.random()
        if luck < SILENT:
            return
        status, code = (
            ("undelivered", "30005") if luck < SILENT + BAD_NUMBERS else ("delivered", "")
        )
        receipt = Receipt(message_id, "twilio", f"SM{message_id}", status, code)
        receipts.record(self.database, receipt, self.now)
        self.counts["receipts"] += 1

    # --- people -----------------------------------------------------------------------------

    def text(self) -> None:
        """A customer, or now and then a stranger, writes; the carrier tells of the answer."""
        self._number += 1
        phone = self.rng.choice(self.phones)
        if self.rng.random() < 0.2:
            phone = f"+37128{self.rng.randrange(10**6):06d}"
        words = self.rng.choice(self.phrases).text
        if self.rng.random() < 0.2:
            words = self.rng.choice(
                ("1", "jā", "nē", "да", "paldies", f"Garā iela {self._number % 300}-1")
            )
        answer = self.turns.take(Inbound("twilio", f"IN{self._number}", phone, words), self.now)
        self.counts["texts"] += 1
        if answer.reply_id:
            self._receipt(answer.reply_id)

    def answer(self) -> None:
        """Agents answer who waits, and give the conversation back."""
        for row in conversations.list_conversations(self.database, "waiting", 20):
            key = str(row["id"])
            try:
                handoff.say(
                    self.service, key, agent="anna", text="Labdien! Skaidrojam.", now=self.now
                )
            except handoff.CannotSay:
                self.counts["could not be answered"] += 1
            handoff.give_back(self.service, key, agent="anna", now=self.now)
            self.counts["answered by agents"] += 1

    # --- the network ------------------------------------------------------------------------

    def _actor(self, by: str = "dainis") -> Actor:
        return Actor(by, self.now, self.policy)

    def _change(self, kind: str, starts: datetime, ends: datetime | None) -> OutageChange:
        self._number += 1
        planned = kind == "planned"
        return OutageChange(
            f"{kind}-{self._number}", 1, kind, "scheduled" if planned else "active", starts, ends,
            "balsta nomaiņa" if planned else "vētra",
            transformer=f"TP-{self.rng.randrange(self.transformers)}",
        )  # fmt: skip

    def plan_works(self) -> None:
        for _ in range(self.size.works):
            day = self.now.astimezone(RIGA).date() + timedelta(days=self.rng.randrange(11, 14))
            starts = _riga(day, time(self.rng.randrange(8, 12)))
            self._add(self._change("planned", starts, starts + timedelta(hours=5)))

    def _add(self, change: OutageChange) -> bool:
        try:
            network.add(self.database, change, self._actor())
        except network.OutageRefused:
            self.counts["refused"] += 1
            return False
        self.counts["outages"] += 1
        return True

    def change_works(self) -> None:
        """Of the works to come one is moved, another called off."""
        found = self.database.all(
            "SELECT external_id, starts_at, ends_at FROM outages WHERE kind = 'planned'"
            " AND state = 'scheduled' AND starts_at > ? ORDER BY starts_at, external_id",
            [(self.now + timedelta(days=7)).isoformat()],
        )
        if len(found) < 4:
            return
        moved, off = self.rng.sample(found, 2)
        day = timedelta(days=1)
        network.move(
            self.database, str(moved["external_id"]), self._actor(),
            starts_at=datetime.fromisoformat(moved["starts_at"]) + day,
            ends_at=datetime.fromisoformat(moved["ends_at"]) + day,
        )  # fmt: skip
        network.cancel(self.database, [str(off["external_id"])], self._actor(), reason="sals")
        self.counts["moved"] += 1
        self.counts["cancelled"] += 1

    def fail(self, hours: float = 0) -> None:
        lasts = timedelta(hours=hours or self.rng.uniform(1, 5))
        change = self._change("unplanned", self.now, self.rng.choice((None, self.now + lasts)))
        if self._add(change):
            self.dark.append((self.now + lasts, change.external_id))

    def fail_storm(self) -> None:
        self.fail(self.rng.uniform(4, 40))

    def repair(self) -> None:
        over = [external_id for until, external_id in self.dark if until <= self.now]
        self.dark = [each for each in self.dark if each[0] > self.now]
        for external_id in over:
            network.restore(self.database, [external_id], self._actor())
            self.counts["restored"] += 1
        # Works whose day has come begin and end by themselves.

    # --- campaigns, debts, letters ----------------------------------------------------------

    def approve(self) -> None:
        for row in self.database.all("SELECT id FROM campaigns WHERE state = 'draft'"):
            try:
                rules.approve(
                    self.database, str(row["id"]), by="juris", now=self.now, policy=self.policy,
                    reason="steidzami",
                )  # fmt: skip
                self.counts["campaigns"] += 1
            except CampaignRefused:
                self.counts["drafts refused"] += 1

    def note_debts(self) -> None:
        """New debts come, some old ones are paid, and who is next is told."""
        today = self.now.astimezone(RIGA).date()
        rows = []
        for _ in range(self.size.debts):
            self._number += 1
            customer = f"C{self.rng.randrange(1, self.size.people):08d}"
            rows.append({
                "customer_number": customer, "reference": f"R-{self._number}", "sum_cents": 12345,
                "due_on": (today - timedelta(days=20)).isoformat(), "stage": "",
            })  # fmt: skip
        self.database.transaction(lambda tx: debts.load(tx, rows, self.now))
        for kind in ("debt_first", "debt_second"):
            try:
                debt_rules.make_notices(
                    self.database, kind, by="ilze", now=self.now, policy=self.policy
                )
                self.counts[kind] += 1
            except DebtRefused:
                continue

    def post(self) -> None:
        batch = post_letters(
            self.database, self.folder, by="ilze", now=self.now, policy=self.policy
        )
        if batch is not None:
            self.counts["letters"] += batch.letters
            batch.pdf.unlink()
            batch.manifest.unlink()


def benchmark_people(database: Database, many: int, now: datetime) -> None:
    """So many customers, two in three of them with a mobile phone."""
    database.transaction(lambda tx: benchmark.add_people(tx, 1, many, per_mille=660, now=now))


def _riga(day: date, clock: time) -> datetime:
    """A moment by the clock on the wall."""
    return datetime.combine(day, clock, RIGA).astimezone(UTC)


def unkept(database: Database, now: datetime) -> dict[str, int]:
    """Promises that were broken, by kind: all must be 0."""
    texts = "SELECT count(*) FROM messages WHERE direction = 'in'"
    asked = {
        "texts without a turn": f"{texts} AND id NOT IN (SELECT message_id FROM turns)",
        "waits for over a day": "SELECT count(*) FROM messages WHERE direction = 'out' AND status"
        " IN ('queued', 'sending', 'unknown') AND channel = 'sms' AND due_at < ?",
        "notices told twice on a channel": "SELECT count(*) FROM (SELECT n.notice_id, m.channel"
        " FROM notice_messages n JOIN messages m ON m.id = n.message_id"
        " WHERE m.status = 'delivered'"
        " GROUP BY n.notice_id, m.channel, m.peer HAVING count(*) > 1)",
    }  # fmt: skip
    ago = (now - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    found = {}
    for name, sql in asked.items():
        row = database.one(sql, [ago] if "?" in sql else [])
        found[name] = int(row[0])  # type: ignore[index]
    return found


def too_soon(database: Database) -> int:
    """Hourly words that somebody got twice within half an hour: a clock that was set back, or the
    night on which an hour comes twice, must not make any."""
    rows = database.all(
        """SELECT a.sent_at AS one, b.sent_at AS other FROM messages a JOIN messages b
           ON b.peer = a.peer AND b.topic_id = a.topic_id AND b.kind = a.kind AND b.id > a.id
           WHERE a.kind = 'no_news' AND a.topic_id <> '' AND a.peer NOT LIKE 'kept-%'
             AND a.channel = b.channel AND a.sent_at IS NOT NULL AND b.sent_at IS NOT NULL"""
    )
    soon = timedelta(minutes=29)
    return sum(abs(moment(row["one"]) - moment(row["other"])) < soon for row in rows)
