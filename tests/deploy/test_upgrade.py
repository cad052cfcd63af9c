"""The service starts anew under a steady stream of texts: each is answered, and once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from storage import open_database
from tests.deploy.house import PATIENCE, Held, Proxy, exchange, nginx, signed_text

pytestmark = pytest.mark.alone  # who waits for 14 seconds is told so by nginx

SENDERS = 4


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    url = f"sqlite:///{tmp_path}/gaisma.db"
    database = open_database(url)
    database.migrate()
    database.close()
    made = Held(url, tmp_path / "serve.log")
    made.start()
    yield made
    made.close()


class Stream:
    """Texts, one after the other from each of some phones, until told to stop."""

    def __init__(self, held: Held, proxy: Proxy | None) -> None:
        self.answers: list[tuple[str, int | str, float]] = []
        self._held, self._proxy = held, proxy
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(SENDERS)]

    def __enter__(self) -> Stream:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, many: int) -> None:
        """Until so many more were answered."""
        end, limit = len(self.answers) + many, time.monotonic() + 90
        while len(self.answers) < end:
            assert time.monotonic() < limit, "the service answers no more"
            time.sleep(0.01)

    def _run(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            sid = f"SM{number:04d}{count:028d}"
            began = time.monotonic()
            self.answers.append((sid, self._send(sid, number), time.monotonic() - began))

    def _send(self, sid: str, number: int) -> int | str:
        """A text; once more, as a proxy does, when its connection broke before the answer."""
        answer = self._send_once(sid, number)
        broken = self._proxy is None and isinstance(answer, str)
        return self._send_once(sid, number) if broken else answer

    def _send_once(self, sid: str, number: int) -> int | str:
        # Each from another phone: one that says the same all the time is soon not answered.
        phone = f"+3712{number}{int(sid[-6:]):06d}"
        body, headers = signed_text(sid, "Paldies", phone)
        try:
            if self._proxy is not None:
                return self._proxy.ask("POST", "/sms/inbound", body, **headers)[0]
            line = HTTPConnection("127.0.0.1", self._held.port, timeout=PATIENCE * 4)
            return exchange(line, "POST", "/sms/inbound", body, headers)[0]
        except (OSError, HTTPException) as error:
            return type(error).__name__


def renew_under_texts(held: Held, proxy: Proxy | None, times: int) -> Stream:
    with Stream(held, proxy) as stream:
        stream.wait_for(40)
        for _ in range(times):
            held.stop()
            held.start()
            stream.wait_for(40)
    return stream


def check_each_once(held: Held, stream: Stream) -> None:
    wrong = [answer for answer in stream.answers if answer[1] != 200]
    assert wrong == [], held.log.read_text()[-2000:]
    database = open_database(held.database_url)
    rows = database.all("SELECT provider_id, id FROM messages WHERE direction = 'in'")
    replies = database.all("SELECT in_reply_to FROM messages WHERE direction = 'out'")
    database.close()
    assert Counter(row["provider_id"] for row in rows) == Counter(a[0] for a in stream.answers)
    assert Counter(row["in_reply_to"] for row in replies) == Counter(row["id"] for row in rows)


def test_a_restart_on_a_socket_that_is_held_loses_no_text(held: Held) -> None:
    check_each_once(held, renew_under_texts(held, None, 1))


def test_a_restart_behind_nginx_loses_no_text(held: Held, tmp_path: Path) -> None:
    with nginx(tmp_path, held.port) as proxy:
        stream = renew_under_texts(held, proxy, 2)
    check_each_once(held, stream)
    assert "29" not in (tmp_path / "access.log").read_text()  # no log of texts
