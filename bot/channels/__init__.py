"""The ways out, one module each; nobody else speaks to a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.base import Cause, Channel

if TYPE_CHECKING:
    from bot.service import Service


def open_channels(service: Service) -> dict[str, Channel]:
    """The way out for each kind of message, by the settings; to be called in an event loop."""
    settings, timeout = service.settings, service.policy.outbox_call_timeout_seconds
    if settings.sms_provider == "twilio":
        # Imported here: Twilio's REST client takes half a second, which `gaisma --help` need not.
        from bot.channels.twilio import TwilioChannel

        return {"sms": TwilioChannel(settings, timeout)}
    if settings.sms_provider == "sandbox":
        from bot.channels.sandbox import SandboxChannel

        return {"sms": SandboxChannel(service.database)}
    return {}


def provider_names(service: Service) -> dict[str, str]:
    """The provider that each kind of message goes to, by the settings."""
    return {"sms": service.settings.sms_provider}


def read_status(provider: str, word: str) -> str | None:
    """Our status for a provider's word in a receipt; None for one that is not known."""
    from bot.channels import twilio_codes

    return twilio_codes.read_status(word)


def read_error_code(provider: str, code: str) -> Cause | None:
    """What a receipt's error code says of the number for good; None when nothing."""
    from bot.channels import twilio_codes

    return twilio_codes.read_error_code(code)
