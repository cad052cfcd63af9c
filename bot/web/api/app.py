"""The app of the API: an OpenAPI document and its routes, made at the first request."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI

from bot.conversation.places import Places
from bot.service import Service
from bot.web.api import auth, customers, fault_reports, outages, problems, told
from bot.web.api.models import ProblemModel
from bot.web.api.parts import Parts

PREFIX = "/api/v1"
_INFO = Info(
    title="Gaisma",
    version="1",
    description="Outages, customers and fault reports of an electricity distributor in, notices "
    "and messages out. How to: docs/api.md.",
)
_TOKEN: dict[str, Any] = {
    "type": "http",
    "scheme": "bearer",
    "description": "Made by: gaisma token add NAME --scope ...",
}


def create_api(service: Service, places: Places) -> OpenAPI:
    """The WSGI app of the API on this service, to be mounted at PREFIX."""
    app = OpenAPI(
        "bot.web.api", info=_INFO, servers=[{"url": PREFIX}], security_schemes={"token": _TOKEN},
        validation_error_model=ProblemModel, validation_error_callback=problems.invalid,
        doc_ui=False, static_folder=None,
    )  # fmt: skip
    app.openapi_version = "3.1.0"
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    problems.register(app)
    auth.register(app, service)
    parts = Parts(app, service, places)
    for module in (outages, customers, told, fault_reports):
        module.register(parts)

    def openapi() -> Response:
        response = jsonify(app.api_doc)
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    app.add_url_rule("/openapi.json", "openapi", openapi)
    return app
