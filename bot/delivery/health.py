"""Which of several providers gets the next messages: by how their last calls went. No I/O here.

A provider is closed (healthy, as a switch that lets the current through), open (left alone for
some seconds), or tried out: it gets a small share, which doubles while all goes well.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.channels.base import Cause, NotSent, Result, Unknown

log = logging.getLogger("gaisma.health")

# The last results count, and not the last seconds: at a hundred calls a second the good ones of
# before would outvote those that hang for long.
WINDOW = 20
WINDOW_SECONDS = 30.0
# Fewer results than this prove nothing: one lost connection is no outage of a provider.
MIN_RESULTS = 4
BAD_SHARE = 0.5
# So much bad in a row proves it as well. "Too many requests" counts double: each makes us wait
# longer before the next, and there would not be enough of them to judge by.
BAD_RUN = 6
# An answer that took longer is as bad as none: behind it, messages wait.
SLOW_SECONDS = 3.0
REST_SECONDS = (2.0, 4.0, 8.0, 16.0, 30.0)
FIRST_CALLS = 2  # at one time, of one that is tried out
GOOD_TO_DOUBLE = 3
ALL_CALLS = 64

CLOSED, OPEN, TRYING = "closed", "open", "trying"


@dataclass(eq=False)
class Health:
    """How one provider does. All times are seconds of one steady clock."""

    name: str
    alone: bool = False  # there is no other to send to, so nothing is to be decided
    state: str = CLOSED
    disabled: bool = False  # refuses our settings: only a restart with others can mend that
    _results: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _calls: dict[str, float] = field(default_factory=dict)  # message -> begun, oldest first
    _at_once: int = FIRST_CALLS
    _run: int = 0
    _rests: int = 0
    _rest_until: float = 0.0
    _good: int = 0

    def begin(self, message_id: str, now: float) -> None:
        """A call begins."""
        if not self.alone:
            self._calls[message_id] = now

    def end(self, message_id: str, result: Result, now: float) -> None:
        """The call has ended so."""
        if isinstance(result, NotSent) and result.cause is Cause.MISCONFIGURED:
            self.disabled = True
        if self.alone:
            return
        began = self._calls.pop(message_id, now)
        good = not is_bad(result) and now - began < SLOW_SECONDS
        if self.disabled:
            self._open(now)
        elif self.state == TRYING and began >= self._rest_until:
            self._tried(good, now)
        elif self.state == CLOSED:
            self._results.append((now, good))
            self._run = 0 if good else self._run + (2 if isinstance(result, NotSent) else 1)
            self.look(now)

    def look(self, now: float) -> str:
        """The state at this moment: calls that hang and rests that end change it by themselves."""
        if self.alone:
            return CLOSED
        if self.state == OPEN and now >= self._rest_until and not self.disabled:
            self.state, self._at_once, self._good = TRYING, FIRST_CALLS, 0
            log.warning("provider %s is tried again", self.name)
        elif (self.state == CLOSED and self._is_ill(now)) or (
            self.state == TRYING and self._hanging(now)
        ):
            self._open(now)
        return self.state

    def may_take(self, free: int, outstanding: int) -> int:
        """How many more messages, of so many that there is room for."""
        if self.state == CLOSED:
            return free
        return max(0, min(free, self._at_once - outstanding)) if self.state == TRYING else 0

    def _hanging(self, now: float) -> int:
        """Calls that take too long already; of one that is tried, only those of the trial."""
        late = 0
        for began in self._calls.values():
            if now - began < SLOW_SECONDS:
                break
            late += self.state == CLOSED or began >= self._rest_until
        return late

    def _is_ill(self, now: float) -> bool:
        while self._results and self._results[0][0] < now - WINDOW_SECONDS:
            self._results.popleft()
        hanging = self._hanging(now)
        bad = sum(not good for _, good in self._results) + hanging
        count = len(self._results) + hanging
        return self._run >= BAD_RUN or (count >= MIN_RESULTS and bad >= count * BAD_SHARE)

    def _open(self, now: float) -> None:
        rest = REST_SECONDS[min(self._rests, len(REST_SECONDS) - 1)]
        if self.state != OPEN:
            log.warning("provider %s fails or is slow: left alone for a while", self.name)
        self.state = OPEN
        self._rests += 1
        self._rest_until = now + rest
        self._results.clear()
        self._run = 0

    def _tried(self, good: bool, now: float) -> None:
        if not good:
            self._open(now)
            return
        self._good += 1
        if self._good < GOOD_TO_DOUBLE:
            return
        self._good, self._at_once = 0, self._at_once * 2
        if self._at_once >= ALL_CALLS:
            self.state, self._rests = CLOSED, 0
            log.warning("provider %s is well again", self.name)


class Router:
    """The providers of each channel, the preferred one first, and how each of them does."""

    def __init__(self, providers: Mapping[str, Sequence[str]]) -> None:
        self.providers = {channel: tuple(names) for channel, names in providers.items()}
        self.health = {
            name: Health(name, alone=len(names) == 1)
            for names in providers.values()
            for name in names
        }

    def split(
        self, channel: str, load: Callable[[str], tuple[int, int]], now: float
    ) -> list[tuple[str, int]]:
        """How many messages each provider of a channel may take now.

        `load`: (room for so many more, so many under way) of a provider. Where none is well, the
        first that does not refuse our settings takes what its own pace lets through: waiting
        would mend nothing.
        """
        names = self.providers[channel]
        found: list[tuple[str, int]] = []
        for name in names:
            state = self.health[name].look(now)
            if state != OPEN:
                found.append((name, self.health[name].may_take(*load(name))))
            if state == CLOSED:
                return found
        if found:
            return found
        name = next((name for name in names if not self.health[name].disabled), names[0])
        return [(name, load(name)[0])]

    def gives_back(self, provider: str, now: float) -> bool:
        """Whether what waits for this provider should go to another that is well."""
        return self.health[provider].look(now) == OPEN and any(
            self.health[name].look(now) == CLOSED for name in self._others(provider)
        )

    def spare(self, provider: str) -> bool:
        """Whether another provider of the same channel takes our settings."""
        return any(not self.health[name].disabled for name in self._others(provider))

    def _others(self, provider: str) -> list[str]:
        return [
            name
            for names in self.providers.values()
            if provider in names
            for name in names
            if name != provider
        ]


def is_bad(result: Result) -> bool:
    """Whether a result speaks against the provider; a dead number does not."""
    busy = isinstance(result, NotSent) and result.cause is Cause.BUSY
    return busy or isinstance(result, Unknown)
