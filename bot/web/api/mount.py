"""Where the API hangs in the web service: its libraries are loaded at its first request.

They take a second and 30 MB, which neither a start nor a text should pay for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.conversation.places import Places
from bot.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/api/v1"
_INSIDE = PREFIX + "/"


class Mounted:
    """A WSGI app with the API beside it. All that a text pays is one comparison of its path."""

    def __init__(self, pages: WSGIApplication, service: Service, places: Places) -> None:
        self._pages, self._parts = pages, (service, places)
        self._api: Any = None
        self._making = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(_INSIDE):
            return self._pages(environ, start_response)
        inner = dict(environ)
        inner["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
        inner["PATH_INFO"] = path[len(PREFIX) :]
        answer: Iterable[bytes] = self.api(inner, start_response)
        return answer

    @property
    def api(self) -> Any:
        """The API, made by the first who asks."""
        if self._api is None:
            with self._making:
                if self._api is None:
                    from bot.web.api.app import create_api

                    self._api = create_api(*self._parts)
        return self._api
