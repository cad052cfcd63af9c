"""The ways out, one module each; nobody else speaks to a provider.

`PROVIDERS` is the one place that knows which SMS providers there are.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from bot.channels.base import Cause, Channel

if TYPE_CHECKING:
    from bot.channels.provider import Provider
    from bot.service import Service

# The name in GAISMA_SMS_PROVIDER, and the module whose `PROVIDER` it is. Loaded when first used:
# a command that sends nothing need not wait for a provider's library.
PROVIDERS = {
    "twilio": "bot.channels.twilio_provider",
    "kannel": "bot.channels.kannel",
    "sandbox": "bot.channels.sandbox",
}
FALLBACK = "fallback"
# Rows also name ways out that are Twilio's under another name; old ones may name what is gone.
_SPEAKS_AS = {FALLBACK: "twilio", "voice": "twilio"}
# A mail server gives no limit of its own: so many a second make no provider suspicious. Twilio
# begins one call a second.
RATES = {"smtp": 50.0, "voice": 1.0}


@lru_cache(maxsize=32)
def provider_of(name: str) -> Provider:
    """The provider of this name, or of a row with this name."""
    known = _SPEAKS_AS.get(name, name)
    made: Provider = import_module(PROVIDERS.get(known, PROVIDERS["twilio"])).PROVIDER
    return made


def open_channels(service: Service) -> dict[str, Channel]:
    """Every way out by the name of its provider, by the settings; to be called in an event loop."""
    settings, timeout = service.settings, service.policy.outbox_call_timeout_seconds
    made = list(provider_of(settings.sms_provider).open(service, timeout))
    if settings.smtp_url:
        from bot.channels.email import EmailChannel

        made.append(EmailChannel(settings, timeout))
    return {channel.name: channel for channel in made}


def provider_names(service: Service) -> dict[str, tuple[str, ...]]:
    """The providers of each kind of message, by the settings, the preferred one first."""
    settings = service.settings
    sms = [settings.sms_provider]
    if settings.has_fallback and provider_of(settings.sms_provider).can.spare:
        sms.append(FALLBACK)
    names = {"sms": tuple(sms)}
    if settings.smtp_url:
        names["email"] = ("smtp",)
    if settings.has_voice:
        names["voice"] = ("voice",)
    return names


def rate_of(service: Service, provider: str) -> float:
    """How much a provider is given a second: segments of SMS, e-mails, or calls."""
    return RATES.get(provider, service.settings.send_rate)


def read_status(name: str, word: str) -> str | None:
    """Our status for a provider's word in a receipt; None for one that is not known."""
    return provider_of(name).read_status(word)


def read_error_code(name: str, code: str) -> Cause | None:
    """What a receipt's error code says; None for no code or one that is not known."""
    return provider_of(name).read_error_code(code)
