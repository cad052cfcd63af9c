"""The floor of `gaisma bench dispatch`: Twilio's own asynchronous client and nothing around it.

    python -m bot.bench.twilio_alone URL MESSAGES

Prints the seconds of CPU that the calls took, and those on the clock.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.delivery.sending import WINDOW


class _Elsewhere(AsyncTwilioHttpClient):  # type: ignore[misc]
    """Twilio's client as it is, its calls led to another address."""

    base = ""

    async def request(self, method: str, url: str, *given: Any, **named: Any) -> Response:
        return await super().request(method, self.base + urlsplit(url).path, *given, **named)


async def _send(base: str, messages: int) -> tuple[float, float]:
    http = _Elsewhere(pool_connections=True, timeout=30)
    http.base = base
    client = Client("AC" + "0" * 32, "bench-token", http_client=http, environment={})
    slots = asyncio.Semaphore(WINDOW)

    async def one(number: int) -> None:
        async with slots:
            await client.messages.create_async(
                to=f"+3712{number:07d}",
                from_="1884",
                body=f"Sadales tikls: nav elektribas, Brivibas iela {number}. Zinosim lidz 18.00.",
                status_callback=f"https://bench.invalid/sms/status/{number:036d}",
                validity_period=21_600,
                smart_encoded=False,
            )

    await one(10_000_000)  # the first call loads code
    began, clock = time.process_time(), time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(messages)))
    spent = time.process_time() - began, time.perf_counter() - clock
    await http.close()
    return spent


if __name__ == "__main__":
    cpu, clock = asyncio.run(_send(sys.argv[1], int(sys.argv[2])))
    sys.stdout.write(f"{cpu} {clock}\n")
