"""The app factory: the only place where the parts of the web service are put together."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import IO, Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_bootstrap import Bootstrap5
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bot.privacy import Unquoted
from bot.running.logs import RequestIds
from bot.service import Service, open_service
from bot.settings import read_settings
from bot.spool.intake import Intake
from bot.turn import Turns
from bot.web import console, health, mail, public, sms, voice
from bot.web.api.mount import Mounted
from bot.web.console.frame import csrf
from bot.web.in_time import InTime
from storage import DatabaseBusy, StorageError

log = logging.getLogger("gaisma.web")

# Twilio's largest form is under 4 kB. Flask sets no limit on urlencoded forms by itself.
MAX_REQUEST_BYTES = 64 * 1024
MAX_FORM_FIELDS = 200
STATIC_SECONDS = 3600  # for which browsers keep our style sheets and scripts
PARTS = ("console", "public")  # that may have a process of their own, apart from the texts


def create_app(
    service: Service | None = None, *, demo: bool = False, only: str | None = None
) -> Flask:
    """The WSGI app. Without a service, one is opened from the environment and brought up to date.

    `demo` adds the simulated phones; `only` leaves out all but one part (PARTS). Raises
    SettingsError, PolicyError or StorageError.
    """
    alone = service is None  # of a WSGI server of somebody else
    if service is None:
        service = open_service(read_settings(), migrate=True)
    app = Flask("bot.web", template_folder="templates", static_folder="static")
    app.request_class = _Request
    app.config.update(
        SECRET_KEY=service.settings.signing_key,
        SECRET_KEY_FALLBACKS=list(service.settings.secret_keys[1:]),
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        MAX_FORM_PARTS=MAX_FORM_FIELDS,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_SECONDS,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=service.settings.public_url.startswith("https://"),
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_CHECK_DEFAULT=False,  # the console asks for itself; providers sign what they send
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open all day
    )
    app.session_interface = _Sessions((*sms.paths(service), "/voice/", *public.PREFIXES))
    turns = Turns(service)
    turns.places.prepare()
    turns.places.watch()
    turns.learning.watch()
    turns.restraint.strangers.watch()
    app.extensions["gaisma"] = service
    app.extensions["gaisma.places"] = turns.places
    app.extensions["gaisma.demo"] = demo
    Bootstrap5(app)
    csrf.init_app(app)
    ways = health.blueprint(service, turns.places, writes=only != "public")
    app.register_blueprint(ways)
    _add_errors(app)
    if only in (None, "console"):
        app.register_blueprint(console.blueprint(service, turns))
    if only is None:
        _add_ways_in(app, service, turns, demo=demo)
        if alone:
            app.extensions["gaisma.spool"].watch()
    if only in (None, "public"):
        app.extensions["gaisma.public"] = public.add(app, service, turns.places)
    if only is None:  # outermost, so that its addresses are looked for first
        app.wsgi_app = Mounted(app.wsgi_app, service, turns.places)  # type: ignore[method-assign]
    in_time = InTime(app.wsgi_app, (*sms.paths(service), "/voice/"))
    app.wsgi_app = RequestIds(in_time)  # type: ignore[method-assign]
    return app


def _add_ways_in(app: Flask, service: Service, turns: Turns, *, demo: bool) -> None:
    """What providers and customers come by."""
    app.extensions["gaisma.spool"] = intake = Intake(service, turns)
    app.register_blueprint(sms.blueprint(service, intake))
    app.register_blueprint(mail.blueprint(service))
    if service.settings.has_voice:
        app.register_blueprint(voice.blueprint(service))
    if demo:
        from bot.web import phone  # of no use to a service with real phones

        app.register_blueprint(phone.blueprint(service, turns))


class _Request(Request):
    """Closes what it began to take in, also where the form around the file was broken."""

    def _get_file_stream(self, *args: Any, **named: Any) -> IO[bytes]:
        file = super()._get_file_stream(*args, **named)
        self.__dict__.setdefault("_opened", []).append(file)
        return file

    def close(self) -> None:
        super().close()
        for file in self.__dict__.get("_opened", ()):
            file.close()


class _Sessions(SecureCookieSessionInterface):
    """Sessions for people only: one for each text of a provider costs a twelfth of the text."""

    def __init__(self, without: tuple[str, ...]) -> None:
        self._without = without

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(self._without):
            return None
        return super().open_session(app, request)


def _add_errors(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> AnyResponse:
        response = Response(f"{error.description}\n", error.code or 500, mimetype="text/plain")
        for name in ("Allow", "Retry-After", "Location"):
            value = dict(error.get_headers()).get(name)
            if value:
                response.headers[name] = value
        return response

    @app.errorhandler(DatabaseBusy)
    def busy(error: DatabaseBusy) -> tuple[str, int, dict[str, str]]:
        # 503 and not 500: the provider may bring the text again, and nothing of it is stored.
        log.error("%s %s: %s", request.method, request.url_rule, error)
        return "The service is busy; please try again.\n", 503, {"Retry-After": "5"}

    @app.errorhandler(StorageError)
    def broken(error: StorageError) -> tuple[str, int, dict[str, str]]:
        log.critical("%s %s: %s", request.method, request.url_rule, error)
        return "The service cannot store anything now.\n", 503, {"Retry-After": "30"}

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        # The traceback names code, not values, so that no text or number gets into the log.
        log.critical("%s %s failed", request.method, request.url_rule, exc_info=_frames(error))
        return "Something went wrong here; it is in the log.\n", 500


def _frames(error: Exception) -> tuple[type[Unquoted], Unquoted, TracebackType | None]:
    """The error without its message: messages quote the values they fail on."""
    return Unquoted, Unquoted(type(error).__name__), error.__traceback__
