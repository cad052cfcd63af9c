"""What machines ask to learn how the service is: alive, ready, itself, and its figures."""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from flask import Blueprint, Response, abort, current_app, request

from bot.conversation.places import Places
from bot.running.figures import Figures
from bot.service import Service
from bot.settings import Settings
from storage import Database, StorageError, vitals

log = logging.getLogger("gaisma.web")

# A proxy says with these that somebody else asks through it.
_THROUGH = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
NONCE_LENGTH = 32


def blueprint(service: Service, places: Places, *, writes: bool = True) -> Blueprint:
    """`/healthz`, `/healthz/<nonce>`, `/readyz` and `/metrics`. `writes`: a part that only reads is
    ready when it can."""
    pages = Blueprint("health", __name__)
    figures = Figures(service)
    may_read = Readers(service.settings)
    writing = Writing(service.database)

    @pages.get("/healthz")
    def healthz() -> str:
        return "ok\n"

    @pages.get("/healthz/<nonce>")
    def itself(nonce: str) -> str:
        """Proof that who answers has our key, for `gaisma doctor`: the address is ours."""
        if len(nonce) != NONCE_LENGTH or not nonce.isalnum():
            abort(404)
        return prove(service.settings.signing_key, nonce) + "\n"

    @pages.get("/readyz")
    def readyz() -> tuple[str, int]:
        """Ready when the database has the schema this code needs and can be written, no text has
        to wait in a file, and the addresses are read."""
        if service.database.pending_migrations():
            return "The database lacks migrations; run: gaisma migrate\n", 503
        if not places.is_ready:
            return "The addresses are being read; please try again.\n", 503
        if writes and (why := writing.trouble(datetime.now(UTC))):
            return f"{why}\n", 503
        intake = current_app.extensions.get("gaisma.spool")
        if intake is not None and intake.is_closed:
            return "The database could not be written; texts wait in files.\n", 503
        return "ok\n", 200

    @pages.get("/metrics")
    def metrics() -> Response:
        may_read.require()
        return Response(figures.read(), content_type=figures.content_type)

    return pages


def prove(key: str, nonce: str) -> str:
    """What only who has the key can answer. With a prefix: nothing else we sign begins so."""
    return hmac.new(key.encode(), f"gaisma healthz {nonce}".encode(), hashlib.sha256).hexdigest()


class Writing:
    """Whether the database can be written. One request at a time tries, as it may take seconds
    where somebody holds the file; the others get what was found before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._trying = threading.Lock()
        self._found = ""

    def trouble(self, now: datetime) -> str:
        """Why not, in a sentence; '' when it can."""
        if self._trying.acquire(blocking=False):
            try:
                self._found = self._try(now)
            finally:
                self._trying.release()
        return self._found

    def _try(self, now: datetime) -> str:
        try:
            vitals.check_writable(self._database, now)
        except StorageError as error:
            if str(error) != self._found:
                log.error("not ready: %s", error)
            return str(error)
        if self._found:
            log.warning("the database can be written again")
        return ""


class Readers:
    """Who may read the figures: the public page is served at the same port."""

    def __init__(self, settings: Settings) -> None:
        self._token = f"Bearer {settings.metrics_token}" if settings.metrics_token else ""
        self._networks = [ip_network(each, strict=False) for each in settings.metrics_from]

    def require(self) -> None:
        """403 unless the caller may."""
        given = request.headers.get("Authorization", "")
        if self._token and hmac.compare_digest(given.encode(), self._token.encode()):
            return
        if not self._is_near():
            abort(403, "The figures are for GAISMA_METRICS_FROM, or with GAISMA_METRICS_TOKEN.")

    def _is_near(self) -> bool:
        if any(name in request.environ for name in _THROUGH):
            return False  # the address is that of the proxy
        try:
            address = ip_address(request.remote_addr or "")
        except ValueError:
            return False
        return any(address in network for network in self._networks)
