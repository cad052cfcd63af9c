"""Automatic telephone calls through Twilio: the text is read aloud when somebody answers.

Calls: https://www.twilio.com/docs/voice/api/call-resource. What is said is asked for at
`POST /voice/<message id>` when the call is answered (bot.web.voice).
"""

from __future__ import annotations

from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from bot.channels import twilio_codes
from bot.channels.base import (
    Found,
    LookUp,
    NotFound,
    Outgoing,
    Result,
    Unknown,
)
from bot.channels.twilio import (
    CLOCK_SLACK,
    DEFAULT_URL,
    LOOK_UP_LIMIT,
    Account,
    HttpClient,
    result_of,
)

# Shorter than most voicemail waits: a message read to a machine has told nobody anything.
RING_SECONDS = 25
EVENTS = ["initiated", "answered", "completed"]


class VoiceChannel:
    """Calls from one number of one account."""

    name = "voice"

    def __init__(self, account: Account, number: str, public_url: str, timeout: float) -> None:
        self._http = HttpClient(account.url or DEFAULT_URL, timeout)
        client = Client(account.sid, account.token, http_client=self._http, environment={})
        self._calls = client.calls
        self._number = number
        self._base = public_url.rstrip("/") + "/voice/"

    async def send(self, message: Outgoing) -> Result:
        return await result_of(
            self._calls.create_async(
                to=message.peer,
                from_=self._number,
                url=self._base + message.id,
                method="POST",
                status_callback=f"{self._base}status/{message.id}",
                status_callback_event=EVENTS,
                status_callback_method="POST",
                timeout=RING_SECONDS,
            ),
            message.peer,
        )

    async def look_up(self, message: Outgoing) -> LookUp:
        """Calls have no text to tell them apart by: one to this number, from ours, made since."""
        try:
            listed = await self._calls.list_async(
                to=message.peer, from_=self._number, limit=LOOK_UP_LIMIT
            )
        except (TwilioException, aiohttp.ClientError, OSError, TimeoutError) as error:
            return Unknown(f"Asking Twilio failed: {type(error).__name__}.")
        except (ValueError, TypeError, AttributeError, LookupError):
            return Unknown("Twilio's list cannot be understood.")
        since = message.claimed_at - CLOCK_SLACK
        matches = sorted(
            (call.date_created, call.sid, str(call.status)) for call in listed if _is_one(call)
        )
        found = tuple(
            (sid, twilio_codes.read_status(word) or "accepted")
            for made, sid, word in matches
            if made >= since
        )
        return Found(found) if found else NotFound()

    async def close(self) -> None:
        await self._http.close()


def _is_one(call: Any) -> bool:
    return bool(call.sid) and call.date_created is not None
