"""A real `gaisma serve` in a process of its own, and Twilio's side of the line to it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.doubles.twilio import ACCOUNT, TOKEN

ROOT = Path(__file__).parents[1]
OLD_TOKEN = "token-that-is-being-retired"
# What Twilio signs is the public address, which a proxy in front hides from the server.
PUBLIC_URL = "https://sms.example.lv"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database_url: str, **more: str) -> dict[str, str]:
    """The environment of a distributor with Twilio, on this database."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "GAISMA_DATABASE_URL": database_url,
        "GAISMA_PUBLIC_URL": PUBLIC_URL,
        "GAISMA_SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": f"{TOKEN},{OLD_TOKEN}",
        **more,
    }


def gaisma(database_url: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        env=environment(database_url, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Served:
    """A running server: where it listens and what its log says."""

    port: int
    log: Path

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read().decode(), headers)
        finally:
            connection.close()

    def post(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        *,
        token: str | None = TOKEN,
        headers: dict[str, str] | None = None,
        url: str = "",
    ) -> Answer:
        """A form as Twilio posts it, signed with the token (None: not signed)."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        if token is not None:
            signed = RequestValidator(token).compute_signature(
                url or PUBLIC_URL + path, MultiDict(fields)
            )
            sent["X-Twilio-Signature"] = signed
        return self.request("POST", path, urlencode(fields).encode(), sent)


def text_fields(sid: str, body: str, sender: str = "+37120000001") -> list[tuple[str, str]]:
    """The fields of an inbound text."""
    return [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("AccountSid", ACCOUNT),
        ("From", sender),
        ("To", "+37160000000"),
        ("Body", body),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ]


@contextmanager
def serving(
    database_url: str, folder: Path, *arguments: str, port: int = 0, **more: str
) -> Iterator[Served]:
    """`gaisma serve` on a free port, or on this one, until the block ends.

    On PostgreSQL the worker is a process of its own.
    """
    port = port or free_port()
    log = folder / f"serve-{port}.log"
    commands = [["serve", "--port", str(port), *arguments]]
    if not database_url.startswith("sqlite") and "--no-worker" not in arguments:
        commands.append(["worker"])
    with log.open("wb") as out:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "bot.cli", *command],
                env=environment(database_url, **more),
                stdout=out,
                stderr=out,
            )
            for command in commands
        ]
    served = Served(port, log)
    try:
        await_ready(served, processes[0])
        yield served
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            _see_to_its_end(process)


def _see_to_its_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def await_ready(served: Served, process: subprocess.Popen[bytes], path: str = "/readyz") -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if served.request("GET", path).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"the server did not start:\n{served.log.read_text()}")


def path_of(url: str) -> str:
    return urlsplit(url).path
