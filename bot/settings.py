"""The settings: one frozen object from the environment, checked at start. Rules are in policy."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from bot import channels, mail_settings
from storage.database import shown_address

# Without a key of its own an installation signs with this one: sign-ins end at each restart.
_KEY_OF_THIS_PROCESS = secrets.token_hex(32)
PROVIDERS = tuple(channels.PROVIDERS)
# What each provider cannot work without.
_NEEDED = {
    "twilio": ("public_url", "twilio_account_sid", "twilio_auth_tokens"),
    "kannel": ("public_url", "kannel_url", "kannel_user", "kannel_password", "kannel_tokens"),
}


class SettingsError(Exception):
    """A setting is missing or wrong; the sentences say which and what to write instead."""


@dataclass(frozen=True)
class Settings:
    """Every setting of the environment. Tuples are comma-separated there; '' means not set."""

    database_url: str = "sqlite:///var/gaisma.db"
    public_url: str = ""
    secret_keys: tuple[str, ...] = ()
    erasures: str = ""
    policy: str = ""
    spool: str = ""
    sms_provider: str = "sandbox"
    short_number: str = "1880"
    twilio_account_sid: str = ""
    twilio_auth_tokens: tuple[str, ...] = ()
    twilio_messaging_service_sid: str = ""
    twilio_api_url: str = ""
    fallback_account_sid: str = ""
    fallback_auth_tokens: tuple[str, ...] = ()
    fallback_messaging_service_sid: str = ""
    fallback_short_number: str = ""
    fallback_api_url: str = ""
    voice: str = ""
    voice_number: str = ""
    kannel_url: str = ""
    kannel_user: str = ""
    kannel_password: str = ""
    kannel_tokens: tuple[str, ...] = ()
    kannel_addresses: tuple[str, ...] = ()
    kannel_callback_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    bounce_address: str = ""
    bounce_mailbox: str = ""
    bounce_token: str = ""
    webhook_networks: tuple[str, ...] = ()
    send_rate: float = 30.0
    log: str = "text"
    log_level: str = "info"
    proxies: tuple[str, ...] = ()
    metrics_token: str = ""
    metrics_from: tuple[str, ...] = ("127.0.0.1", "::1")

    @property
    def has_fallback(self) -> bool:
        """Whether a second account takes SMS over when the first is slow or fails."""
        return bool(self.fallback_account_sid and self.fallback_auth_tokens)

    @property
    def has_voice(self) -> bool:
        """Whether the list of calls is rung up automatically."""
        return self.voice == "on"

    @property
    def signing_key(self) -> str:
        """The key that signs; the others only verify, so that keys can be changed at work."""
        return self.secret_keys[0] if self.secret_keys else _KEY_OF_THIS_PROCESS


ENVIRONMENT = {
    "database_url": "GAISMA_DATABASE_URL",
    "public_url": "GAISMA_PUBLIC_URL",
    "secret_keys": "GAISMA_SECRET_KEY",
    "erasures": "GAISMA_ERASURES",
    "policy": "GAISMA_POLICY",
    "spool": "GAISMA_SPOOL",
    "sms_provider": "GAISMA_SMS_PROVIDER",
    "short_number": "GAISMA_SHORT_NUMBER",
    "twilio_account_sid": "TWILIO_ACCOUNT_SID",
    "twilio_auth_tokens": "TWILIO_AUTH_TOKEN",
    "twilio_messaging_service_sid": "TWILIO_MESSAGING_SERVICE_SID",
    "twilio_api_url": "GAISMA_TWILIO_API_URL",
    "fallback_account_sid": "GAISMA_FALLBACK_ACCOUNT_SID",
    "fallback_auth_tokens": "GAISMA_FALLBACK_AUTH_TOKEN",
    "fallback_messaging_service_sid": "GAISMA_FALLBACK_MESSAGING_SERVICE_SID",
    "fallback_short_number": "GAISMA_FALLBACK_SHORT_NUMBER",
    "fallback_api_url": "GAISMA_FALLBACK_API_URL",
    "voice": "GAISMA_VOICE",
    "voice_number": "GAISMA_VOICE_NUMBER",
    "kannel_url": "GAISMA_KANNEL_URL",
    "kannel_user": "GAISMA_KANNEL_USER",
    "kannel_password": "GAISMA_KANNEL_PASSWORD",
    "kannel_tokens": "GAISMA_KANNEL_TOKEN",
    "kannel_addresses": "GAISMA_KANNEL_ADDRESSES",
    "kannel_callback_url": "GAISMA_KANNEL_CALLBACK_URL",
    "smtp_url": "GAISMA_SMTP_URL",
    "mail_from": "GAISMA_MAIL_FROM",
    "bounce_address": "GAISMA_BOUNCE_ADDRESS",
    "bounce_mailbox": "GAISMA_BOUNCE_MAILBOX",
    "bounce_token": "GAISMA_BOUNCE_TOKEN",
    "webhook_networks": "GAISMA_WEBHOOK_NETWORKS",
    "send_rate": "GAISMA_SEND_RATE",
    "log": "GAISMA_LOG",
    "log_level": "GAISMA_LOG_LEVEL",
    "proxies": "GAISMA_PROXIES",
    "metrics_token": "GAISMA_METRICS_TOKEN",
    "metrics_from": "GAISMA_METRICS_FROM",
}
SECRET = {
    "secret_keys", "twilio_auth_tokens", "fallback_auth_tokens", "kannel_password",
    "kannel_tokens", "smtp_url", "bounce_mailbox", "bounce_token",
    "metrics_token",
}  # fmt: skip
_URLS = (
    "public_url", "twilio_api_url", "fallback_api_url", "kannel_url", "kannel_callback_url",
)  # fmt: skip
# Read elsewhere, and no setting of an installation.
_NO_SETTINGS = (
    "GAISMA_DEBUG", "GAISMA_PYTHON", "GAISMA_FAILPOINT", "GAISMA_EXAMPLES", "GAISMA_NODE_TOOLS",
    "GAISMA_COMPLETE", "_GAISMA_COMPLETE", "GAISMA_TEST_ENGINE",
)  # fmt: skip
_NETWORKS = ("kannel_addresses", "webhook_networks", "proxies", "metrics_from")
_WORDS = {"log": ("text", "json"), "log_level": ("debug", "info", "warning", "error")}
_ABOUT_MAIL = (
    "smtp_url", "mail_from", "bounce_address", "bounce_mailbox", "public_url",
)  # fmt: skip


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment.

    Raises SettingsError naming every variable that is wrong, one sentence each.
    """
    settings, wrong = look_over(environment)
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def look_over(environment: Mapping[str, str] | None = None) -> tuple[Settings, list[str]]:
    """The settings of this environment as they stand, and a sentence on each that is wrong."""
    values = os.environ if environment is None else environment
    known: dict[str, object] = {}
    wrong: list[str] = []
    for field in fields(Settings):
        text = values.get(ENVIRONMENT[field.name], "").strip()
        if not text:
            continue
        if field.name == "send_rate":
            try:
                known[field.name] = _rate(text)
            except ValueError:
                wrong.append(f"GAISMA_SEND_RATE is {text!r}; write segments a second, such as 30.")
        elif isinstance(field.default, tuple):
            known[field.name] = tuple(part.strip() for part in text.split(",") if part.strip())
        else:
            known[field.name] = text
    settings = Settings(**known)  # type: ignore[arg-type]
    return settings, wrong + problems(settings)


