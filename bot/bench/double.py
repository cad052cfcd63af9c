"""The provider of `gaisma bench dispatch`: takes messages over HTTP, and counts what it really got.

    python -m bot.bench.double PORT LATENCY_MS

`POST` anywhere is a create call, answered as Twilio does after the latency. `GET` of Twilio's list
`.../Messages.json?To=PHONE` answers what was made for the phone; of anything else
`{"got", "twice", "seconds"}`: messages, texts to one phone that came again, and the time from the
first to the last. `DELETE` forgets them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Journal:
    """What came: the messages of each phone, and the times of the first and last."""

    def __init__(self) -> None:
        self.phones: dict[str, list[_Message]] = {}
        self.first = self.last = 0.0
        self.made = 0

    def forget(self) -> None:
        """Count anew; ids go on."""
        self.phones.clear()
        self.first = self.last = 0.0

    def take(self, body: bytes) -> bytes:
        form = parse_qs(body.decode())
        to = form["To"][0]
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.made += 1
        self.phones.setdefault(to, []).append(
            _Message(self.made, form["Body"][0], datetime.now(UTC))
        )
        return json.dumps(_made(to, self.made)).encode()

    def listed(self, to: str) -> bytes:
        """What was made for this phone, as Twilio lists it: in full, with its time."""
        made = [
            _made(to, each.number)
            | {"body": each.body, "date_created": format_datetime(each.at), "status": "sent"}
            for each in self.phones.get(to, [])
        ]
        return json.dumps({"messages": made, "page": 0, "next_page_uri": None}).encode()

    def told(self) -> bytes:
        got = sum(map(len, self.phones.values()))
        twice = got - len(self.phones)
        return json.dumps({"got": got, "twice": twice, "seconds": self.last - self.first}).encode()


class _Message(NamedTuple):
    number: int
    body: str
    at: datetime


def _made(to: str, number: int) -> dict[str, Any]:
    """Twilio's answer to a create call."""
    return {
        "account_sid": "AC" + "0" * 32, "api_version": "2010-04-01", "body": "", "to": to,
        "date_created": "Sun, 22 Nov 2026 10:00:00 +0000", "date_sent": None, "error_code": None,
        "date_updated": "Sun, 22 Nov 2026 10:00:00 +0000", "direction": "outbound-api",
        "error_message": None, "from": "1884", "messaging_service_sid": None, "num_media": "0",
        "num_segments": "1", "price": None, "price_unit": "USD", "status": "queued",
        "sid": f"SM{number:032x}", "uri": f"/2010-04-01/Accounts/AC/Messages/SM{number:032x}.json",
        "subresource_uris": {"media": "/Media.json"},
    }  # fmt: skip


class _Connection(asyncio.Protocol):
    def __init__(self, journal: Journal, latency: float) -> None:
        self.journal, self.latency = journal, latency
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n")
             if line[:15].lower() == b"content-length:"), 0
        )  # fmt: skip
        if len(body) < length:
            return
        self.buffer = body[length:]
        if head.startswith(b"POST"):
            answer = self.journal.take(body[:length])
            asyncio.get_running_loop().call_later(
                self.latency, self._answer, answer, b"201 Created"
            )
            return
        told = self._told(head.split(b" ", 2)[1].decode())
        if head.startswith(b"DELETE"):
            self.journal.forget()
        self._answer(told, b"200 OK")

    def _told(self, address: str) -> bytes:
        parts = urlsplit(address)
        if parts.path.endswith("/Messages.json"):
            return self.journal.listed(parse_qs(parts.query)["To"][0])
        return self.journal.told()

    def _answer(self, body: bytes, status: bytes) -> None:
        assert self.transport is not None
        self.transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


async def _serve(port: int, latency: float) -> None:
    journal = Journal()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(journal, latency), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
