"""Checks of what is elsewhere: the provider of SMS, the mail server, our own public address."""

from __future__ import annotations

import http.client
import secrets
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.channels import probes
from bot.mail_settings import read_mail_server
from bot.running.checks import MEND, NOTE, OK, Check, Look
from bot.running.checks_data import WRONG_CLOCK
from bot.settings import Settings
from bot.web.health import prove

SECONDS = 4.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def sms(settings: Settings) -> Iterator[Check]:
    """Whether the provider is there and lets us in; and its clock beside ours."""
    if settings.sms_provider == "sandbox":
        yield Check("provider", NOTE, "sandbox: SMS go to the simulated phones only")
    elif settings.sms_provider == "kannel":
        yield from _kannel(settings)
    else:
        yield from _twilio(settings)


def _twilio(settings: Settings) -> Iterator[Check]:
    from bot.channels.twilio import fallback_account, main_account

    accounts = [("provider", main_account(settings), "TWILIO_AUTH_TOKEN")]
    if settings.has_fallback:
        accounts.append(("fallback", fallback_account(settings), "GAISMA_FALLBACK_AUTH_TOKEN"))
    for what, account, variable in accounts:
        found = probes.ask_twilio(account, variable)
        yield Check(what, OK if found.good else MEND, found.says)
        if what == "provider" and found.at is not None:
            yield _clock(found.at)


def _kannel(settings: Settings) -> Iterator[Check]:
    from bot.channels import kannel_check

    wrong = kannel_check.ask(settings)
    for sentence in wrong:
        yield Check("provider", MEND, sentence)
    if not wrong:
        yield Check("provider", OK, "Kannel lets us in")


def _clock(theirs: datetime) -> Check:
    apart = abs(datetime.now(UTC) - theirs)
    if apart > WRONG_CLOCK:
        return Check(
            "clock", MEND, f"{apart.total_seconds():.0f} seconds from the provider's: signatures "
            "and leases go by it. Set it by NTP (timedatectl set-ntp true)",
        )  # fmt: skip
    return Check("clock", OK, "as the provider's")


def mail(settings: Settings) -> Iterator[Check]:
    """Whether the mail server takes us."""
    if not settings.smtp_url:
        yield Check("e-mail", NOTE, "GAISMA_SMTP_URL is not set: who has no mobile gets letters")
        return
    found = probes.ask_smtp(read_mail_server(settings.smtp_url))
    yield Check("e-mail", OK if found.good else MEND, found.says)


def address(settings: Settings) -> Iterator[Check]:
    """Whether the public address is safe, leads somewhere, and leads to us."""
    if not settings.public_url:
        yield Check("public address", NOTE, "GAISMA_PUBLIC_URL is not set: no provider reaches us")
        return
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if parts.scheme != "https" and host not in LOOPBACK:
        yield Check("public address", MEND, "GAISMA_PUBLIC_URL is not https://: texts of customers "
                    "and their numbers would travel in the clear")  # fmt: skip
    nonce = secrets.token_hex(16)
    try:
        status, body = _get(settings.public_url.rstrip("/") + f"/healthz/{nonce}")
    except socket.gaierror:
        yield Check("public address", MEND, f"{host} has no address in the DNS")
    except ssl.SSLError:
        yield Check("public address", MEND, f"the certificate of {host} is not good for that name")
    except (OSError, http.client.HTTPException) as error:
        yield Check("public address", MEND, f"nothing answers there ({type(error).__name__}); "
                    "start the service, look at the proxy and the firewall")  # fmt: skip
    else:
        yield _itself(settings, nonce, status, body)


def _itself(settings: Settings, nonce: str, status: int, body: str) -> Check:
    what = "public address"
    if status != 200:
        return Check(what, MEND, f"it answers with status {status} instead of Gaisma's /healthz")
    if not settings.secret_keys:
        return Check(what, NOTE, "it answers; whether it is us can be told with GAISMA_SECRET_KEY")
    if body.strip() != prove(settings.signing_key, nonce):
        return Check(what, MEND, "another service answers there, or one with another "
                     "GAISMA_SECRET_KEY")  # fmt: skip
    return Check(what, OK, "it leads to this service")


def _get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    line = (
        http.client.HTTPSConnection(host, port, timeout=SECONDS)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=SECONDS)
    )
    try:
        line.request("GET", parts.path, headers={"User-Agent": "gaisma-doctor"})
        answer = line.getresponse()
        return answer.status, answer.read(1000).decode("utf-8", "replace")
    finally:
        line.close()


# With the settings that each hangs on.
LOOKS: tuple[tuple[str, Look, tuple[str, ...]], ...] = (
    ("provider", sms, (
        "sms_provider", "twilio_account_sid", "twilio_auth_tokens", "twilio_api_url",
        "fallback_account_sid", "fallback_auth_tokens", "fallback_api_url",
        "kannel_url", "kannel_user", "kannel_password",
    )),
    ("e-mail", mail, ("smtp_url", "mail_from")),
    ("public address", address, ("public_url",)),
)  # fmt: skip
