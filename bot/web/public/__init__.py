"""The public page: outages now and planned, for everybody, without a cookie or a script.

Answers are made of one picture of the outages (`site`), once for each change, and kept as bytes
(`kept`, `answers`); `door` gives them out. Nothing here knows a customer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, request

from bot.conversation.places import Places
from bot.service import Service
from bot.watch import Watch
from bot.web.public.answers import Answer, Headers, refusal
from bot.web.public.calendars import Calendars, Wish
from bot.web.public.door import Door, best_language
from bot.web.public.feeds import HEADERS as OF_FEEDS
from bot.web.public.feeds import Feeds
from bot.web.public.kept import Crowded, Shelf
from bot.web.public.pages import RETRY_SECONDS, Pages
from bot.web.public.search import Search, tidy
from bot.web.public.site import Reader, Site
from locales.catalogue import LANGUAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PREFIXES = ("/outages", "/search", "/robots.txt", "/favicon.svg")  # of addresses, besides "/"
CHECK_SECONDS = 1.0
_OVERDUE_SECONDS = 120.0
_MOST_WAITING = 8  # of the server's threads, for the very first picture
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOST_PAGES = 1000
_TEXT = "text/plain; charset=utf-8"
_BUSY = "Very many are asking; please try again in a few seconds.\n"
_NO_PLACE = "No street or town is called so, or several are; name the street and its town.\n"
# A sheet of paper with a bolt on it: the sign of the service.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" '
    'rx="3" fill="#0b5c63"/><path d="M9.5 1.5 4 9h3.2l-.9 5.5L12 7H8.7z" fill="#ffd166"/></svg>'
)
ROBOTS = "User-agent: *\nDisallow: /console/\nDisallow: /phone/\nDisallow: /search\n"
Making = Callable[[Site, Answer | None], Answer]


def add(app: Flask, service: Service, places: Places) -> Front:
    """Put the public page into an app: its addresses, and the door before them."""
    front = Front(app, service, places)
    app.register_blueprint(front.blueprint())
    app.wsgi_app = front.door  # type: ignore[assignment,method-assign]
    return front


class Front:
    """All that visitors can ask for. `refresh` looks for changes; a thread does so each second
    from the first visitor on."""

    def __init__(self, app: Flask, service: Service, places: Places) -> None:
        word = timedelta(minutes=service.policy.unplanned_next_word_minutes)
        self._reader = Reader(service.database, word)
        self._pages, self._feeds = Pages(app, service), Feeds(service)
        self._calendars = Calendars(service)
        self._search = Search(service.database, places)
        self.shelf = Shelf()
        inner: WSGIApplication = app.wsgi_app
        self.door = Door(inner, self.shelf)  # type: ignore[arg-type]
        self._watch = Watch("gaisma-public", lambda: CHECK_SECONDS, _OVERDUE_SECONDS)
        self._first = threading.BoundedSemaphore(_MOST_WAITING)

    # --- the picture ------------------------------------------------------------------------

    def prepare(self) -> None:
        """Read the first picture and follow changes from now on, before anybody comes."""
        threading.Thread(target=self._site, name="gaisma-public-first", daemon=True).start()

    def stop(self) -> None:
        """Follow no more changes."""
        self._watch.stop()

    def refresh(self, *, anew: bool = False) -> Site:
        """Read what has changed, and make the first page anew. `anew`: all the others as well, and
        even so soon after the last time.

        Raises StorageError when it cannot be read.
        """
        before = self._reader.site
        site = self._reader.read(datetime.now(UTC), anew=anew)
        if anew and site is not before:
            self.shelf.clear()
        if site is not before:
            for language in LANGUAGES:
                key = "/", language
                self.shelf.put(key, self._pages.front(site, language, self.shelf.old(key)))
        self.door.number = site.number
        return site

    def _site(self) -> Site:
        """The picture; read by the first who come, while others are asked to wait.

        Raises Crowded, and StorageError.
        """
        site = self._reader.site
        if site is not None and self.door.number and not self._watch.is_gone:
            return site
        if not self._first.acquire(blocking=False):
            raise Crowded
        try:
            site = self.refresh()
        finally:
            self._first.release()
        self._watch.start(self)
        return site

    # --- the addresses ----------------------------------------------------------------------

    def blueprint(self) -> Blueprint:
        """Reached by whatever the door does not have."""
        pages = Blueprint("public", __name__)
        pages.add_url_rule("/", "home", self._home)
        pages.add_url_rule("/outages", "listed", self._listed)
        pages.add_url_rule("/outages/<outage_id>", "outage", self._outage)
        pages.add_url_rule("/search", "search", self._found)
        for name in ("json", "geojson", "atom"):
            view = self._feed(getattr(self._feeds, name))
            pages.add_url_rule(f"/outages.{name}", name, view)
        pages.add_url_rule("/outages.ics", "ics", self._calendar)
        pages.add_url_rule("/favicon.svg", "icon", lambda: _fixed(ICON, "image/svg+xml"))
        pages.add_url_rule("/robots.txt", "robots", lambda: _fixed(ROBOTS, "text/plain"))
        return pages

    def _home(self) -> Response:
        language = _language()
        return self._page(("/", language), lambda site, old: self._pages.front(site, language, old))

    def _listed(self) -> Response:
        language, show = _language(), request.args.get("show", "")
        show = show if show in ("now", "planned") else ""
        page = request.args.get("page", 1, type=int)
        wish = show, request.args.get("town", "")[:100], min(max(page, 1), _MOST_PAGES)

        def make(site: Site, old: Answer | None) -> Answer:
            if wish[1] and wish[1] not in site.by_town and not self._search.town(wish[1]):
                return self._pages.lost(language)
            return self._pages.listed(site, language, wish, old)

        return self._page(("list", language, *wish), make)

    def _outage(self, outage_id: str) -> Response:
        language = _language()

        def make(site: Site, old: Answer | None) -> Answer:
            outage = site.outages.get(outage_id)
            if outage is None:
                return self._pages.lost(language)
            return self._pages.outage(site, outage, language, old)

        if not _ID.fullmatch(outage_id):
            return _sent(self._pages.lost(language))
        return self._page(("outage", language, outage_id), make)

    def _found(self) -> Response:
        asked = tidy(request.args.get("q", "")), _language()
        return self._page(
            ("search", *asked),
            lambda site, old: self._search.page(self._pages, site, asked, old),
        )

    def _feed(self, feed: Callable[[Site, str, Answer | None], Answer]) -> Callable[[], Response]:
        def view() -> Response:
            language = _named_language() or LANGUAGES[0]
            return self._other(
                (feed.__name__, language), lambda site, old: feed(site, language, old)
            )

        return view

    def _calendar(self) -> Response:
        language = _named_language() or LANGUAGES[0]
        given = tuple(tidy(request.args.get(name, "")) for name in ("street", "town"))

        def make(site: Site, old: Answer | None) -> Answer:
            wish = self._wish(site, *given)
            if wish is None:
                return refusal("404 Not Found", _NO_PLACE, _TEXT, OF_FEEDS)
            return self._calendars.make(site, wish, language, old)

        return self._other(("ics", language, *given), make)

    def _wish(self, site: Site, street: str, town: str) -> Wish | None:
        """The place as it is written in the addresses; None for one that is not known."""
        if not street and not town:
            return Wish()
        if (street, town) in site.by_street or (not street and town in site.by_town):
            return Wish(street, town)
        if not street:
            found = self._search.town(town)
            return Wish(town=found) if found else None
        known = self._search.street(street, town)
        return Wish(*known) if known else None

    # --- how --------------------------------------------------------------------------------

    def _page(self, key: Hashable, make: Making) -> Response:
        return self._give(key, make, self._pages.crowded[_language()])

    def _other(self, key: Hashable, make: Making) -> Response:
        retry: Headers = [*OF_FEEDS, ("Retry-After", str(RETRY_SECONDS))]
        return self._give(key, make, refusal("503 Service Unavailable", _BUSY, _TEXT, retry))

    def _give(self, key: Hashable, make: Making, crowded: Answer) -> Response:
        try:
            site = self._site()
            answer = self.shelf.get(key, site.number, lambda old: make(site, old))
        except Crowded:
            return _sent(crowded)
        if answer.etag:
            self.door.note(request.environ, key)
        return _sent(answer)


def _sent(answer: Answer) -> Response:
    """Through Flask, as the door would."""
    begun: list[tuple[str, Headers]] = []
    body = answer.respond(request.environ, lambda status, headers: begun.append((status, headers)))
    status, headers = begun[0]
    return Response(list(body), status, headers)


def _fixed(text: str, kind: str) -> Response:
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(text, mimetype=kind, headers=headers)


def _named_language() -> str:
    named = request.args.get("lang", "")
    return named if named in LANGUAGES else ""


def _language() -> str:
    """As asked for in the address, else by the browser."""
    return _named_language() or best_language(request.headers.get("Accept-Language", ""))
