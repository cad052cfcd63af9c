"""The OpenAPI file against the API, by schemathesis: every check, all phases, right and wrong data.

GAISMA_LONG_API=1 makes many times more requests, for a quarter of an hour; a higher number is how
many seconds.
"""

from __future__ import annotations

import os
import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import StopReason, events, from_schema
from werkzeug.serving import make_server

from bot.service import Service
from bot.web.api.fields import EIC, FILLED, KEY
from tests.web.api.conftest import Caller, caller_of, open_world
from tests.worlds import eic

LONG = int(os.environ.get("GAISMA_LONG_API", "0"))
EXAMPLES, SECONDS = (300, LONG if LONG > 1 else 900) if LONG else (6, None)
STARTS, ENDS = "2036-12-12T09:00:00+02:00", "2036-12-12T15:00:00+02:00"
RFC_3339 = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
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


def possible(body: dict[str, Any]) -> dict[str, Any]:
    """The same with places that are known and times in order, where it has any at all: else few
    requests come to the rules behind. What does not fit the description stays as it is."""
    wanted: dict[str, Any] = {"eic": eic(5), "eics": [eic(1), eic(4)]}
    if body.get("eics"):
        wanted |= {"transformer": None, "feeder": None}
    known = {"kind": "planned", "state": "scheduled", "starts_at": STARTS, "ends_at": ENDS}
    if all(isinstance(body.get(name), str) for name in ("kind", "state", "starts_at")):
        wanted |= known
    return {
        name: wanted[name] if name in wanted and fits(name, value) else value
        for name, value in body.items()
    }


def fits(name: str, value: Any) -> bool:
    """Whether a valid value would be put in the place of a valid one."""
    if name == "eics":
        return isinstance(value, list) and bool(value) and all(fits("eic", one) for one in value)
    patterns = {
        "eic": EIC, "transformer": FILLED, "feeder": FILLED, "kind": "planned|unplanned",
        "state": "scheduled|active|restored|cancelled",
    }  # fmt: skip
    return isinstance(value, str) and bool(re.fullmatch(patterns.get(name, RFC_3339), value))


def schema_of(address: str, caller: Caller) -> Any:
    # By the scheme of the description: a header set for all requests would also stand in those
    # that are made to show what happens without it.
    auth = {"openapi": {"token": {"bearer": caller.token}}}
    config = SchemathesisConfig.from_dict({"auth": auth})
    config.max_time = SECONDS
    found = schemathesis.openapi.from_url(address, config=config)
    project = found.config
    project.generation.update(max_examples=EXAMPLES, deterministic=not LONG, database="none")
    project.phases.update(phases=PHASES)
    project.checks.update(included_check_names=["all"])
    return found


@dataclass
class Found:
    """What a run of schemathesis found."""

    requests: int = 0
    checked: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stopped: StopReason | None = None


def run(schema: Any) -> Found:
    """All phases. Failures are with the scenario in which each check was made."""
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            found.requests += len(event.recorder.interactions)
            for check in (each for made in event.recorder.checks.values() for each in made):
                found.checked[check.name] += 1
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    found.failures.append(
                        f"{failure.operation}: {failure.title}\n{failure.message}\n"
                        f"{check.failure_info.code_sample}"
                    )
        elif isinstance(event, events.NonFatalError):
            found.errors.append(str(event.value))
        elif isinstance(event, events.FatalError):
            found.errors.append(repr(event.exception))
        elif isinstance(event, events.EngineFinished):
            found.failures += [failure.message for failure in event.failures]
            found.stopped = event.stop_reason

    return found


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A key of its own for each request, as clients make them (one used again with another body
    is refused with 422, see test_reports), and bodies that come to the rules behind."""
    if case.headers and re.fullmatch(KEY, str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if isinstance(case.body, dict):
        case.body = possible(case.body)


def test_the_api_does_what_its_description_says(address: str, everything: Caller) -> None:
    found = run(schema_of(address, everything))
    assert "\n\n".join(sorted(set(found.failures))[:20]) == ""
    assert found.errors == []
    assert found.stopped == (StopReason.MAX_TIME if LONG else StopReason.COMPLETED)
    assert found.requests > 500
    assert found.checked.keys() >= {"not_a_server_error", "positive_data_acceptance"}
    assert len(found.checked) >= 15


def test_a_mistake_in_the_api_is_found(
    address: str, everything: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("storage.api_lists.notices", fail)
    schema = schema_of(address, everything).include(path="/notices")
    schema.config.phases.update(phases=["coverage"])
    assert any("/notices" in each for each in run(schema).failures)
