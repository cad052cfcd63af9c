"""Who is told of events by webhook: added, given another secret, tried again, removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.delivery import hook_calls
from bot.delivery.hook_calls import AddressRefused, Networks
from storage import Database, Row, Tx, webhooks
from storage.database import audit


class WebhookRefused(Exception):
    """It cannot be added; the sentence says why."""


def add(
    database: Database, url: str, events: tuple[str, ...], *, contacts: bool, by: str,
    now: datetime, allowed: Networks = (),
) -> tuple[str, str]:  # fmt: skip
    """(id, secret) of a new subscription. A name that is not known yet may be so later: `doubt`.

    Raises WebhookRefused for an address at which nothing can be delivered.
    """
    try:
        hook_calls.check_url(url, allowed)
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        hook_calls.resolve(
            str(parts.hostname), parts.port or (443 if secure else 80), allowed, secure=secure
        )
    except AddressRefused as refused:
        raise WebhookRefused(f"{url}: {refused}") from refused
    except ConnectionError:
        pass
    secret = hook_calls.new_secret()

    def work(tx: Tx) -> str:
        wanted = " ".join(sorted(set(events)))
        made = webhooks.add(tx, url, wanted, secret, contacts=contacts, by=by, now=now)
        webhooks.set_triggers(tx)
        audit(tx, by, "webhook.add", made, now=now, detail=wanted)
        return made

    return database.transaction(work), secret


def doubt(url: str) -> str:
    """Why nothing can be delivered at this address now, though it may be later; '' for nothing."""
    parts = urlsplit(url)
    host = str(parts.hostname)
    try:
        hook_calls.look_up(host, parts.port or 443)
    except ConnectionError:
        return f"{host} has no address in the DNS now; events are tried for three days."
    return ""


def rotate(database: Database, row: Row, *, by: str, now: datetime, hours: int) -> str:
    """Another secret; the old one signs too for so many hours."""
    secret, key = hook_calls.new_secret(), str(row["id"])

    def work(tx: Tx) -> None:
        webhooks.rotate(tx, key, secret, now + timedelta(hours=hours))
        audit(tx, by, "webhook.rotate", key, now=now)

    database.transaction(work)
    return secret


def retry(database: Database, row: Row, *, by: str, now: datetime) -> int:
    """Deliver again what was set aside; how many. Three days begin anew for none of them: each
    gets one try more."""
    key = str(row["id"])

    def work(tx: Tx) -> int:
        audit(tx, by, "webhook.retry", key, now=now)
        return webhooks.retry(tx, key, now)

    return database.transaction(work)


def remove(database: Database, row: Row, *, by: str, now: datetime) -> None:
    """Tell nothing there any more."""
    key = str(row["id"])

    def work(tx: Tx) -> None:
        webhooks.set_state(tx, key, "removed")
        audit(tx, by, "webhook.remove", key, now=now)

    database.transaction(work)
