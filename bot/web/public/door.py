"""The way in for visitors, before Flask: what is made already is given out at once.

A page costs some ten microseconds here; through Flask three hundred, which a storm of visitors
would take from the texts of customers. What is not made yet goes on to Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from bot.web.public.answers import Answer, StartResponse
from bot.web.public.kept import Shelf
from locales.catalogue import LANGUAGES

PATHS = frozenset(
    ("/", "/search", "/outages", "/outages.json", "/outages.geojson", "/outages.atom",
     "/outages.ics")
)  # fmt: skip
ONE = "/outages/"
_MOST_NAMES = 5000
_LONGEST_HEADER = 200
Alias = tuple[str, str, str]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


@lru_cache(maxsize=1024)
def best_language(header: str) -> str:
    """The language of ours that a browser asks for; Latvian when it asks for none of them."""
    accepted = parse_accept_header(header[:_LONGEST_HEADER], LanguageAccept)
    return accepted.best_match(LANGUAGES) or LANGUAGES[0]


class Door:
    """A WSGI app around another. `number` is that of the site now; 0 while there is none."""

    def __init__(self, app: Wsgi, shelf: Shelf) -> None:
        self._app, self._shelf = app, shelf
        self._names: dict[Alias, Hashable] = {}
        self.number = 0

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if (path in PATHS or path.startswith(ONE)) and self.number:
            answer = self._made(environ)
            if answer is not None:
                return answer.respond(environ, start)
        return self._app(environ, start)

    def note(self, environ: Mapping[str, Any], key: Hashable) -> None:
        """The answer to a request like this one is on the shelf by this key."""
        if len(self._names) >= _MOST_NAMES:
            self._names = {}
        self._names[_alias(environ)] = key

    def _made(self, environ: Mapping[str, Any]) -> Answer | None:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        key = self._names.get(_alias(environ))
        return None if key is None else self._shelf.find(key, self.number)


def _alias(environ: Mapping[str, Any]) -> Alias:
    query = environ.get("QUERY_STRING", "")
    if "lang=" in query:
        return environ["PATH_INFO"], query, ""
    return environ["PATH_INFO"], query, best_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
