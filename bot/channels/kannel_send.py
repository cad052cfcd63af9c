"""Sending through Kannel's sendsms. It names no message and keeps no list that could be asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.channels import kannel_codes
from bot.channels.base import Accepted, CannotAsk, Cause, LookUp, NotSent, Outgoing, Result, Unknown
from bot.channels.kannel import MAX_PARTS, NAME, coding_of, name_try, receipt_url
from bot.settings import Settings

PATH = "/cgi-bin/sendsms"
CONNECTIONS = 150
# "0: Accepted for delivery" and, while the carrier cannot be reached, "3: Queued for later
# delivery": both are Kannel's to deliver now.
TAKEN = ("0:", "3:")
MAX_BODY = 1000
PRIORITY = {"answer": "1", "alert": "0"}


def sendsms_url(url: str) -> str:
    """The address of sendsms; Kannel's own path where the setting gives only a host."""
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + PATH


class BrokenOffError(aiohttp.ClientError):
    """The connection broke off after the call had begun."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp repeats a GET by itself when its connection breaks off; this GET sends an SMS."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenOffError from error


class KannelChannel:
    """SMS through one Kannel."""

    name = NAME

    def __init__(self, settings: Settings, timeout: float) -> None:
        self._settings = settings
        self._url = URL(sendsms_url(settings.kannel_url))
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=25),
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 5.0)),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_once,),
        )

    async def send(self, message: Outgoing) -> Result:
        if message.segments > MAX_PARTS:
            return NotSent(Cause.REFUSED, "Longer than Kannel passes on.", "too_long")
        try:
            async with self._session.get(
                self._url.with_query(self._fields(message)), allow_redirects=False
            ) as answer:
                body = (await answer.content.read(MAX_BODY)).decode("utf-8", "replace")
                return read_result(answer.status, body, message)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotSent(Cause.BUSY, "No connection to Kannel.", "connect")
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            return Unknown(f"The call to Kannel broke off: {type(error).__name__}.")
        except ValueError:
            return Unknown("Kannel's answer cannot be understood.")

    def _fields(self, message: Outgoing) -> dict[str, str]:
        settings = self._settings
        fields = {
            "username": settings.kannel_user,
            "password": settings.kannel_password,
            "from": settings.short_number,
            "to": message.peer,
            "text": message.body,
            "charset": "UTF-8",
            "coding": coding_of(message.body),
            "priority": PRIORITY.get(message.lane, "0"),
            "dlr-mask": str(kannel_codes.ALL_RECEIPTS),
            "dlr-url": receipt_url(settings, message.id, str(message.attempts)),
        }
        if message.valid_until is not None:
            left = (message.valid_until - datetime.now(UTC)).total_seconds()
            fields["validity"] = str(max(1, int(left // 60)))  # minutes
        return fields

    async def look_up(self, message: Outgoing) -> LookUp:
        return CannotAsk()

    async def close(self) -> None:
        await self._session.close()


def read_result(status: int, body: str, message: Outgoing) -> Result:
    """What an answer of sendsms means."""
    if status in (200, 202) and body.lstrip().startswith(TAKEN):
        return Accepted(name_try(message.id, str(message.attempts)))
    cause = kannel_codes.read_refusal(status, body, message.peer)
    if cause is None:
        return Unknown(f"Kannel answered with status {status}.")
    return NotSent(cause, f"Kannel refused with status {status}.", f"http{status}")
