"""`./run audit`: what pip-audit says becomes a verdict, and silence of the service a notice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.deploy.house import ROOT
from tests.served import free_port

GOOD = {"name": "flask", "version": "3.1.0", "vulns": []}
BAD = {
    "name": "oldone",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}],
}


class _Advisories(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"vulnerabilities": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def advisories() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Advisories)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def audit(tmp_path: Path, service: str, says: str) -> subprocess.CompletedProcess[str]:
    """The audit with a pip-audit that says this about the lock it is given."""
    fake = tmp_path / "pip_audit.py"
    fake.write_text(
        "import pathlib, sys\n"
        "assert pathlib.Path(sys.argv[-1]).name == 'requirements.lock'\n"
        f"print({says!r})\n"
    )
    return subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "audit.py"), sys.executable, str(fake)],
        env=os.environ | {"GAISMA_ADVISORIES": service},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_known_hole_is_named_and_fails(tmp_path: Path, advisories: str) -> None:
    done = audit(tmp_path, advisories, json.dumps({"dependencies": [GOOD, BAD], "fixes": []}))
    assert done.returncode == 1
    assert "oldone 1.0: PYSEC-2026-1; mended in: 1.1" in done.stdout


def test_what_could_not_be_looked_up_is_told(tmp_path: Path, advisories: str) -> None:
    skipped = {"name": "ours", "skip_reason": "Dependency not found"}
    done = audit(tmp_path, advisories, json.dumps({"dependencies": [GOOD, skipped]}))
    assert done.returncode == 0
    assert "1 packages audited, 0 known holes.\nNOT AUDITED: ours." in done.stdout


def test_without_the_service_the_audit_says_that_it_was_not_made(
    tmp_path: Path, advisories: str
) -> None:
    nowhere = audit(tmp_path, f"http://127.0.0.1:{free_port()}", "")
    broken = audit(tmp_path, advisories, "Traceback: no connection")
    for done in (nowhere, broken):
        assert done.returncode == 0
        assert "AUDIT NOT MADE" in done.stdout


def test_ci_audits() -> None:
    assert "\n./run audit\n" in (ROOT / ".ci" / "run").read_text()
