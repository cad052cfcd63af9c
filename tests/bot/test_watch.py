"""Following changes: one thread a thing, that goes on after errors and ends with what it serves."""

from __future__ import annotations

import gc
import threading

from bot.watch import Watch
from storage import StorageError
from tests.bot.conversation.test_places import await_true

NAME = "gaisma-watch-test"


class Counted:
    def __init__(self) -> None:
        self.times = 0

    def refresh(self) -> None:
        self.times += 1
        if self.times == 1:
            raise StorageError("The disk is gone.")


def running() -> int:
    return [thread.name for thread in threading.enumerate()].count(NAME)


def test_an_error_is_not_the_end_and_a_second_start_is_none() -> None:
    watched, watch = Counted(), Watch(NAME, lambda: 0.01, 60.0)
    watch.start(watched)
    watch.start(watched)
    assert running() == 1
    await_true(lambda: watched.times > 2)
    assert not watch.is_gone
    watch.stop()
    await_true(lambda: running() == 0)


def test_the_thread_ends_with_what_it_serves() -> None:
    watched, watch = Counted(), Watch(NAME, lambda: 0.01, 60.0)
    watch.start(watched)
    del watched
    gc.collect()
    await_true(lambda: running() == 0)


def test_a_thread_that_is_not_heard_of_is_started_again() -> None:
    watched, watch = Counted(), Watch(NAME, lambda: 5.0, 0.01)
    watch.start(watched)
    await_true(lambda: watch.is_gone)
    watch.start(watched)
    assert running() == 2  # the first one here is only slow
    watch.stop()
    await_true(lambda: running() == 0)


def test_one_that_was_held_up_ends_when_it_goes_on() -> None:
    held, met = threading.Event(), threading.Event()

    class Slow:
        def refresh(self) -> None:
            met.set()
            assert held.wait(60)

    watched, watch = Slow(), Watch(NAME, lambda: 0.01, 0.05)
    for _ in range(3):  # each time as a text would, that finds nobody there
        met.clear()
        watch.start(watched)
        assert met.wait(60)
        await_true(lambda: watch.is_gone)
    assert running() == 3
    held.set()
    await_true(lambda: running() == 1)
    watch.stop()
    await_true(lambda: running() == 0)
