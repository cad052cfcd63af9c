"""Requests that may be repeated: with the same Idempotency-Key they get the same answer, once."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.web.api.problems import Problem
from storage import Database, Tx, api_answers

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answered:
    """Status and JSON text of an answer; `repeated`: it was given before."""

    status: int
    body: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks under which key ('' for none), and what."""

    caller: str
    key: str
    request: bytes

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.request).hexdigest()


class Once:
    """Does each request with a key once. One of them serves all threads of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def do(
        self, asked: Asked, now: datetime, work: Callable[[Tx], tuple[int, dict[str, Any]]]
    ) -> Answered:
        """Do the work, or give the answer that it got before. The answer is kept in the same
        transaction, so a crash leaves both or none.

        Raises Problem: 422 for a key that came with another request, 409 while it is worked on.
        """

        def run(tx: Tx) -> Answered:
            if asked.key and (before := self._before(tx, asked, now)):
                return before
            status, body = work(tx)
            text = json.dumps(body, ensure_ascii=False)
            if asked.key:
                api_answers.keep(
                    tx, asked.caller, asked.key, asked.hash, status=status, body=text, now=now
                )
            return Answered(status, text)

        with self._alone(asked):
            return self._database.transaction(run)

    @staticmethod
    def _before(tx: Tx, asked: Asked, now: datetime) -> Answered | None:
        row = api_answers.find(tx, asked.caller, asked.key, now - KEPT_FOR)
        if row is None:
            return None
        if row["request_hash"] != asked.hash:
            detail = "This Idempotency-Key came before with another body; take a new key."
            raise Problem(422, "key-reused", detail)
        return Answered(int(row["status"]), str(row["body"]), repeated=True)

    @contextmanager
    def _alone(self, asked: Asked) -> Iterator[None]:
        mine = (asked.caller, asked.key)
        with self._lock:
            if asked.key and mine in self._under_way:
                detail = "The request with this key is being worked on; please ask again."
                raise Problem(409, "in-progress", detail, headers={"Retry-After": "1"})
            self._under_way.add(mine)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(mine)
