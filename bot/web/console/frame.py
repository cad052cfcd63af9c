"""What all pages of the console share: who asks, what they may open, and the page around it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bot.desk.inbox import Inbox
from bot.people import sign_in
from bot.people.sign_in import ROLES, Person
from bot.service import Service
from bot.turn import Turns
from locales import dates
from locales.catalogue import LANGUAGES, has, say
from locales.reasons import reason_in
from storage.database import moment

log = logging.getLogger("gaisma.console")

COOKIE = "gaisma_console"
LANGUAGE_COOKIE = "gaisma_console_language"
POLL = "X-Gaisma-Poll"  # set by the script of a page that asks by itself
VERSION = "X-Gaisma-Version"
ANYBODY, SIGNED_IN = frozenset(("anybody",)), frozenset(ROLES)
# Error pages have a text of their own for these; others show that of 500.
# What somebody may open whose password was given and not chosen.
_WITH_GIVEN_PASSWORD = ("console.account", "console.password", "console.leave")
# And who must set up a second step, when the days for it are over.
_WITHOUT_STEP = (*_WITH_GIVEN_PASSWORD, "console.step")
_NEEDED = "needed_roles"  # on a view
_LARGEST = "largest_request"  # there as well, in bytes, where more is taken than elsewhere
_KNOWN_ERRORS = (400, 403, 404, 405, 409, 413, 429)

View = Callable[..., Any]
V = TypeVar("V", bound=View)

csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu: the page it opens, its icon, and who has it."""

    endpoint: str
    key: str
    icon: str
    roles: frozenset[str]


SECTIONS: list[Section] = [
    Section("console.inbox", "inbox", "chat-dots", frozenset(("agent", "dispatcher"))),
    Section("console.alerts", "alerts", "megaphone", frozenset(("operator",))),
    Section("console.debts", "debts", "receipt", frozenset(("operator",))),
    Section("console.network", "network", "diagram-3", frozenset(("dispatcher",))),
    Section("console.reports", "reports", "graph-up", frozenset(("operator", "administrator"))),
    Section("console.people", "people", "people", frozenset(("administrator",))),
    Section("console.privacy", "privacy", "shield-lock", frozenset(("administrator",))),
    Section("console.audit", "audit", "journal-text", frozenset(("administrator",))),
]


def needs(*roles: str) -> Callable[[V], V]:
    """Who may open the view: any of these roles; `ANYBODY` without sign-in."""

    def mark(view: V) -> V:
        setattr(getattr(view, "__func__", view), _NEEDED, frozenset(roles))
        return view

    return mark


def takes(most: int) -> Callable[[V], V]:
    """Up to so many bytes may be posted to the view, by somebody who may open it."""

    def mark(view: V) -> V:
        setattr(getattr(view, "__func__", view), _LARGEST, most)
        return view

    return mark


