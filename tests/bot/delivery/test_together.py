"""What many threads bring at one moment is done by one of them, and each gets its own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from bot.delivery import together
from bot.delivery.together import Together


class Work:
    """Groups as they come; each waits until it is let go."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.at_it = threading.Semaphore(0)
        self.may_go = threading.Semaphore(0)
        self.together: Together[str, str] = Together(self.do, key=lambda word: word[0])

    def do(self, words: Sequence[str]) -> Sequence[str]:
        self.groups.append(list(words))
        self.at_it.release()
        assert self.may_go.acquire(timeout=60)
        if "bad" in words:
            raise LookupError("bad")
        return [word.upper() for word in words]

    def bring(self, threads: ThreadPoolExecutor, words: Sequence[str]) -> list[Future[str]]:
        """The words in this order, each from a thread of its own, the first of them at work."""
        brought = [threads.submit(self.together.do, words[0])]
        assert self.at_it.acquire(timeout=60)
        for count, word in enumerate(words[1:], 1):
            brought.append(threads.submit(self.together.do, word))
            self.wait_for(count)
        return brought

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + 60
        while len(self.together._waiting) < count:
            assert time.monotonic() < until
            time.sleep(0.001)


def test_those_who_come_meanwhile_are_one_group_and_get_their_own_answers() -> None:
    work = Work()
    with ThreadPoolExecutor(4) as threads:
        brought = work.bring(threads, ["a", "b", "c", "d"])
        work.may_go.release(2)
        assert [each.result(60) for each in brought] == ["A", "B", "C", "D"]
    assert work.groups == [["a"], ["b", "c", "d"]]


def test_a_lone_one_waits_for_nobody() -> None:
    work = Work()
    work.may_go.release(3)
    assert [work.together.do(word) for word in ("a", "a", "b")] == ["A", "A", "B"]
    assert work.groups == [["a"], ["a"], ["b"]]


def test_two_of_one_key_are_in_different_groups_in_their_order() -> None:
    work = Work()
    with ThreadPoolExecutor(6) as threads:
        brought = work.bring(threads, ["x", "a1", "b1", "a2", "a3", "c1"])
        work.may_go.release(4)
        assert [each.result(60) for each in brought] == ["X", "A1", "B1", "A2", "A3", "C1"]
    assert work.groups == [["x"], ["a1", "b1", "c1"], ["a2"], ["a3"]]


def test_what_fails_fails_for_its_group_and_the_next_one_goes_on() -> None:
    work = Work()
    with ThreadPoolExecutor(4) as threads:
        brought = work.bring(threads, ["bad", "c"])
        work.may_go.release(2)
        with pytest.raises(LookupError):
            brought[0].result(60)
        assert brought[1].result(60) == "C"
        work.may_go.release()
        assert work.together.do("d") == "D"


def test_a_group_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST", 2)
    work = Work()
    with ThreadPoolExecutor(4) as threads:
        brought = work.bring(threads, ["a", "b", "c", "d"])
        work.may_go.release(3)
        assert [each.result(60) for each in brought] == ["A", "B", "C", "D"]
    assert work.groups == [["a"], ["b", "c"], ["d"]]


def test_many_threads_lose_nothing() -> None:
    done: list[int] = []

    def do(numbers: Sequence[int]) -> Sequence[int]:
        assert len(set(numbers)) == len(numbers)
        done.extend(numbers)  # one group at a time: else two would write here at once
        return [-number for number in numbers]

    shared: Together[int, int] = Together(do, key=str)
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(shared.do, range(4000))) == [-number for number in range(4000)]
    assert sorted(done) == list(range(4000))
