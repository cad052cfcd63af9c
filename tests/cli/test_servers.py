"""`gaisma serve` and `demo`: what stops them before they start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Gaisma


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_said_so(
    run: Gaisma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{tmp_path}/demo.db")
    monkeypatch.setenv("GAISMA_SMS_PROVIDER", "sandbox")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(command, "--port", str(port))
    assert result.exit_code == 1
    assert f"port {port} on 127.0.0.1 is in use" in result.stderr
    assert "--port" in result.stderr
    assert not (tmp_path / "demo.db").exists()
