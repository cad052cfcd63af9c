"""A load of signed texts over real HTTP: keep-alive connections, one request each at a time.

Requests are made before the clock starts, and answers are read as bytes: the client must cost
little beside the server it measures on the same machine.
"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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


def run_paced(
    host: str, port: int, requests: Sequence[bytes], rate: float, *,
    connections: int = 32, going_on: Callable[[], bool] | None = None,
) -> Load:  # fmt: skip
    """Send `rate` requests a second whether or not the last were answered; each latency counts
    from when its turn was. Ends with the requests, or at the second in which `going_on` says no."""
    return asyncio.run(_pace(host, port, requests, (rate, connections, going_on)))


async def _pace(
    host: str, port: int, requests: Sequence[bytes],
    how: tuple[float, int, Callable[[], bool] | None],
) -> Load:  # fmt: skip
    rate, connections, going_on = how
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    failed: list[bytes] = []
    turns: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    senders = [asyncio.create_task(_take_turns(host, port, turns, (latencies, failed)))
               for _ in range(connections)]  # fmt: skip
    began = loop.time()
    for number, request in enumerate(requests):
        turn = began + number / rate
        await asyncio.sleep(max(0.0, turn - loop.time()))
        if going_on and number % int(rate) == 0 and not await asyncio.to_thread(going_on):
            break
        turns.put_nowait((turn, request))
    for _ in senders:
        turns.put_nowait(None)
    await asyncio.gather(*senders)
    return Load(len(latencies) / (loop.time() - began), latencies, len(failed))


async def _take_turns(
    host: str, port: int, turns: asyncio.Queue[tuple[float, bytes] | None],
    told: tuple[list[float], list[bytes]],
) -> None:  # fmt: skip
    """One keep-alive connection: the next turn as soon as the last was answered."""
    latencies, failed = told
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(host, port)
    while (turn := await turns.get()) is not None:
        writer.write(turn[1])
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        latencies.append((loop.time() - turn[0]) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            failed.append(head)
    writer.close()


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
