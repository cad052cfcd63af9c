"""The simulated phones of the demo: a list, and a phone to text the service with. Not for real use.

A text from here takes the same path as one from a provider (`bot.turn`). Pages poll: a stream of
events would hold a thread for each open page.
"""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.demo import phones
from bot.service import Service
from bot.turn import MAX_TEXT, Inbound, Turns
from bot.web.headers import protect
from locales import dates
from locales.catalogue import LANGUAGES, say
from locales.segments import BASIC, EXTENSION
from storage import demo
from storage.database import moment

COOKIE = "gaisma_demo_language"
FIRST_LANGUAGE = "en"
HEADER = "X-Gaisma-Phone"
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
# What the page's script says by itself; the rest is in the templates.
SCRIPT_TEXTS = (
    "count", "empty", "lost", "refused", "kind.alert", "kind.agent",
    "status.accepted", "status.sent", "status.delivered", "status.failed",
)  # fmt: skip
# Filled in by the script.
LATER: dict[str, object] = {name: f"{{{name}}}" for name in ("used", "room", "parts", "code")}


def blueprint(service: Service, turns: Turns) -> Blueprint:
    """Everything under `/phone/`."""
    pages = Blueprint("phone", __name__, url_prefix="/phone")
    view = _Pages(service, turns)
    pages.add_url_rule("/", "index", view.index)
    pages.add_url_rule("/list", "list", view.list)
    pages.add_url_rule("/new", "new", view.new)
    pages.add_url_rule("/<number>", "one", view.one)
    pages.add_url_rule("/<number>/messages", "messages", view.messages)
    pages.add_url_rule("/<number>/card", "card", view.card)
    pages.add_url_rule("/<number>/send", "send", view.send, methods=["POST"])
    pages.after_request(protect)
    return pages


class _Pages:
    def __init__(self, service: Service, turns: Turns) -> None:
        self._service, self._turns = service, turns

    def index(self) -> AnyResponse:
        return _switch_language() or self._page("")

    def one(self, number: str) -> AnyResponse:
        return _switch_language() or self._page(_phone(number))

    def list(self) -> AnyResponse:
        """The list as a piece of the page; 204 when no text has arrived since `after`."""
        # Asked for by every open page every few seconds: first only whether anything is new.
        if request.args.get("after") == demo.texts_version(self._service.database):
            return Response(status=204)
        words = {**_words(), "found": self._list(), "search": _search()}
        words["open"] = request.args.get("open", "")
        return Response(render_template("phone/list.html", **words))

    def new(self) -> AnyResponse:
        """A phone that nobody has."""
        taken = {phone.number for phone in self._list().others}
        while (number := f"+371200005{secrets.randbelow(100):02d}") in taken:
            if len(taken) > 90:
                number = f"+37120000{secrets.randbelow(800) + 100}"
                break
        return redirect(url_for("phone.one", number=number), 303)

    def messages(self, number: str) -> AnyResponse:
        """The texts of a phone as JSON; 204 when the version is still the one in `after`."""
        told = phones.texts(self._service.database, _phone(number), _language(), _now())
        if request.args.get("after") == told["version"]:
            return Response(status=204)
        return jsonify(told)

    def card(self, number: str) -> AnyResponse:
        """Whose phone it is now, and examples for them, as pieces of the page."""
        words = {**_words(), **self._card_words(_phone(number))}
        pieces = (render_template(f"phone/{name}.html", **words) for name in ("card", "hints"))
        return Response("".join(pieces))

    def send(self, number: str) -> AnyResponse:
        """One text from this phone: `{"id": a UUID, "text": "..."}`. The same id is taken once."""
        phone = _phone(number)
        _require_own_page()
        sent_id, text = _read_text()
        now = _now()
        answer = self._turns.take(Inbound(phones.PROVIDER, sent_id, phone, text), now)
        if answer.reply_id and not answer.repeated:
            phones.arrive(self._service.database, phone, answer.reply_id, now)
        return self.messages(number)

    def _list(self) -> phones.Directory:
        return phones.list_phones(self._service.database, _search(), _now())

    def _page(self, number: str) -> AnyResponse:
        policy, settings = self._service.policy, self._service.settings
        words = _words()
        words |= {
            "found": self._list(),
            "search": _search(),
            "open": number,
            "brand": policy.contact_brand,
            "short_number": settings.short_number,
            "script": _script_words(),
        }
        if number:
            words |= self._card_words(number)
        return Response(render_template("phone/page.html", **words))

    def _card_words(self, number: str) -> dict[str, object]:
        language = _language()
        card = phones.read_card(self._service.database, number, language, _now())
        return {
            "card": card,
            "hints": phones.hints(card, language),
            "database_url": self._service.settings.database_url,
        }


# --- the words of the page ------------------------------------------------------------------


def _words() -> dict[str, Any]:
    language = _language()

    def t(key: str, **values: object) -> str:
        return say(language, f"demo.{key}", **values)  # type: ignore[arg-type]

    def when(at: str) -> str:
        """The hour of today's texts, the day of others."""
        sent = moment(at)
        today = dates.local(sent).date() == dates.local(_now()).date()
        return dates.clock(sent) if today else f"{dates.local(sent):%d.%m.}"

    return {"t": t, "when": when, "language": language}


def _script_words() -> dict[str, object]:
    t = _words()["t"]
    texts = {key: t(key, **LATER) for key in SCRIPT_TEXTS}
    return {"texts": texts, "basic": BASIC, "extension": EXTENSION, "longest": MAX_TEXT}


def _language() -> str:
    chosen = request.cookies.get(COOKIE, FIRST_LANGUAGE)
    return chosen if chosen in LANGUAGES else FIRST_LANGUAGE


def _switch_language() -> AnyResponse | None:
    """`?language=lv` is kept in a cookie, and the address is cleared of it."""
    wanted = request.args.get("language")
    if wanted not in LANGUAGES:
        return None
    response = redirect(request.path, 303)
    response.set_cookie(COOKIE, wanted, max_age=365 * 86_400, samesite="Lax", httponly=True)
    return response


# --- what comes in --------------------------------------------------------------------------


def _now() -> datetime:
    return datetime.now(UTC)


def _search() -> str:
    return request.args.get("q", "")[:80]


def _phone(number: str) -> str:
    if not NUMBER.fullmatch(number):
        abort(404, "No phone has this number; they look like +37120000001.")
    return number


def _require_own_page() -> None:
    """403 for a text that another site's page would send in the visitor's name.

    A page of another origin cannot set the header without asking first, and is told no.
    """
    origin = request.headers.get("Origin")
    if HEADER not in request.headers or (origin and urlsplit(origin).netloc != request.host):
        abort(403, "Texts are taken from this page only.")


def _read_text() -> tuple[str, str]:
    body = request.get_json(silent=True)
    sent_id, text = (body.get("id"), body.get("text")) if isinstance(body, dict) else (None, None)
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
        abort(400, f"A text has 1 to {MAX_TEXT} characters.")
    try:
        return uuid.UUID(str(sent_id)).hex, text
    except ValueError:
        abort(400, "The id of a text is a UUID.")
