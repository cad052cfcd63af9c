"""The worker: looks what is due, claims, sends, records, and clears up doubts, until stopped.

It is one asyncio loop; the database is used in threads. No transaction is open during a call.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from prometheus_client import Counter

from bot import failpoints
from bot.campaigns.brake import Brake
from bot.channels import open_channels, provider_names, rate_of
from bot.channels.base import CannotAsk, Channel, LookUp, NotFound, Outgoing
from bot.delivery.claims import Render, Way, render_nothing
from bot.delivery.doubts import Portion
from bot.delivery.health import Router
from bot.delivery.sending import Results, Sender, keep_all, utc_now
from bot.outbox import CHUNK, LOCK_SECONDS, Outbox, new_holder
from bot.privacy import describe_error
from bot.running.away import Away
from bot.service import Service
from storage import StorageError

log = logging.getLogger("gaisma.worker")

IDLE_SECONDS = 0.25
# Results wait so long for others to be stored with them.
GATHER_SECONDS = 0.02
EXPIRE_EVERY = 10.0
ASK_EVERY = 1.0  # after a restore
FAILURES = Counter("gaisma_worker_failures", "Steps of the worker that failed", ["step"])

OpenChannels = Callable[[Service], dict[str, Channel]]


@dataclass(frozen=True)
class Job:
    """Something to look after every so many seconds. `work` returns how much it did; while that
    is more than 0 it is called again at once."""

    name: str
    every_seconds: float
    work: Callable[[datetime], int]


class Worker:
    """Sends what waits in the outbox. `run` blocks; `stop` and `wake` may come from any thread."""

    def __init__(
        self, service: Service, *, jobs: Sequence[Job] = (), render: Render = render_nothing,
        channels: OpenChannels = open_channels,
    ) -> None:  # fmt: skip
        self._service = service
        self._jobs = jobs
        self._open_channels = channels
        names = provider_names(service)
        self._router = Router(names)
        self._brake = Brake()
        self._away = Away(log, "worker")
        self._portion = Portion()
        self._outbox = Outbox(
            database=service.database,
            policy=service.policy,
            holder=new_holder(),
            providers={channel: each[0] for channel, each in names.items()},
            render=render,
            router=self._router,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._held_until = 0.0
        self._results: Results
        self._senders: dict[str, Sender]  # by name of the provider
        self._due: asyncio.Event
        self._stopped: asyncio.Event

    def run(self) -> None:
        """Work until `stop` is called; then finish the calls in flight and record them."""
        asyncio.run(self._main())

    def stop(self) -> None:
        """Claim nothing more, and let `run` return when all is recorded."""
        self._stopping = True
        self._signal(lambda: self._stopped.set())
        self.wake()

    def wake(self) -> None:
        """Something may be due now: look at once instead of within a quarter of a second."""
        self._signal(lambda: self._due.set())

    def _signal(self, act: Callable[[], object]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(act)

    # -- the loop ----------------------------------------------------------------------------

    async def _main(self) -> None:
        self._due, self._stopped = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if self._stopping:
            return
        channels = self._open_channels(self._service)
        self._results = Results()
        self._senders = {each.name: self._make_sender(each) for each in channels.values()}
        deafen = self._service.database.listen(self.wake)
        try:
            await self._wait_for_lock()
            if not self._stopping:
                await self._work()
        finally:
            if deafen is not None:
                await asyncio.to_thread(deafen)
            for channel in channels.values():
                await channel.close()

    def _make_sender(self, channel: Channel) -> Sender:
        name = channel.name
        health = self._router.health[name]
        return Sender(
            channel, rate_of(self._service, name), self._outbox.call_seconds,
            results=self._results, health=health,
            # Asked twice a message: of no use where there is no other provider.
            gives_back=keep_all if health.alone
            else lambda: self._router.gives_back(name, self._now()),
            is_held=self._brake.holds,
        )  # fmt: skip

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _work(self) -> None:
        await self._guarded("resume", self._resume)
        steady = [
            asyncio.create_task(self._repeat(name, step, every))
            for name, step, every in (
                ("lock", self._keep_lock, LOCK_SECONDS / 4),
                ("brake", self._look_at_brake, IDLE_SECONDS),
                ("doubts", self._clear_doubts, IDLE_SECONDS),
                ("expire", self._expire, EXPIRE_EVERY),
                ("postpone", self._postpone, EXPIRE_EVERY),
                ("restored", self._ask_first, ASK_EVERY),
            )
        ]
        steady += [asyncio.create_task(self._run_job(job)) for job in self._jobs]
        sending = [asyncio.create_task(each.run()) for each in self._senders.values()]
        recording = asyncio.create_task(self._repeat("record", self._record, 0, forever=True))
        claiming = asyncio.create_task(self._repeat("claim", self._claim, 0))
        parts = [*steady, *sending, recording]
        # A part ends early only by what must end the process: it comes out here, and from run().
        await asyncio.wait([claiming, *parts], return_when=asyncio.FIRST_COMPLETED)
        await claiming
        await asyncio.gather(*(each.close() for each in self._senders.values()))
        await self._flush()
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        await self._guarded("unlock", self._unlock)

    async def _repeat(
        self, name: str, step: Callable[[], Awaitable[None]], every: float, *,
        forever: bool = False,
    ) -> None:  # fmt: skip
        """Do the step again and again, the pause after it; a failure makes the pause longer."""
        while forever or not self._stopping:
            failed = not await self._guarded(name, step)
            pause = max(every, 0.5) if failed else every
            if pause:
                await self._sleep(pause)

    async def _guarded(self, name: str, step: Callable[[], Awaitable[None]]) -> bool:
        """Whether the step went well. What failed is counted and logged; the worker goes on."""
        try:
            await step()
        except StorageError as error:
            FAILURES.labels(name).inc()
            # Words of our own, which say what is wrong and nothing of anybody.
            self._away.failed(name, f"{describe_error(error)} ({error})")
            return False
        except Exception as error:  # noqa: BLE001 - the edge of a loop that must go on
            FAILURES.labels(name).inc()
            log.error("worker, %s: %s", name, describe_error(error))
            return False
        if name == "lock":  # the one step that writes whenever it is done
            self._away.works()
        return True

    async def _sleep(self, seconds: float) -> None:
        """Sleep, but not past the moment at which we are stopped."""
        if self._stopping:
            await asyncio.sleep(min(seconds, 0.05))
            return
        await _wait(self._stopped, seconds)

    # -- steps -------------------------------------------------------------------------------

    async def _claim(self) -> None:
        ways = self._ways()
        room = sum(way.limit for way in ways)
        if room == 0:
            await asyncio.sleep(0.005)
            return
        batch: list[Outgoing] = []
        if self._now() < self._held_until:
            batch = await asyncio.to_thread(self._outbox.claim, utc_now(), room, ways)
        for name, sender in self._senders.items():
            mine = [message for message in batch if message.provider == name]
            if mine:
                sender.submit(mine)
        if not batch:
            await _wait(self._due, IDLE_SECONDS)
            self._due.clear()

    def _ways(self) -> list[Way]:
        """How many messages may be claimed for which provider now."""
        return [
            Way(channel, name, limit)
            for channel in self._router.providers
            for name, limit in self._router.split(channel, self._load, self._now())
            if limit > 0
        ]

    def _load(self, name: str) -> tuple[int, int]:
        sender = self._senders.get(name)
        return (sender.room(), sender.outstanding) if sender else (0, 0)

    async def _record(self) -> None:
        results = self._results
        await results.changed.wait()
        await asyncio.sleep(GATHER_SECONDS)
        while results.items:
            batch = results.items[:CHUNK]
            await asyncio.to_thread(self._outbox.record, batch, utc_now())
            del results.items[: len(batch)]
        # Last: what could not be stored is kept, and stored when the database can again.
        results.changed.clear()

    @property
    def _unrecorded(self) -> int:
        """Messages leased to us whose result nobody has stored."""
        return len(self._results.items) + sum(s.outstanding for s in self._senders.values())

    async def _flush(self) -> None:
        """Wait until every result is stored, but not for ever."""
        limit = self._now() + self._outbox.call_seconds
        while self._unrecorded and self._now() < limit:
            await asyncio.sleep(0.01)
        if self._unrecorded:
            log.critical(
                "%d results could not be stored; the provider will be asked about them",
                self._unrecorded,
            )

    async def _clear_doubts(self) -> None:
        began = self._now()
        taken = await asyncio.to_thread(self._outbox.take_doubts, utc_now(), self._portion.size)
        if not taken:
            return
        for asked in asyncio.as_completed(map(self._ask, taken)):
            await asyncio.to_thread(self._outbox.settle, *await asked, utc_now())
        self._portion.note(self._now() - began, self._outbox.ask_seconds)
        self._due.set()

    async def _ask(self, message: Outgoing) -> tuple[Outgoing, LookUp]:
        """The message, with the name of the provider that knows it, and what it answered."""
        if message.provider:
            return message, await self._look_up(message)
        # After a restore nobody knows which one was called: who knows of it is the one.
        last: tuple[Outgoing, LookUp] = message, CannotAsk()
        for name in self._router.providers.get(message.channel, ()):
            asked = replace(message, provider=name)
            last = asked, await self._look_up(asked)
            if not isinstance(last[1], NotFound):
                break
        return last

    async def _look_up(self, message: Outgoing) -> LookUp:
        sender = self._senders.get(message.provider)
        # Sent by the provider of earlier settings: those of now know nothing of it.
        if sender is None:
            return CannotAsk()
        failpoints.reach("look_up.before")
        answer = await sender.channel.look_up(message)
        failpoints.reach("look_up.after")
        return answer

    async def _look_at_brake(self) -> None:
        await asyncio.to_thread(self._brake.look, self._service.database)

    async def _expire(self) -> None:
        while await asyncio.to_thread(self._outbox.expire, utc_now()) == CHUNK:
            await asyncio.sleep(0)

    async def _postpone(self) -> None:
        while await asyncio.to_thread(self._outbox.postpone, utc_now()) == CHUNK:
            await asyncio.sleep(0)

    async def _ask_first(self) -> None:
        while await asyncio.to_thread(self._outbox.ask_first, utc_now()):
            await asyncio.sleep(0)

    async def _resume(self) -> None:
        await asyncio.to_thread(self._outbox.resume, utc_now())

    async def _run_job(self, job: Job) -> None:
        done = 0

        async def step() -> None:
            nonlocal done
            done = 0
            done = await asyncio.to_thread(self._do_alone, job)

        while not self._stopping:
            went_well = await self._guarded(job.name, step)
            if went_well and done:
                self._due.set()
                await asyncio.sleep(0)
            else:
                await self._sleep(job.every_seconds)

    def _do_alone(self, job: Job) -> int:
        """0 while another worker does this job."""
        work = partial(job.work, utc_now())
        return self._service.database.alone(f"job {job.name}", work) or 0

    # -- one worker on one file --------------------------------------------------------------

    @property
    def _alone(self) -> bool:
        return self._service.database.engine == "sqlite"

    async def _wait_for_lock(self) -> None:
        told = False
        while not self._stopping:
            asked = await self._guarded("lock", self._keep_lock)
            if self._held_until:
                return
            if asked and not told:
                log.warning("another worker works on this database; this one waits")
                told = True
            await self._sleep(1.0)

    async def _keep_lock(self) -> None:
        asked = self._now()
        if not self._alone:
            await self._share_pace()
        elif await asyncio.to_thread(self._outbox.hold_lock, utc_now()):
            self._held_until = asked + LOCK_SECONDS
        else:
            if self._held_until:
                log.warning("another worker has taken over this database; this one waits")
            self._held_until = 0.0

    async def _share_pace(self) -> None:
        """Count ourselves in, and keep our part of the pace. Who comes to others lets them hear
        of it before it sends: else all together would be too fast for a moment."""
        workers = await asyncio.to_thread(self._outbox.count_me, utc_now())
        for sender in self._senders.values():
            sender.share(workers)
        if not self._held_until and workers > 1:
            await self._sleep(LOCK_SECONDS / 4)
        self._held_until = float("inf")

    async def _unlock(self) -> None:
        await asyncio.to_thread(self._outbox.release_lock if self._alone else self._outbox.leave)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def main() -> None:
    """Run a worker on the settings of the environment until SIGTERM or SIGINT."""
    from bot.service import open_service
    from bot.settings import read_settings

    service = open_service(read_settings(), migrate=True)
    worker = Worker(service)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stop())
    worker.run()
    service.close()


if __name__ == "__main__":
    main()
