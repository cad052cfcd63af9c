"""Refusals of the API as RFC 9457 tells them: `application/problem+json`, with a sentence."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError

from bot.privacy import describe_error
from bot.web.api.wrong import sentences
from storage import DatabaseBusy, StorageError

if TYPE_CHECKING:
    from werkzeug.sansio.response import Response as AnyResponse

log = logging.getLogger("gaisma.api")

MEDIA_TYPE = "application/problem+json"
NAMED = "urn:problem-type:gaisma:"
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate", "Location")
_MOST_ERRORS = 20
TITLES = {
    "invalid": "The request does not fit the schema",
    "cannot-be": "The request fits the schema, but cannot be",
    "sequence-conflict": "This sequence came before with other content",
    "key-reused": "The idempotency key came before with another request",
    "in-progress": "The same request is being worked on",
    "no-token": "A bearer token is needed",
    "no-scope": "The token may not do this",
    "busy": "The service is busy",
    "too-many": "Too many requests",
}


class Problem(HTTPException):
    """A refusal. `name` is one of TITLES; `errors` are (pointer or parameter, sentence)."""

    def __init__(
        self, code: int, name: str, detail: str, *, errors: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.code, self.problem, self.errors = code, name, list(errors)
        self.extra_headers = dict(headers or {})


def answer(
    status: int, name: str, detail: str, *, title: str = "",
    errors: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The refusal as it is sent."""
    body: dict[str, Any] = {
        "type": f"{NAMED}{name}" if name else "about:blank",
        "title": TITLES[name] if name else title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if found := [{"pointer": where, "detail": what} for where, what in errors]:
        body["errors"] = found
    response = Response(json.dumps(body, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
    response.headers.update(dict(headers or {}))
    return response


def cannot_be(detail: str, where: str = "") -> Problem:
    """Well-formed and yet not possible: what it says contradicts itself or what is known."""
    return Problem(409, "cannot-be", detail, errors=[(where, detail)] if where else ())


def invalid(error: ValidationError) -> Response:
    """All that does not fit the schema; the first of it as the sentence."""
    errors = sentences(error)
    where, says = errors[0]
    detail = f"{where.removeprefix('/') or 'the body'}: {says}."
    return answer(422, "invalid", detail, errors=errors[:_MOST_ERRORS])


def register(app: Flask) -> None:
    """All errors of the app as problems."""

    @app.errorhandler(Problem)
    def refused(error: Problem) -> Response:
        return answer(
            error.code or 500, error.problem, error.description or "", errors=error.errors,
            headers=error.extra_headers,
        )  # fmt: skip

    @app.errorhandler(HTTPException)
    def usual(error: HTTPException) -> AnyResponse:
        if error.code is None and error.response is not None:
            return error.response  # made already: what pydantic found
        kept = {name: value for name, value in error.get_headers() if name in _KEPT}
        name = "too-many" if error.code == 429 else ""
        detail = _SENTENCES.get(error.code or 0) or str(error.description)
        return answer(error.code or 500, name, detail, title=error.name, headers=kept)

    @app.errorhandler(DatabaseBusy)
    def busy(error: DatabaseBusy) -> Response:
        log.error("the database is busy: %s", error)
        return answer(503, "busy", _BUSY, headers={"Retry-After": "5"})

    @app.errorhandler(StorageError)
    def broken(error: StorageError) -> Response:
        log.critical("the database: %s", error)
        sentence = "The service cannot store anything now; please try again later."
        return answer(503, "busy", sentence, headers={"Retry-After": "30"})

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.critical("a request failed: %s", describe_error(error))
        return answer(500, "", "Something went wrong here; it is in the log.", title=_OURS)


_BUSY = "The service is busy; please try again. Nothing of this request was stored."
_OURS = InternalServerError().name
_SENTENCES = {
    404: "There is nothing at this address; see /api/v1/openapi.json.",
    405: "This address does not take this method; the header Allow says which it takes.",
    413: "The body is too large; at most 1 MB is taken.",
    429: "This token asks too often; the header Retry-After says when to come again.",
}
