"""The figures at `/metrics`: what was counted, and how the installation is at this moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.conversation.guessing import guessed
from bot.conversation.strangers import share_of_day
from bot.running import counted
from bot.service import Service
from bot.spool.files import Spool, folder_of
from storage import StorageError, vitals
from storage.database import moment

# Whoever asks more often gets the same again: the figures are no load of their own.
KEPT_SECONDS = 5.0
WORKER_LEASE = timedelta(seconds=10)  # as bot.outbox has it; loading that takes too long here
STATES = ("draft", "approved", "canary", "sending", "paused", "stopped", "done", "expired")
BACKED_UP = "backed_up_at"  # the switch that says when a backup was last made


class Figures:
    """All figures of one service, as Prometheus reads them."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, service: Service) -> None:
        self._own = CollectorRegistry()
        self._own.register(_Vitals(service))
        self._lock = threading.Lock()
        self._kept = b""
        self._until = 0.0

    def read(self) -> bytes:
        """What was counted, and the state of at most five seconds ago."""
        from bot.web import sms

        sms.count_measured()
        counted.sum_up()
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = generate_latest(self._own)
                self._until = time.monotonic() + KEPT_SECONDS
            return generate_latest(REGISTRY) + self._kept


class _Vitals(Collector):
    """The state of the database, read by its readers: it never keeps the writer waiting."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> list[Metric]:
        return []  # else registering would read everything

    def collect(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        yield from self._spool()
        try:
            found = [*self._read(now)]
        except StorageError:
            yield _one("gaisma_database_up", "Whether the database can be read", 0)
            return
        yield _one("gaisma_database_up", "Whether the database can be read", 1)
        yield from found

    def _read(self, now: datetime) -> Iterator[Metric]:
        database = self._service.database
        yield from _queues(vitals.queues(database, now), now)
        yield _one("gaisma_in_doubt_messages", "Of which nobody knows whether they went",
                   vitals.doubts(database))  # fmt: skip
        yield from _talks(*vitals.talks(database), now)
        yield _campaigns(vitals.campaigns(database))
        many, since = vitals.webhooks(database)
        yield _one("gaisma_webhook_deliveries_waiting", "Events on their way to others", many)
        yield _one("gaisma_webhook_oldest_seconds", "How long the first of them is due",
                   _age(since, now))  # fmt: skip
        yield _one("gaisma_stranger_answers_share", "Of the answers of a day to unknown numbers",
                   share_of_day(database, self._service.policy, now))  # fmt: skip
        tried = guessed(database, self._service.policy, now)
        yield _one("gaisma_registration_tries_share", "Of the wrong second facts let pass",
                   tried.share)  # fmt: skip
        yield _one("gaisma_registration_numbers_hunted", "Tried up to their ceiling in 24 hours",
                   tried.numbers)  # fmt: skip
        yield from _switches(vitals.switches(database), now)
        yield from self._worker(now)
        main, log = vitals.sizes(self._service.settings.database_url)
        yield _one("gaisma_database_bytes", "The file of the database", main)
        yield _one("gaisma_database_log_bytes", "Its log, not copied into it yet", log)

    def _spool(self) -> Iterator[Metric]:
        spool = Spool(folder_of(self._service.settings))
        yield _one("gaisma_spool_files", "Texts and receipts that wait in files of this machine",
                   len(spool.names()))  # fmt: skip
        yield _one("gaisma_spool_aside_files", "Of which could not be taken: for a person",
                   spool.aside())  # fmt: skip

    def _worker(self, now: datetime) -> Iterator[Metric]:
        _, seen = vitals.worker_seen(self._service.database, WORKER_LEASE)
        fresh = seen is not None and now - seen < WORKER_LEASE
        yield _one("gaisma_worker_up", "Whether a worker sends what waits", int(fresh))
        if seen is not None:
            yield _one("gaisma_worker_heartbeat_age_seconds", "Since it last said so",
                       _age(seen, now))  # fmt: skip


def _queues(queues: list[vitals.Queue], now: datetime) -> Iterator[Metric]:
    labels = ("channel", "lane")
    waiting = GaugeMetricFamily(
        "gaisma_queue_messages", "Due and free to go, at most 100000 counted", labels=labels
    )
    oldest = GaugeMetricFamily(
        "gaisma_queue_oldest_seconds", "How long the first of them is due", labels=labels
    )
    for queue in queues:
        waiting.add_metric((queue.channel, queue.lane), queue.waiting)
        oldest.add_metric((queue.channel, queue.lane), _age(queue.since, now))
    yield waiting
    yield oldest


def _talks(urgent: int, usual: int, since: datetime | None, now: datetime) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "gaisma_conversations_waiting", "Customers who wait for a person", labels=("urgent",)
    )
    waiting.add_metric(("yes",), urgent)
    waiting.add_metric(("no",), usual)
    yield waiting
    yield _one("gaisma_conversations_oldest_wait_seconds", "How long the first of them waits",
               _age(since, now))  # fmt: skip


def _campaigns(counts: dict[str, int]) -> Metric:
    found = GaugeMetricFamily("gaisma_campaigns", "Campaigns by state", labels=("state",))
    for state in STATES:
        found.add_metric((state,), counts.get(state, 0))
    return found


def _switches(values: dict[str, str], now: datetime) -> Iterator[Metric]:
    yield _one("gaisma_sending_stopped", "Whether a person has stopped all alerts",
               int(bool(values.get("sending_stopped"))))  # fmt: skip
    paused = GaugeMetricFamily(
        "gaisma_sending_paused", "Whether a provider refuses our settings", labels=("channel",)
    )
    for channel in vitals.CHANNELS:
        name = "sending_paused" if channel == "sms" else f"sending_paused_{channel}"
        paused.add_metric((channel,), int(bool(values.get(name))))
    yield paused
    yield _one("gaisma_restore_hold", "Whether a restore is being looked after",
               int(bool(values.get("restored_at"))))  # fmt: skip
    if made := values.get(BACKED_UP):
        yield _one("gaisma_backup_age_seconds", "Since the last backup by gaisma backup",
                   _age(moment(made), now))  # fmt: skip


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
