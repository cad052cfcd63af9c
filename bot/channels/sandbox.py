"""Simulated phones for the demo: every message arrives, but at numbers ending in 99.

Receipts come as a provider's would: `sent`, then `delivered` after 0.3 to 1.5 seconds. A phone
whose number ends in 99 is switched off: its messages are undelivered (Twilio's code 30003).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.channels import twilio_codes
from bot.channels.base import Accepted, Cause, Channel, LookUp, NotFound, Outgoing, Result
from bot.channels.provider import Capabilities, Receipt
from storage import Database

if TYPE_CHECKING:
    from bot.service import Service
    from bot.settings import Settings

SWITCHED_OFF = "99"
UNREACHABLE = "30003"


class SandboxProvider:
    """Nobody calls us: texts come from the page of phones. It says what Twilio would."""

    name = "sandbox"
    can = Capabilities(can_be_asked=True, max_parts=25)

    def open(self, service: Service, timeout: float) -> Sequence[Channel]:
        return [SandboxChannel(service.database)]

    def hooks(self, settings: Settings) -> None:
        return None

    def read_status(self, word: str) -> str | None:
        return twilio_codes.read_status(word)

    def read_error_code(self, code: str) -> Cause | None:
        return twilio_codes.read_error_code(code)


PROVIDER = SandboxProvider()


class SandboxChannel:
    """SMS to nowhere; the phones are a page of the demo."""

    name = "sandbox"

    def __init__(self, database: Database, delay: tuple[float, float] = (0.3, 1.5)) -> None:
        self._database = database
        self._delay = delay
        self._receipts: set[asyncio.Task[None]] = set()

    async def send(self, message: Outgoing) -> Result:
        task = asyncio.create_task(self._deliver(message))
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)
        return Accepted(f"sandbox-{message.id}")

    async def look_up(self, message: Outgoing) -> LookUp:
        # No phone has anything that we have not recorded ourselves.
        return NotFound()

    async def close(self) -> None:
        """Receipts still on their way are lost, as those of a real phone can be."""
        for task in list(self._receipts):
            task.cancel()
        await asyncio.gather(*self._receipts, return_exceptions=True)

    async def _deliver(self, message: Outgoing) -> None:
        wait = random.uniform(*self._delay)  # noqa: S311 - a pause, no secret
        await asyncio.sleep(wait / 2)
        await self._receipt(message, "sent")
        await asyncio.sleep(wait / 2)
        if message.peer.endswith(SWITCHED_OFF):
            await self._receipt(message, "undelivered", UNREACHABLE)
        else:
            await self._receipt(message, "delivered")

    async def _receipt(self, message: Outgoing, status: str, error_code: str = "") -> None:
        from bot.delivery import receipts  # they read the codes of all providers, and so of this

        receipt = Receipt(message.id, self.name, f"sandbox-{message.id}", status, error_code)
        await asyncio.to_thread(receipts.record, self._database, receipt, datetime.now(UTC))
