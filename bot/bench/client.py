"""A load of signed texts over real HTTP: keep-alive connections, one request each at a time.

Requests are made before the clock starts, and answers are read as bytes: the client must cost
little beside the server it measures on the same machine.
"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: requests a second, and each latency in ms."""

    rate: float
    latencies: Sequence[float]
    failed: int


def signed_request(url: str, token: str, form: Mapping[str, str]) -> bytes:
    """An HTTP/1.1 request with Twilio's signature over `url` and the form."""
    _, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    body = urlencode(form).encode()
    signature = RequestValidator(token).compute_signature(url, dict(form))
    return (
        f"POST /{path} HTTP/1.1\r\nHost: {host}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Twilio-Signature: {signature}\r\n\r\n"
    ).encode() + body


def run_load(host: str, port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send all requests over so many connections, each as soon as its last was answered."""
    return asyncio.run(_run(host, port, requests, connections))


async def _run(host: str, port: int, requests: Sequence[bytes], connections: int) -> Load:
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    latencies: list[float] = []
    failed: list[bytes] = []
    protocols = []
    for _ in range(connections):
        _, protocol = await loop.create_connection(
            lambda: _Connection(waiting, latencies, failed, loop.create_future()), host, port
        )
        protocols.append(protocol)
    began = time.perf_counter()
    for protocol in protocols:
        protocol.send()
    await asyncio.gather(*(protocol.done for protocol in protocols))
    seconds = time.perf_counter() - began
    for protocol in protocols:
        protocol.close()
    return Load(len(latencies) / seconds, latencies, len(failed))


class _Connection(asyncio.Protocol):
    def __init__(
        self, waiting: Iterator[bytes], latencies: list[float], failed: list[bytes],
        done: asyncio.Future[None],
    ) -> None:  # fmt: skip
        self.waiting, self.latencies, self.failed, self.done = waiting, latencies, failed, done
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self) -> None:
        request = next(self.waiting, None)
        if request is None:
            self.done.set_result(None)
            return
        assert self.transport is not None
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self.latencies.append((time.perf_counter() - self.began) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            self.failed.append(head)
        self.buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server closed the connection"))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def answered(host: str, port: int, path: str = "/healthz") -> bool:
    """Whether the server answers there now."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
