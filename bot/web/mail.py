"""What belongs to e-mails on the web: the page to unsubscribe, and bounces from a mail service.

The page: RFC 8058 (one click). Looking changes nothing, since mail programs follow links by
themselves; the token is the right to act, so there is no cookie and nothing to forge across sites.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from bot.channels import bounces
from bot.delivery import unsubscribe
from bot.delivery.unsubscribe import Links, Subscription
from bot.privacy import mask
from bot.service import Service
from locales.catalogue import LANGUAGES, say

ONE_CLICK = "(one click in a mail program)"
BY_PAGE = "(button on the unsubscribe page)"
MAX_BOUNCES = 500
# No address of anybody else may be loaded or sent to, and no search engine may keep the link.
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def blueprint(service: Service) -> Blueprint:
    """`/unsubscribe/<token>` and `POST /mail/bounces`. Neither knows cookies: exempt from CSRF."""
    pages = Blueprint("mail", __name__)
    page, hook = _Page(service), _Hook(service)
    pages.add_url_rule("/unsubscribe/<token>", "look", page.look)
    pages.add_url_rule("/unsubscribe/<token>", "act", page.act, methods=["POST"])
    pages.add_url_rule("/mail/bounces", "bounces", hook.take, methods=["POST"])
    pages.after_request(_protect)
    return pages


def _protect(response: Response) -> Response:
    response.headers.update(SECURITY)
    return response


# --- the page -------------------------------------------------------------------------------


class _Page:
    def __init__(self, service: Service) -> None:
        self._database, self._policy = service.database, service.policy
        self._links = Links(service.settings)

    def look(self, token: str) -> Response:
        """What the button would do; or, when it is done, that it is."""
        message_id = self._links.read(token)
        known = unsubscribe.find(self._database, message_id) if message_id else None
        return self._show(known, done=False) if known else self._lost()

    def act(self, token: str) -> Response:
        """The button, or a mail program by itself: no more e-mails, or e-mails again."""
        message_id, now = self._links.read(token), datetime.now(UTC)
        if message_id is None:
            return self._lost()
        act = unsubscribe.resume if request.form.get("act") == "resume" else unsubscribe.stop
        one_click = request.form.get("List-Unsubscribe") == "One-Click"
        how = ONE_CLICK if one_click else BY_PAGE
        known = self._database.transaction(lambda tx: act(tx, message_id, how=how, now=now))
        return self._show(known, done=True) if known else self._lost()

    def _show(self, known: Subscription, *, done: bool) -> Response:
        language = known.language if known.language in LANGUAGES else _visitor_language()
        state = "stopped" if known.stopped else "resumed" if done else "ask"
        act = "resume" if known.stopped else "stop"
        return self._page(
            language,
            heading=say(language, f"mail.page.{state}", address=mask(known.address)),
            lines=[] if state == "resumed" else [say(language, "mail.page.letters")],
            button={"act": act, "text": say(language, f"mail.page.{act}")},
            done=done,
        )

    def _lost(self) -> Response:
        language = _visitor_language()
        phone = self._policy.contact_service_phone
        response = self._page(
            language,
            heading=say(language, "mail.page.lost_title"),
            lines=[say(language, "mail.page.lost", phone=phone)],
        )
        response.status_code = 404
        return response

    def _page(self, language: str, **values: Any) -> Response:
        brand = self._policy.brand_in_answers
        title = say(language, "mail.page.title", brand=brand)
        page = render_template(
            "mail/page.html", language=language, title=title, brand=brand, **values
        )
        return Response(page)


def _visitor_language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


# --- bounces --------------------------------------------------------------------------------


class _Hook:
    def __init__(self, service: Service) -> None:
        self._database, self._token = service.database, service.settings.bounce_token
        self._ids = bounces.Ids(service.settings)

    def take(self) -> Response:
        """One bounce, or a list of them: `{"message_id", "status", "action"}`. Counts by result.

        `message_id` is ours, or the Message-ID header with or without its brackets.
        """
        self._require_token()
        now = datetime.now(UTC)
        counts: dict[str, int] = dict.fromkeys(bounces.OUTCOMES, 0)
        for bounce in [_read(entry, self._ids) for entry in _entries()]:
            counts[bounces.record(self._database, bounce, now)] += 1
        return jsonify(counts)

    def _require_token(self) -> None:
        if not self._token:
            abort(404, "GAISMA_BOUNCE_TOKEN is not set: bounces are not taken here.")
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not right:
            abort(401, "This address takes only requests with the token for bounces.")


def _entries() -> list[Any]:
    told = request.get_json(silent=True)
    entries = told if isinstance(told, list) else [told]
    if not entries or len(entries) > MAX_BOUNCES:
        abort(400, f"Send one bounce, or a list of 1 to {MAX_BOUNCES}, as JSON.")
    return entries


def _read(entry: Any, ids: bounces.Ids) -> bounces.Bounce:
    if not isinstance(entry, Mapping):
        abort(400, "A bounce is a JSON object with message_id and status.")
    told = {str(name).lower().replace("-", "_"): value for name, value in entry.items()}
    message_id, status = told.get("message_id"), told.get("status")
    if not isinstance(message_id, str) or not isinstance(status, str):
        abort(400, "A bounce needs message_id and status, such as 5.1.1, both as text.")
    action = str(told.get("action", ""))
    found = bounces.bounce_of(ids.of_message(message_id), status, action)
    if found is None:
        abort(400, "The field status must be like 5.1.1.")
    return found
