"""Calls to the providers: at the rate we may, many at a time, each with exactly one result."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter

from bot.channels.base import Accepted, Cause, Channel, NotSent, Outgoing, Result, Unknown
from bot.privacy import describe_error

log = logging.getLogger("gaisma.sending")

WINDOW = 150  # calls in flight
SENT = Counter("gaisma_sends", "Calls to providers by result", ["channel", "result"])


def utc_now() -> datetime:
    return datetime.now(UTC)


class Pace:
    """A token bucket: `rate` segments a second, at most a twentieth of a second's worth at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = 0.05
        self._next = 0.0  # when the next segment may go, on the loop's clock
        self._refusals = 0

    def wait_for(self, segments: int, now: float) -> float:
        """Take so many segments; the seconds to wait before they may go."""
        start = max(self._next, now - self._burst)
        self._next = start + segments / self._rate
        return max(0.0, start - now)

    def hold(self, now: float, seconds: float | None) -> None:
        """The provider is busy: nothing for `seconds`, or for longer each time in a row."""
        self._refusals = min(self._refusals + 1, 7)
        backoff = 0.25 * 2**self._refusals * random.uniform(0.5, 1.0)  # noqa: S311
        self._next = max(self._next, now + (seconds or backoff))

    def relax(self) -> None:
        self._refusals = 0


class Sender:
    """Takes leased messages and collects (message, result) pairs in `results`.

    `changed` is set whenever a result comes in. `paused`: messages are given back uncalled.
    """

    def __init__(
        self, channels: Mapping[str, Channel], rate: float, call_seconds: float, *,
        window: int = WINDOW, clock: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self.channels = channels
        self.results: list[tuple[Outgoing, Result]] = []
        self.changed = asyncio.Event()
        self.paused = False
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

    def room(self) -> int:
        """How many messages it takes now; 0 until a fair part is free, so that claims are few."""
        free = self._ahead - self._waiting.qsize() - self._held
        return free if free * 4 >= self._ahead and not self._closing.is_set() else 0

    @property
    def unrecorded(self) -> int:
        """Messages leased to us whose result nobody has stored."""
        return self._waiting.qsize() + self._held + len(self._calls) + len(self.results)

    def submit(self, messages: Sequence[Outgoing]) -> None:
        for message in messages:
            self._waiting.put_nowait(message)

    async def run(self) -> None:
        """Start the calls, in order and paced, until cancelled."""
        while True:
            message = await self._waiting.get()
            self._held = 1
            # Those that are late already must not take the turns of those behind them.
            if not self._must_give_back(message):
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
        while (self._calls or self._held or not self._waiting.empty()) and (
            asyncio.get_running_loop().time() < limit
        ):
            await asyncio.sleep(0.01)
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _wait_for_turn(self, message: Outgoing) -> None:
        loop = asyncio.get_running_loop()
        wait = self._pace.wait_for(max(1, message.segments), loop.time())
        if wait > 0 and not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait)

    async def _call(self, message: Outgoing) -> None:
        result: Result = Unknown("The call was given up.")
        try:
            result = await self._result(message)
        finally:
            self._slots.release()
            self._note(message, result)

    async def _result(self, message: Outgoing) -> Result:
        if self._must_give_back(message):
            return NotSent(Cause.LATE, "Not called in time.")
        channel = self.channels[message.channel]
        try:
            async with asyncio.timeout(self._call_seconds):
                return await channel.send(message)
        except TimeoutError:
            return Unknown("The provider did not answer in time.")

    def _ended(self, call: asyncio.Task[None]) -> None:
        """An error of ours in one call stops no other; its message is in doubt by then."""
        self._calls.discard(call)
        if not call.cancelled() and (error := call.exception()):
            log.error("%s: %s", call.get_name(), describe_error(error))

    def _must_give_back(self, message: Outgoing) -> bool:
        """A lease that could end during the call is no lease: another might send it again."""
        deadline = self._clock() + timedelta(seconds=self._call_seconds)
        return self._closing.is_set() or self.paused or deadline > message.lease_until

    def _note(self, message: Outgoing, result: Result) -> None:
        SENT.labels(message.channel, _label(result)).inc()
        if isinstance(result, Accepted):
            self._pace.relax()
        elif isinstance(result, NotSent):
            if result.cause is Cause.BUSY:
                self._pace.hold(asyncio.get_running_loop().time(), result.retry_after)
            self.paused = self.paused or result.cause is Cause.MISCONFIGURED
        self.results.append((message, result))
        self.changed.set()


def _label(result: Result) -> str:
    return str(result.cause) if isinstance(result, NotSent) else type(result).__name__.lower()
