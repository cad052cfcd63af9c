"""Whether the providers are there and let us in: one short question each, nothing is sent.

Every answer is a sentence for whoever runs the service; no secret and no number is in it.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.mail_settings import MailServer

if TYPE_CHECKING:
    from bot.channels.twilio import Account

SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of a question. `at`: the provider's clock, where it tells it."""

    good: bool
    says: str
    at: datetime | None = None


def ask_twilio(account: Account, variable: str) -> Probe:
    """Read the account itself: free, and it needs the same key as sending. `variable`: the setting
    of its token."""
    import aiohttp

    try:
        status, body, date = asyncio.run(_account(account))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Probe(
            False, f"Twilio cannot be reached ({type(error).__name__}): is there a way to the net?"
        )
    at = _date(date)
    if status == 401:
        return Probe(
            False, f"Twilio refuses the token in {variable} for this account; "
            "copy both anew from its console", at,
        )  # fmt: skip
    if status == 404:
        return Probe(False, "Twilio knows no such account; see TWILIO_ACCOUNT_SID", at)
    if status != 200:
        return Probe(False, f"Twilio answers with status {status}; try again later", at)
    return _read_account(body, at)


async def _account(account: Account) -> tuple[int, str, str]:
    from twilio.rest import Client

    from bot.channels.twilio import DEFAULT_URL, HttpClient

    http = HttpClient(account.url or DEFAULT_URL, SECONDS)
    try:
        client = Client(account.sid, account.token, http_client=http, environment={})
        answer = await client.request_async(
            "GET", f"{DEFAULT_URL}/2010-04-01/Accounts/{account.sid}.json"
        )
        return int(answer.status_code), str(answer.text), str(answer.headers.get("Date", ""))
    finally:
        await http.close()


def _read_account(body: str, at: datetime | None) -> Probe:
    try:
        found = json.loads(body)
        state, kind = str(found["status"]), str(found.get("type", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Probe(False, "something answers that is not Twilio; see GAISMA_TWILIO_API_URL", at)
    if state != "active":
        return Probe(False, f"the account at Twilio is {state}; its console says why", at)
    if kind == "Trial":
        return Probe(True, "Twilio lets us in; a trial account sends to verified numbers only", at)
    return Probe(True, "Twilio lets us in", at)


def ask_smtp(server: MailServer) -> Probe:
    """Connect, greet, sign in as sending does, and leave."""
    where = f"{server.host}:{server.port}"
    try:
        with _connect(server) as line:
            if server.tls == "starttls":
                line.starttls(context=ssl.create_default_context())
            if server.user:
                line.login(server.user, server.password)
            code, _ = line.noop()
    except smtplib.SMTPAuthenticationError:
        return Probe(False, f"{where} refuses the user or password in GAISMA_SMTP_URL")
    except smtplib.SMTPNotSupportedError:
        return Probe(False, f"{where} offers no sign-in or no STARTTLS; see GAISMA_SMTP_URL")
    except ssl.SSLError:
        return Probe(False, f"the certificate of {where} is not good for that name")
    except (smtplib.SMTPException, OSError) as error:
        return Probe(False, f"{where} does not answer as a mail server ({type(error).__name__})")
    return Probe(code == 250, f"{where} lets us in" if code == 250 else f"{where} answers {code}")


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.tls == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=SECONDS)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
