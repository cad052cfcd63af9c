"""The ways out, one module each; nobody else speaks to a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.base import Cause, Channel

if TYPE_CHECKING:
    from bot.service import Service

FALLBACK = "fallback"
# A mail server gives no limit of its own: so many a second make no provider suspicious. Twilio
# begins one call a second.
RATES = {"smtp": 50.0, "voice": 1.0}


def open_channels(service: Service) -> dict[str, Channel]:
    """Every way out by the name of its provider, by the settings; to be called in an event loop."""
    made: list[Channel] = []
    settings, timeout = service.settings, service.policy.outbox_call_timeout_seconds
    if settings.sms_provider == "twilio":
        # Imported here: Twilio's REST client takes half a second, which `gaisma --help` need not.
        from bot.channels.twilio import TwilioChannel, fallback_account, main_account

        made.append(TwilioChannel(main_account(settings), settings.public_url, timeout))
        if settings.has_fallback:
            made.append(TwilioChannel(fallback_account(settings), settings.public_url, timeout))
        if settings.has_voice:
            from bot.channels.voice import VoiceChannel

            account, number = main_account(settings), settings.voice_number
            made.append(VoiceChannel(account, number, settings.public_url, timeout))
    elif settings.sms_provider == "sandbox":
        from bot.channels.sandbox import SandboxChannel

        made.append(SandboxChannel(service.database))
    if settings.smtp_url:
        from bot.channels.email import EmailChannel

        made.append(EmailChannel(settings, timeout))
    return {channel.name: channel for channel in made}


def provider_names(service: Service) -> dict[str, tuple[str, ...]]:
    """The providers of each kind of message, by the settings, the preferred one first."""
    settings = service.settings
    sms = [settings.sms_provider]
    if settings.sms_provider == "twilio" and settings.has_fallback:
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


def read_status(provider: str, word: str) -> str | None:
    """Our status for a provider's word in a receipt; None for one that is not known."""
    from bot.channels import twilio_codes

    return twilio_codes.read_status(word)


def read_error_code(provider: str, code: str) -> Cause | None:
    """What a receipt's error code says; None for no code or one that is not known."""
    from bot.channels import twilio_codes

    return twilio_codes.read_error_code(code)
