"""What the worker looks after besides sending: due notices, and doubts about what was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot import alerts
from bot.campaigns import canary, fanout
from bot.channels import provider_names
from bot.conversation import candidates
from bot.debts import moratorium
from bot.delivery import calling
from bot.delivery.escalation import escalate
from bot.delivery.webhooks import deliverer_of
from bot.desk import finding, handoff
from bot.network import promises
from bot.running import audited, retention
from bot.service import Service
from bot.words.bodies import write_bodies
from bot.worker import Job, Worker
from storage import Tx, api_answers

FAN_OUT_SECONDS = 0.5
CATCH_UP_SECONDS = 2.0
WATCH_SECONDS = 1.0
ESCALATE_SECONDS = 5.0
PROMISES_SECONDS = 10.0
LONG_SECONDS = 60.0
MORATORIUM_SECONDS = 60.0
CALLS_SECONDS = 10.0
SEARCH_SECONDS = 5.0
SILENT_SECONDS = 60.0
PURGE_SECONDS = 3600.0
WEBHOOK_SECONDS = 1.0
ANSWERS_KEPT = timedelta(days=1)  # of requests with an idempotency key


def make_worker(service: Service) -> Worker:
    """The worker of this installation, with everything it looks after."""
    database, policy = service.database, service.policy
    email = "email" in provider_names(service)
    short_number = service.settings.short_number

    def fan_out(now: datetime) -> int:
        fanout.fan_out(database, now, policy=policy, email=email)
        return 0  # it has done all that was due

    def catch_up(now: datetime) -> int:
        return database.transaction(lambda tx: alerts.catch_up(tx, now, policy), bulk=True)

    def keep_promises(now: datetime) -> int:
        if not promises.anything_due(database, now, policy):
            return 0
        return database.transaction(lambda tx: promises.keep_promises(tx, now, policy), bulk=True)

    def long_outages(now: datetime) -> int:
        if promises.any_long(database, now, policy):
            database.transaction(lambda tx: promises.tell_long_outages(tx, now, policy), bulk=True)
        return 0  # what waits for approval must not be asked for again at once

    def watch(now: datetime) -> int:
        return canary.watch(database, now, policy)

    def render(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
        now = datetime.now(UTC)
        return write_bodies(tx, ids, policy, now=now, short_number=short_number)

    def ring_up(now: datetime) -> int:
        return calling.ring_up(database, now)

    def end_moratorium(now: datetime) -> int:
        return moratorium.end_when_due(database, now)

    def follow(now: datetime) -> int:
        return escalate(database, now, policy, email=email)

    def index(now: datetime) -> int:
        finding.catch_up(database, now)
        return 0  # the next texts can wait for the next time

    def end_silent(now: datetime) -> int:
        return handoff.end_silent(service, now)

    deliverer = deliverer_of(service)

    def purge(now: datetime) -> int:
        deliverer.purge(now)
        return _let_go(service, now)

    return Worker(
        service,
        jobs=(
            Job("fan_out", FAN_OUT_SECONDS, fan_out),
            Job("catch_up", CATCH_UP_SECONDS, catch_up),
            Job("watch", WATCH_SECONDS, watch),
            Job("escalate", ESCALATE_SECONDS, follow),
            Job("promises", PROMISES_SECONDS, keep_promises),
            Job("long_outages", LONG_SECONDS, long_outages),
            Job("moratorium", MORATORIUM_SECONDS, end_moratorium),
            Job("search", SEARCH_SECONDS, index),
            Job("silent", SILENT_SECONDS, end_silent),
            Job("webhooks", WEBHOOK_SECONDS, deliverer.work),
            Job("purge", PURGE_SECONDS, purge),
            *([Job("ring_up", CALLS_SECONDS, ring_up)] if service.settings.has_voice else []),
        ),
        render=render,
    )


def _let_go(service: Service, now: datetime) -> int:
    """What is too old goes; and the end of the audit log is told."""
    database, policy = service.database, service.policy
    candidates.purge_old(database, now, policy)
    database.transaction(lambda tx: api_answers.purge(tx, now - ANSWERS_KEPT), bulk=True)
    retention.run(database, policy, now)
    if service.settings.secret_keys:
        # By a key of this process only (a trial, the demo) nobody could ever check the line.
        audited.tell_daily(database, now, service.settings.secret_keys[0])
    return 0
