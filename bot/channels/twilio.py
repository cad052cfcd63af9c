"""Twilio: sending, and asking what became of a message.

Messages: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.values import unset
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels import twilio_codes
from bot.channels.base import (
    Accepted,
    Cause,
    Found,
    LookUp,
    NotFound,
    NotSent,
    Others,
    Outgoing,
    Result,
    Unknown,
)
from bot.settings import Settings
from storage.restored import OLD

DEFAULT_URL = "https://api.twilio.com"
CONNECTIONS = 150
# Twilio's clock and ours need not agree; a message made a little before our claim may be it.
CLOCK_SLACK = timedelta(minutes=2)
# To one phone in one day; more than this is no conversation but an error.
LOOK_UP_LIMIT = 200
MAX_VALIDITY_SECONDS = 36_000

_silent = logging.Logger("twilio", level=logging.CRITICAL + 1)


class HttpClient(AsyncHttpClient):  # type: ignore[misc]
    """What Twilio's REST client calls through: a time limit, a pool, any base address.

    Twilio's own class of this kind logs phone numbers (those in a look-up's address), and a limit
    given to it does not bound the time to connect.
    """

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(_silent, True)
        self._base = base.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=25),
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 5.0)),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def request(
        self, method: str, uri: str, *, headers: dict[str, str], auth: tuple[str, str],
        params: Any = None, data: Any = None, timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:  # fmt: skip
        headers = {**headers, "Authorization": aiohttp.encode_basic_auth(*auth)}
        if data is not None:
            data = urlencode(data).encode()  # aiohttp's own forms cost a third of the whole call
        async with self._session.request(
            method, self._address(uri),
            params=params, data=data, headers=headers, allow_redirects=allow_redirects,
        ) as answer:  # fmt: skip
            return Response(answer.status, await answer.text(errors="replace"), answer.headers)

    def _address(self, uri: str) -> str:
        if self._base == DEFAULT_URL:
            return uri
        parts = urlsplit(uri)
        return self._base + parts.path + (f"?{parts.query}" if parts.query else "")

    async def close(self) -> None:
        await self._session.close()


@dataclass(frozen=True, slots=True)
class Account:
    """One account at Twilio; `name`: what the rows of its messages call the provider."""

    name: str
    sid: str
    token: str = field(repr=False)
    service_sid: str = ""
    number: str = ""
    url: str = ""


def main_account(settings: Settings) -> Account:
    return Account(
        "twilio", settings.twilio_account_sid, settings.twilio_auth_tokens[0],
        settings.twilio_messaging_service_sid, settings.short_number, settings.twilio_api_url,
    )  # fmt: skip


def fallback_account(settings: Settings) -> Account:
    """The second account, for when the first is slow or fails."""
    return Account(
        "fallback", settings.fallback_account_sid, settings.fallback_auth_tokens[0],
        settings.fallback_messaging_service_sid,
        settings.fallback_short_number or settings.short_number, settings.fallback_api_url,
    )  # fmt: skip


class TwilioChannel:
    """SMS through Twilio. Made at start: importing Twilio's REST client takes half a second."""

    def __init__(self, account: Account, public_url: str, timeout: float) -> None:
        self.name = account.name
        self._http = HttpClient(account.url or DEFAULT_URL, timeout)
        self._messages = Client(
            account.sid, account.token, http_client=self._http, environment={}
        ).messages
        self._callback = public_url.rstrip("/") + "/sms/status/"
        # Receipts then say whose they are: the two have ids of their own.
        self._query = "" if account.name == "twilio" else f"?provider={account.name}"
        self._sender: dict[str, str] = (
            {"messaging_service_sid": account.service_sid}
            if account.service_sid
            else {"from_": account.number}
        )

    async def send(self, message: Outgoing) -> Result:
        return await result_of(
            self._messages.create_async(
                to=message.peer,
                body=message.body,
                status_callback=self._callback + message.id + self._query,
                validity_period=_validity(message.valid_until),
                # Else Twilio may exchange letters, and the text is not found when asked about.
                smart_encoded=False,
                **self._sender,
            ),
            message.peer,
        )

    async def look_up(self, message: Outgoing) -> LookUp:
        # Not narrowed by DateSent: what waits in Twilio's own queue has none yet, would be
        # missed, and so sent twice.
        try:
            listed = await self._messages.list_async(to=message.peer, limit=LOOK_UP_LIMIT)
        except (TwilioException, aiohttp.ClientError, OSError, TimeoutError) as error:
            return Unknown(f"Asking Twilio failed: {type(error).__name__}.")
        except (ValueError, TypeError, AttributeError, LookupError):
            return Unknown("Twilio's list cannot be understood.")
        since = message.claimed_at - CLOCK_SLACK
        ours = [each for each in listed if _is_since(each, since)]
        matches = sorted(
            (each.date_created, each.sid, str(each.status))
            for each in ours
            if _same_text(each.body or "", message.body)
        )
        if not matches and ours and message.why_unknown == OLD:
            return Others(tuple(each.sid for each in ours))
        if not matches:
            return NotFound()
        return Found(
            tuple((sid, twilio_codes.read_status(word) or "accepted") for _, sid, word in matches)
        )

    async def close(self) -> None:
        await self._http.close()


async def result_of(create: Awaitable[Any], peer: str) -> Result:
    """What came of a create call, of a message or of a telephone call."""
    try:
        made = await create
    except TwilioException as error:
        return read_refusal(error, peer)
    except aiohttp.ClientConnectorError:
        return NotSent(Cause.BUSY, "No connection to Twilio.", "connect")
    except aiohttp.ConnectionTimeoutError:
        return NotSent(Cause.BUSY, "No connection to Twilio in time.", "connect")
    except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        return Unknown(f"The call to Twilio broke off: {type(error).__name__}.")
    except (ValueError, TypeError, AttributeError, LookupError):
        return Unknown("Twilio's answer cannot be understood.")
    if not isinstance(made.sid, str) or not made.sid:
        return Unknown("Twilio's answer names nothing that was made.")
    return Accepted(made.sid)


def read_refusal(error: TwilioException, peer: str) -> Result:
    """What an error answer to a create call means. The provider's words quote the number, so
    only its code is kept."""
    if not isinstance(error, TwilioRestException | TwilioServiceException):
        return Unknown("Twilio's answer cannot be understood.")
    status, code = error.status, error.code if isinstance(error.code, int) else 0
    if status == 429:
        return NotSent(Cause.BUSY, "Twilio takes no more at this moment.", "429")
    # 408: the server gave up reading us, which says nothing of what it did with what it read.
    if not 400 <= status < 500 or status == 408:
        return Unknown(f"Twilio answered with status {status}.")
    cause = twilio_codes.read_refusal(code, status, peer)
    return NotSent(cause, f"Twilio refused with code {code or status}.", str(code or status))


def _validity(valid_until: datetime | None) -> Any:
    if valid_until is None:
        return unset
    left = int((valid_until - datetime.now(UTC)).total_seconds())
    return min(max(left, 1), MAX_VALIDITY_SECONDS)


def _is_since(listed: Any, since: datetime) -> bool:
    made: datetime | None = listed.date_created
    return (
        listed.direction == "outbound-api"  # not the answers that went back as TwiML
        and made is not None
        and made >= since
        and bool(listed.sid)
    )


def _same_text(one: str, other: str) -> bool:
    return one.split() == other.split()
