"""Calls to the providers: at the rate we may, many at a time, each with exactly one result."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter

from bot import failpoints
from bot.channels.base import Accepted, Cause, Channel, NotSent, Outgoing, Result, Unknown
from bot.delivery.health import Health
from bot.privacy import describe_error
from bot.running.logs import MESSAGE

log = logging.getLogger("gaisma.sending")

WINDOW = 150  # calls in flight, at each provider
LOOK_UP_SECONDS = 0.25  # while waiting for a turn: whether it is still ours to take
SENT = Counter("gaisma_sends", "Calls to providers by result", ["channel", "provider", "result"])


def utc_now() -> datetime:
    return datetime.now(UTC)


class Pace:
    """A token bucket: `rate` segments a second, at most a twentieth of a second's worth at once."""

    def __init__(self, rate: float) -> None:
        self._whole = self._rate = rate
        self._burst = 0.05
        self._next = 0.0  # when the next segment may go, on the loop's clock
        self._refusals = 0

    def wait_for(self, segments: int, now: float) -> float:
        """Take so many segments; the seconds to wait before they may go."""
        start = max(self._next, now - self._burst)
        self._next = start + segments / self._rate
        return max(0.0, start - now)

    def share(self, workers: int) -> None:
        """So many workers keep the one rate together."""
        self._rate = self._whole / max(1, workers)

    def hold(self, now: float, seconds: float | None) -> None:
        """The provider is busy: nothing for `seconds`, or for longer each time in a row."""
        self._refusals = min(self._refusals + 1, 7)
        backoff = 0.25 * 2**self._refusals * random.uniform(0.5, 1.0)  # noqa: S311
        self._next = max(self._next, now + (seconds or backoff))

    def relax(self) -> None:
        self._refusals = 0


class Results:
    """What came of calls and waits to be stored, from all senders: (message, result) pairs.

    `changed` is set whenever one comes in.
    """

    def __init__(self) -> None:
        self.items: list[tuple[Outgoing, Result]] = []
        self.changed = asyncio.Event()

    def add(self, message: Outgoing, result: Result) -> None:
        self.items.append((message, result))
        self.changed.set()


def keep_all() -> bool:
    """For a provider to which there is no other."""
    return False


def hold_none(message: Outgoing) -> bool:
    """For a sender whose messages nobody stops."""
    return False


class Sender:
    """Takes messages leased for one provider, calls it, and collects what comes of it.

    `gives_back`: whether what waits should go to another provider instead; `is_held`: whether a
    person has stopped this message since it was claimed. `paused`: the provider
    refuses our settings, and messages are given back uncalled.
    """

    def __init__(
        self, channel: Channel, rate: float, call_seconds: float, *, results: Results,
        health: Health | None = None, gives_back: Callable[[], bool] = keep_all,
        is_held: Callable[[Outgoing], bool] = hold_none,
        window: int = WINDOW, clock: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self.channel = channel
        self.results = results
        self.paused = False
        self._health = health or Health(channel.name, alone=True)
        self._gives_back = gives_back
        self._is_held = is_held
        self._pace = Pace(rate)
        # Half a second's worth: what waits here holds a lease, and an answer waits behind it.
        self._ahead = max(1, min(300, int(rate / 2)))
        self._call_seconds = call_seconds
        self._slots = asyncio.Semaphore(window)
        self._clock = clock
        self._waiting: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._held = 0  # taken from the queue, not called yet
        self._calls: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def share(self, workers: int) -> None:
        """The provider's rate is for so many workers in all."""
        self._pace.share(workers)

    def room(self) -> int:
        """How many messages it takes now; 0 until a fair part is free, so that claims are few."""
        free = self._ahead - self._waiting.qsize() - self._held
        return free if free * 4 >= self._ahead and not self._closing.is_set() else 0

    @property
    def outstanding(self) -> int:
        """Messages leased to us whose call has not ended."""
        return self._waiting.qsize() + self._held + len(self._calls)

    def submit(self, messages: Sequence[Outgoing]) -> None:
        self.paused = False
        for message in messages:
            self._waiting.put_nowait(message)

    async def run(self) -> None:
        """Start the calls, in order and paced, until cancelled."""
        while True:
            message = await self._waiting.get()
            self._held = 1
            # Those that are late already must not take the turns of those behind them.
            if self._why_not(message) is None:
                await self._wait_for_turn(message)
            await self._slots.acquire()
            self._held = 0
            call = asyncio.create_task(self._call(message), name=f"message {message.id}")
            self._calls.add(call)
            call.add_done_callback(self._ended)

    async def close(self) -> None:
        """Give back what waits, and see the calls in flight to their end."""
        self._closing.set()
        limit = asyncio.get_running_loop().time() + self._call_seconds
        while self.outstanding and asyncio.get_running_loop().time() < limit:
            await asyncio.sleep(0.01)
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _wait_for_turn(self, message: Outgoing) -> None:
        loop = asyncio.get_running_loop()
        segments = max(1, message.segments) if message.channel == "sms" else 1
        turn = loop.time() + self._pace.wait_for(segments, loop.time())
        while (wait := turn - loop.time()) > 0 and self._why_not(message) is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), min(wait, LOOK_UP_SECONDS))

    async def _call(self, message: Outgoing) -> None:
        MESSAGE.set(message.id)  # of this task alone
        result: Result = Unknown("The call was given up.")
        called = False
        try:
            refusal = self._why_not(message)
            called = refusal is None
            result = refusal or await self._result(message)
        finally:
            self._slots.release()
            self._note(message, result, called=called)

    async def _result(self, message: Outgoing) -> Result:
        self._health.begin(message.id, asyncio.get_running_loop().time())
        failpoints.reach("call.before")
        try:
            async with asyncio.timeout(self._call_seconds):
                result = await self.channel.send(message)
        except TimeoutError:
            result = Unknown("The provider did not answer in time.")
        failpoints.reach("call.after")
        return result

    def _ended(self, call: asyncio.Task[None]) -> None:
        """An error of ours in one call stops no other; its message is in doubt by then."""
        self._calls.discard(call)
        if not call.cancelled() and (error := call.exception()):
            log.error("%s: %s", call.get_name(), describe_error(error))

    def _why_not(self, message: Outgoing) -> NotSent | None:
        """Why a message must not be called now; None when it may.

        A lease that could end during the call is no lease: another might send it again.
        """
        now = self._clock()
        if message.valid_until is not None and message.valid_until <= now:
            return NotSent(Cause.EXPIRED, "Of no use any more.")
        late = now + timedelta(seconds=self._call_seconds) > message.lease_until
        if late or self.paused or self._closing.is_set() or self._gives_back():
            return NotSent(Cause.LATE, "Not called in time.")
        return NotSent(Cause.LATE, "Held by a person.") if self._is_held(message) else None

    def _note(self, message: Outgoing, result: Result, *, called: bool) -> None:
        SENT.labels(message.channel, message.provider, _label(result)).inc()
        now = asyncio.get_running_loop().time()
        if called:
            self._health.end(message.id, result, now)
        if isinstance(result, Accepted):
            self._pace.relax()
        elif isinstance(result, NotSent):
            if result.cause is Cause.BUSY:
                self._pace.hold(now, result.retry_after)
            self.paused = self.paused or result.cause is Cause.MISCONFIGURED
        self.results.add(message, result)


def _label(result: Result) -> str:
    return str(result.cause) if isinstance(result, NotSent) else type(result).__name__.lower()
