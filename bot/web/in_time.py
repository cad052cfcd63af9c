"""How long a request may wait for the database, by who asks; the outermost part but one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from storage.patience import within

# Who watches us asks every few seconds and gives an answer up after five or ten.
PROBES, PROBE_SECONDS = ("/readyz", "/metrics"), 4.0
# Twilio gives a text up after 15 seconds; until then it is kept in a file, and answered.
PROVIDER_SECONDS = 11.0
# A report, a file or a cancelled week is many statements, none of which may take a minute.
SECONDS = 180.0


class InTime:
    """WSGI: what a request asks of the database has an answer in time, or there is none.

    `providers`: what the addresses begin with that providers call.
    """

    def __init__(
        self, app: Callable[..., Iterable[bytes]], providers: tuple[str, ...]
    ) -> None:  # fmt: skip
        self._app, self._providers = app, providers

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        with within(self._limit(environ.get("PATH_INFO", ""))):
            return self._app(environ, start_response)

    def _limit(self, path: str) -> float:
        if path in PROBES:
            return PROBE_SECONDS
        return PROVIDER_SECONDS if path.startswith(self._providers) else SECONDS