class Frame:
    """Made once; handed to every page."""

    def __init__(self, service: Service, turns: Turns) -> None:
        self.service, self.turns = service, turns
        self.database, self.policy = service.database, service.policy
        self.inbox = Inbox(service.database, service.policy)
        self._secure = service.settings.public_url.startswith("https://")
        # Browsers take a cookie of such a name by TLS only.
        self._cookie = f"__Secure-{COOKIE}" if self._secure else COOKIE

    # --- who may enter ----------------------------------------------------------------------

    def admit(self) -> AnyResponse | None:
        """Before each view: finds the person, and refuses who may not be here."""
        view = current_app.view_functions[request.endpoint or ""]
        needed: frozenset[str] = getattr(view, _NEEDED, frozenset())
        polled = POLL in request.headers
        person = sign_in.find_person(
            self.database, self.policy, self.token, now(), acted=not polled
        )
        g.person = person
        g.language = _language_of_visitor() if person is None else person.language
        if person is not None and person.may(*needed):
            # Before anything reads the form: an upload is a file on disk, never in memory.
            request.max_content_length = getattr(view, _LARGEST, request.max_content_length)
        if request.method not in ("GET", "HEAD"):
            csrf.protect()
        if needed == ANYBODY:
            return None
        if person is None:
            return self._to_the_door(polled)
        if person.must_change and request.endpoint not in _WITH_GIVEN_PASSWORD:
            return redirect(url_for("console.account"), 303)
        if person.must_step(now()) and request.endpoint not in _WITHOUT_STEP:
            return self._to_the_step(polled)
        if not person.may(*needed):
            log.warning("%s has no role for %s", person.name, request.endpoint)
            abort(403)
        return None

    def note_act(self, response: Response) -> Response:
        """After each view: what was done is seen by who looks next."""
        if request.method not in ("GET", "HEAD"):
            self.inbox.act()
        return response

    def _to_the_door(self, polled: bool) -> AnyResponse:
        if polled or request.method != "GET":
            abort(401)
        return redirect(url_for("console.enter", next=request.full_path.rstrip("?")), 303)

    def _to_the_step(self, polled: bool) -> AnyResponse:
        if polled or request.method != "GET":
            abort(403)
        return redirect(url_for("console.step"), 303)

    @property
    def token(self) -> str:
        """The token of the session that the browser claims to have."""
        return request.cookies.get(self._cookie, "")

    def give_token(self, response: AnyResponse, token: str) -> AnyResponse:
        """The browser keeps the token; '' takes it away."""
        response.set_cookie(
            self._cookie, token, path="/console", httponly=True, samesite="Lax",
            secure=self._secure, max_age=None if token else 0,
        )  # fmt: skip
        return response

    # --- what is shown ----------------------------------------------------------------------

    def page(self, template: str, **words: object) -> Response:
        """A page or a piece of one in the person's language."""
        return make_response(render_template(f"console/{template}", **self._words(), **words))

    def piece(self, template: str, version: str, **words: object) -> Response:
        """A piece of a page that asks for it by itself: 204 while its version is the one it has.

        Check `unchanged(version)` before gathering `words` where that is dear.
        """
        if unchanged(version):
            return Response(status=204)
        response = self.page(template, version=version, **words)
        response.headers[VERSION] = version
        return response

    def _words(self) -> dict[str, object]:
        person: Person | None = g.get("person")
        return {
            "t": t,
            "person": person,
            "language": g.language,
            "languages": LANGUAGES,
            "sections": [] if person is None else sections_of(person),
            "here": request.endpoint,
            "when": when,
            "clock": clock,
            "date": date,
            "cause": cause,
            "euros": euros,
            "now": now(),
            "brand": self.policy.brand_in_answers,
            "demo": current_app.extensions.get("gaisma.demo", False),
        }

    def add_errors(self, pages: Blueprint) -> None:
        """Errors of the console's views as pages in the person's language."""

        @pages.errorhandler(HTTPException)
        def refused(error: HTTPException) -> AnyResponse:
            if POLL in request.headers or error.response is not None:
                return error.get_response()
            code = error.code or 500
            g.setdefault("language", _language_of_visitor())
            key = f"error.{code if code in _KNOWN_ERRORS else 500}"
            # A sentence of ours about this very case says more than the general one.
            told = error.description if getattr(error, "ours", False) else ""
            page = self.page("error.html", key=key, told=told)
            page.status_code = code
            return page


def now() -> datetime:
    return datetime.now(UTC)


def person() -> Person:
    """Who asks; only in views that need a role."""
    found: Person = g.person
    return found


def sections_of(one: Person) -> list[Section]:
    """The entries of the menu that a person has."""
    return [section for section in SECTIONS if one.may(*section.roles)]


def unchanged(version: str) -> bool:
    """Whether the page that asks has this version already."""
    return bool(version) and request.args.get("after") == version


def tell(key: str, kind: str = "success", /, **values: object) -> None:
    """A sentence at the top of the next page; kinds: success, warning, danger."""
    flash(t(key, **values), kind)


# --- words in templates -----------------------------------------------------------------------


def t(key: str, /, **values: object) -> str:
    """A text of the console in the person's language."""
    return say(g.language, f"console.{key}", **values)  # type: ignore[arg-type]


def known(key: str, default: str) -> str:
    """A text of the console if there is one of this key, else `default` as it is."""
    return t(key) if has(g.language, f"console.{key}") else default


def when(at: str | datetime | None) -> str:
    """The hour of today's moments; the day and the hour of others; '' for none."""
    if not at:
        return ""
    there = dates.local(moment(at) if isinstance(at, str) else at)
    today = dates.local(now())
    if there.date() == today.date():
        return dates.clock(there)
    year = "" if there.year == today.year else f"{there.year}."
    return f"{there:%d.%m.}{year} {dates.clock(there)}"


def clock(at: str | datetime) -> str:
    return dates.clock(dates.local(moment(at) if isinstance(at, str) else at))


def date(at: str | datetime) -> str:
    """The day in words, with the year when it is another."""
    return dates.day(moment(at) if isinstance(at, str) else at, g.language, now())


def cause(reason: str) -> str:
    """Why the power is off, as customers read it in the person's language; as it was written where
    the catalogue does not know it."""
    return reason_in(reason, g.language) or reason


def euros(cents: float) -> str:
    """A sum as the person reads it, '1 234,50' or '1,234.50', without its currency."""
    return dates.amount(round(cents), g.language)


def _language_of_visitor() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "lv")
