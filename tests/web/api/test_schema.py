"""The OpenAPI file against the API, by schemathesis: every check, all phases, right and wrong data.

GAISMA_LONG_API=1 makes many times more requests, for a quarter of an hour; a higher number is how
many seconds.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import StopReason, events, from_schema
from werkzeug.serving import make_server

from bot.service import Service
from tests.web.api.conftest import Caller, caller_of, open_world
from tests.worlds import eic

LONG = int(os.environ.get("GAISMA_LONG_API", "0"))
EXAMPLES, SECONDS = (300, LONG if LONG > 1 else 900) if LONG else (6, None)
PHASES = ["examples", "coverage", "fuzzing", "stateful"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    made = open_world(tmp_path_factory.mktemp("schema"))
    policy = replace(made.policy, api_requests_per_minute=10_000_000)
    service = Service(made.settings, policy, made.database)
    found = caller_of(service)
    yield found
    found.app.extensions["gaisma.places"].stop()
    service.close()


@pytest.fixture(scope="module")
def address(everything: Caller) -> Iterator[str]:
    """Where the app is served: all phases of schemathesis need real HTTP."""
    server = make_server("127.0.0.1", 0, everything.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/api/v1/openapi.json"
    server.shutdown()
    thread.join()
    server.server_close()


def schema_of(address: str, caller: Caller) -> Any:
    config = SchemathesisConfig(max_time=SECONDS)
    found = schemathesis.openapi.from_url(address, config=config)
    project = found.config
    project.update(headers={"Authorization": f"Bearer {caller.token}"})
    project.generation.update(max_examples=EXAMPLES, deterministic=not LONG, database="none")
    project.phases.update(phases=PHASES)
    project.checks.update(included_check_names=["all"])

    @found.hook
    def map_body(context: Any, body: Any) -> Any:
        """Supply points that are known: else few requests come to the rules behind."""
        if isinstance(body, dict) and body.get("eics"):
            return {**body, "eics": [eic(1), eic(4)]}
        if isinstance(body, dict) and body.get("eic"):
            return {**body, "eic": eic(5)}
        return body

    return found


def test_the_api_does_what_its_description_says(address: str, everything: Caller) -> None:
    requests, failures, errors = 0, [], []
    stopped = None
    for event in from_schema(schema_of(address, everything)).execute():
        if isinstance(event, events.ScenarioFinished):
            requests += len(event.recorder.interactions)
        elif isinstance(event, events.NonFatalError):
            errors.append(str(event.value))
        elif isinstance(event, events.FatalError):
            errors.append(repr(event.exception))
        elif isinstance(event, events.EngineFinished):
            failures = [
                f"{each.operation}: {each.title}\n{each.message}" for each in event.failures
            ]
            stopped = event.stop_reason
    print(f"{requests} requests")
    assert "\n\n".join(failures) == ""
    assert errors == []
    assert stopped == (StopReason.MAX_TIME if LONG else StopReason.COMPLETED)
    assert requests > 500
    assert len(CHECKS.get_all()) >= 10