def problems(settings: Settings) -> list[str]:
    """Sentences on what is missing for the provider chosen, or is written wrongly."""
    found = []
    if settings.sms_provider not in PROVIDERS:
        found.append(
            f"GAISMA_SMS_PROVIDER is {settings.sms_provider!r}; it can be {', '.join(PROVIDERS)}."
        )
    for name in _URLS:
        url = getattr(settings, name)
        if url and urlsplit(url).scheme not in ("http", "https"):
            found.append(f"{ENVIRONMENT[name]} is {url!r}; it must begin with http:// or https://.")
    found += [
        f"{ENVIRONMENT[name]} is not set; the provider {settings.sms_provider} needs it."
        for name in _NEEDED.get(settings.sms_provider, ())
        if not getattr(settings, name)
    ]
    if bool(settings.fallback_account_sid) != bool(settings.fallback_auth_tokens):
        found.append(
            "Set both GAISMA_FALLBACK_ACCOUNT_SID and GAISMA_FALLBACK_AUTH_TOKEN, or none."
        )
    if settings.voice not in ("", "on", "off"):
        found.append(f"GAISMA_VOICE is {settings.voice!r}; it can be on or off.")
    if settings.has_voice and (settings.sms_provider != "twilio" or not settings.voice_number):
        found.append("GAISMA_VOICE needs the provider twilio and GAISMA_VOICE_NUMBER.")
    mail = {ENVIRONMENT[name]: getattr(settings, name) for name in _ABOUT_MAIL}
    mail["GAISMA_SECRET_KEY"] = ",".join(settings.secret_keys)
    return found + _badly_written(settings) + mail_settings.problems(mail)


def _badly_written(settings: Settings) -> list[str]:
    """Sentences on words that are not among those there are, and networks that are none."""
    return [
        f"{ENVIRONMENT[name]} is {getattr(settings, name)!r}; it can be {', '.join(words)}."
        for name, words in _WORDS.items()
        if getattr(settings, name) not in words
    ] + [
        f"{ENVIRONMENT[name]} has {each!r}; write addresses such as 10.0.0.5 or 10.0.0.0/24."
        for name in _NETWORKS
        for each in getattr(settings, name)
        if not _is_network(each)
    ]


def public_lines(settings: Settings) -> list[tuple[str, str]]:
    """(variable, value) of every setting, secrets only as set or not set: for people to read."""
    lines = []
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if field.name in SECRET:
            shown = "set" if value else "not set"
        else:
            shown = ", ".join(value) if isinstance(value, tuple) else str(value)
            shown = shown_address(shown) if field.name == "database_url" else shown
        lines.append((ENVIRONMENT[field.name], shown or "not set"))
    return lines


def misspelt(environment: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """(variable, the setting that is nearest to it or '') of each that looks like one of ours."""
    names = os.environ if environment is None else environment
    strange = set(names) - set(ENVIRONMENT.values()) - set(_NO_SETTINGS)
    found = []
    for name in sorted(strange):
        if name.upper().startswith("GAISMA_") and not name.startswith("GAISMA_LONG_"):
            found.append((name, _nearest(name.upper(), 0.65)))
        elif name.startswith("TWILIO_") and (near := _nearest(name, 0.85)):
            found.append((name, near))  # others are for Twilio's own tools
    return found


def _nearest(name: str, cutoff: float) -> str:
    from difflib import get_close_matches  # only a person's question needs it

    # Without what all share, which would make everything near.
    ours = {each.removeprefix("GAISMA_"): each for each in ENVIRONMENT.values()}
    near = get_close_matches(name.removeprefix("GAISMA_"), ours, n=1, cutoff=cutoff)
    return ours[near[0]] if near else ""


def _is_network(text: str) -> bool:
    from ipaddress import ip_network  # few installations have any

    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= 100_000:
        raise ValueError
    return rate
