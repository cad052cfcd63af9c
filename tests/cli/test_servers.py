"""`gaisma serve` and `demo`: what stops them before they start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import cli
from bot.serving import KILL_SECONDS
from tests.cli.conftest import Gaisma
from tests.served import environment, free_port


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


@contextmanager
def starting(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`gaisma serve`, just when it says that it listens: the other process is loading."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "serve", "--port", str(port)],
        env=environment(f"sqlite:///{folder}/gaisma.db"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        assert process.stdout
        try:
            while b"listens" not in (line := process.stdout.readline()):
                assert line, "it ended before it listened"
            yield process
        finally:
            process.kill()
            process.stdout.close()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_it_starts_is_heeded(tmp_path: Path, stop: signal.Signals) -> None:
    with starting(tmp_path, free_port()) as process:
        _forked(process.pid)
        os.killpg(process.pid, stop)  # as Ctrl+C and systemd do
        assert process.wait(timeout=KILL_SECONDS - 10) >= 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux to be told")
def test_killing_it_leaves_nobody_on_its_port(tmp_path: Path) -> None:
    port = free_port()
    with starting(tmp_path, port) as process:
        _forked(process.pid)
        time.sleep(1)  # it may be loading, or serve already
        process.kill()
    until = time.monotonic() + 40
    while _is_taken(port):
        assert time.monotonic() < until, "somebody still listens"
        time.sleep(0.1)


def test_ctrl_c_while_a_command_loads_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "gaisma", interrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "\ngaisma: stopped.\n"


def _forked(pid: int) -> None:
    until = time.monotonic() + 60
    while not Path(f"/proc/{pid}/task/{pid}/children").read_text().strip():
        assert time.monotonic() < until, "no process was forked"
        time.sleep(0.02)
    time.sleep(0.5)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
