"""What the views share: the service, the address index, and how each describes itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_openapi.openapi import OpenAPI
from pydantic import BaseModel

from bot.conversation.places import Places
from bot.importing.report import RowRefused
from bot.service import Service
from bot.web.api.problems import MEDIA_TYPE, Problem, cannot_be

_REF = {"schema": {"$ref": "#/components/schemas/ProblemModel"}}
_ALWAYS = (400, 401, 403, 413, 415, 422, 429, 500, 503)
_WORDS = {
    400: "The body is no JSON.",
    401: "No token, or one that is not valid.",
    403: "The token lacks the scope.",
    404: "There is no such thing.",
    409: "It fits the schema, but contradicts itself or what is known.",
    413: "The body is too large.",
    415: "The body is not called JSON.",
    422: "It does not fit the schema.",
    429: "Too many requests of this token.",
    500: "An error of ours.",
    503: "The database is busy; nothing was stored.",
}


@dataclass(frozen=True)
class Parts:
    """The app of the API with what its views work on."""

    app: OpenAPI
    service: Service
    places: Places


def described(
    scope: str, tag: str, done: dict[int, type[BaseModel]], *refusals: int
) -> dict[str, Any]:
    """The arguments of a route: its answers, its tag, and the scope that it needs."""
    responses: dict[str, Any] = {str(code): model for code, model in done.items()}
    # 409 on every route: what fits the schema can be at odds with itself, or with what is known.
    for code in sorted({*_ALWAYS, 409, *refusals}):
        responses[str(code)] = {"description": _WORDS[code], "content": {MEDIA_TYPE: _REF}}
    return {
        "responses": responses,
        "tags": [{"name": tag}],
        "security": [{"token": [scope]}],
    }


def refusal(refused: RowRefused, where: str = "") -> Problem:
    """What a file's row would have been refused for."""
    pointer = where or f"/{refused.field}"
    return cannot_be(f"{refused.field}: {refused.reason}. {refused.advice}", pointer)


def unknown(what: str, name: str) -> Problem:
    """404 with a sentence."""
    return Problem(404, "", f"There is no {what} {name!r}.")
