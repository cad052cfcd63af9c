"""docs/api.md against the API: its examples are run, its tables have everything."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot.delivery import hook_calls
from bot.web.api.tokens import SCOPES
from storage import webhooks
from tests.web.api.conftest import Caller, caller_of, open_world

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Caller]]:
    service = open_world(tmp_path_factory.mktemp("docs"))
    call = caller_of(service)
    server = make_server("127.0.0.1", 0, call.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/api/v1", call
    server.shutdown()
    thread.join()
    server.server_close()
    call.app.extensions["gaisma.places"].stop()
    service.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
def test_the_examples_of_the_page_work(served: tuple[str, Caller]) -> None:
    address, call = served
    script = "set -e\n" + "\n".join(code for kind, code in BLOCKS if kind == "sh")
    assert script.count("curl") > 10
    done = subprocess.run(
        ["bash", "-c", script.replace("curl -sf", "curl -sf --noproxy '*' -w '\\n'")],
        env={"PATH": os.environ["PATH"], "GAISMA": address, "TOKEN": call.token},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    assert [each["outcome"] for each in answers if "outcome" in each] == [
        "new", "new", "new", "changed", "changed", "changed", "filed"
    ]  # fmt: skip
    assert answers[5]["outage"]["state"] == "restored"
    assert answers[-1]["customer_number"] == "2000070"


def test_the_lines_that_check_a_signature_are_right() -> None:
    [code] = [code for kind, code in BLOCKS if kind == "python"]
    found: dict[str, Any] = {}
    exec(code, found)
    is_from_gaisma = found["is_from_gaisma"]
    old, new = hook_calls.new_secret(), hook_calls.new_secret()
    now, body = int(datetime.now(UTC).timestamp()), '{"a": "ē"}'.encode()
    headers = hook_calls.headers_of([new, old], "evt_1", now, body)
    assert is_from_gaisma(new, headers, body) and is_from_gaisma(old, headers, body)
    assert not is_from_gaisma(hook_calls.new_secret(), headers, body)
    assert not is_from_gaisma(new, headers, body + b" ")
    assert not is_from_gaisma(new, {**headers, "webhook-id": "evt_2"}, body)
    late = hook_calls.headers_of([new], "evt_1", now - 3600, body)
    assert not is_from_gaisma(new, late, body)


def test_a_signature_is_that_of_the_convention() -> None:
    """The example of the specification's own test data: id, time, body and secret are public."""
    signed = hook_calls.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
        b'{"test": 2432232314}',
    )  # fmt: skip
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_scope_and_event_is_on_the_page() -> None:
    named = set(re.findall(r"`([^`\n]+)`", PAGE))
    assert named >= set(SCOPES)
    assert named >= {*webhooks.EVENTS, webhooks.TEST}
