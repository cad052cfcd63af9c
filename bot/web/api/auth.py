"""Who calls, what they may do, and how often: before any request of the API is looked at."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask, Response, g, request
from flask_limiter import Limiter

from bot.privacy import mask
from bot.service import Service
from bot.web.api import tokens
from bot.web.api.problems import Problem
from bot.web.api.tokens import Caller

View = TypeVar("View", bound=Callable[..., Any])
AT_ONCE = 4  # requests at work; more would keep texts waiting for the interpreter
MOST_WAITING = 16  # the others are sent away: each that waits keeps a thread from answering texts
WAIT_SECONDS = 5.0
MAX_BODY_BYTES = 1024 * 1024


def needs(scope: str) -> Callable[[View], View]:
    """The view may be called with a token that has this scope."""

    def mark(view: View) -> View:
        view.scope = scope  # type: ignore[attr-defined]
        return view

    return mark


def caller() -> Caller:
    """Who calls now."""
    found: Caller = g.caller
    return found


def shown(address: str) -> str:
    """A number or address in full for who may read it, else masked."""
    return address if not address or "contacts:read" in caller().scopes else mask(address)


def register(app: Flask, service: Service) -> None:
    """Every request of the app goes through here, in this order."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    _gate(app)

    @app.before_request
    def recognise() -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        g.caller = None
        if kind.lower() == "bearer" and token:
            g.caller = tokens.recognise(service.database, token.strip(), datetime.now(UTC))

    _limit(app, service.policy.api_requests_per_minute)

    @app.before_request
    def enforce() -> None:
        scope = getattr(app.view_functions.get(request.endpoint or ""), "scope", None)
        if scope is None:
            return
        if g.caller is None:
            detail = "Send the header Authorization: Bearer TOKEN with a token that is valid."
            raise Problem(401, "no-token", detail, headers={"WWW-Authenticate": "Bearer"})
        if scope not in g.caller.scopes:
            detail = f"This needs the scope {scope}, which the token {g.caller.name} lacks."
            raise Problem(403, "no-scope", detail)
        if request.method in ("PUT", "POST"):
            _check_body()

    @app.after_request
    def keep_private(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


def _gate(app: Flask) -> None:
    """A few requests work at a time, some wait for them, and the rest come again."""
    hall, gate = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING), threading.Semaphore(AT_ONCE)

    @app.before_request
    def enter() -> None:
        g.is_in = []
        if hall.acquire(blocking=False):
            g.is_in.append(hall)
            if gate.acquire(timeout=WAIT_SECONDS):
                g.is_in.append(gate)
                return
        raise Problem(503, "busy", "Too many requests at once.", headers={"Retry-After": "2"})

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        for each in g.pop("is_in", []):
            each.release()


def _limit(app: Flask, a_minute: int) -> None:
    """So many requests a minute for each token, and for each address without one."""
    limiter = Limiter(
        lambda: g.caller.name if g.caller else f"at {request.remote_addr}",
        app=app, application_limits=[f"{a_minute} per minute"], storage_uri="memory://",
        strategy="fixed-window",
    )  # fmt: skip

    @app.after_request
    def tell(response: Response) -> Response:
        limit = limiter.current_limit
        if limit is not None:
            left = str(max(1, round(limit.reset_at - time.time())))
            response.headers["RateLimit-Limit"] = str(limit.limit.amount)
            response.headers["RateLimit-Remaining"] = str(limit.remaining)
            response.headers["RateLimit-Reset"] = left
            if response.status_code == 429:
                response.headers["Retry-After"] = left
        return response


def _check_body() -> None:
    """The body is a JSON object; what is in it, the models say."""
    if request.mimetype != "application/json":
        detail = "Send the body as JSON, with the header Content-Type: application/json."
        raise Problem(415, "", detail, headers={"Accept": "application/json"})
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "", "The body cannot be read as JSON.") from error
    if not isinstance(body, dict):
        raise Problem(
            422, "invalid", "The body must be a JSON object.", errors=[("", "it must be an object")]
        )


def _refuse(word: str) -> None:
    raise ValueError(word)  # NaN and its kin are Python's own, not JSON's
