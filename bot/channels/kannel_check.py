"""Whether Kannel is there and lets us in. It is asked without a receiver, so nothing is sent."""

from __future__ import annotations

from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from bot.channels.kannel_send import sendsms_url
from bot.settings import Settings

SECONDS = 5.0
NO_RECEIVER = "receiver"


def ask(settings: Settings) -> list[str]:
    """Sentences on what is wrong, each with what to do."""
    url = sendsms_url(settings.kannel_url)
    query = urlencode({"username": settings.kannel_user, "password": settings.kannel_password})
    try:
        with urlopen(f"{url}?{query}", timeout=SECONDS) as answer:  # noqa: S310 - http by settings
            return _read(url, answer.status, answer.read(1000).decode("utf-8", "replace"))
    except HTTPError as error:
        with error:
            return _read(url, error.code, error.read(1000).decode("utf-8", "replace"))
    except (URLError, OSError, ValueError):
        return [f"Nothing answers at {url}: is Kannel's smsbox running, and GAISMA_KANNEL_URL so?"]


def _read(url: str, status: int, body: str) -> list[str]:
    if status == 400 and NO_RECEIVER in body.lower():
        return []
    if status in (401, 403):
        return ["Kannel refuses GAISMA_KANNEL_USER with GAISMA_KANNEL_PASSWORD: see sendsms-user."]
    return [f"{url} answers with status {status}, not as Kannel's sendsms: see GAISMA_KANNEL_URL."]
