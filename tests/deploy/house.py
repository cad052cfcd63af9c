"""`gaisma serve` on a socket that we hold for it, as systemd does, and nginx before it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.doubles.twilio import TOKEN
from tests.served import PUBLIC_URL, environment, free_port, text_fields

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
PATIENCE = 15  # seconds after which Twilio gives a webhook up
_HANDED = (
    "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid());"
    " os.execv(sys.executable, [sys.executable, '-m', 'bot.cli', 'serve'])"
)


def program(name: str, *, wanted: bool = True) -> str:
    """The path of a program of the system; a visible skip where it is missing, but in CI a failure
    unless it is only `wanted` where it happens to be."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        if os.environ.get("CI") and wanted:
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


@dataclass
class Held:
    """A listening socket that outlives the service behind it."""

    database_url: str
    log: Path
    socket: socket.socket = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def start(self) -> None:
        """Start the service; it is not awaited: who comes before it listens waits in the queue."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", f"import os; os.dup2({self.socket.fileno()}, 3); {_HANDED}"],
                env={**environment(self.database_url), "LISTEN_FDS": "1"},
                pass_fds=(self.socket.fileno(),), stdout=out, stderr=out,
            )  # fmt: skip

    def stop(self) -> None:
        """As systemd stops it: SIGTERM, and patience."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.socket.close()


@dataclass(frozen=True)
class Proxy:
    """nginx with our example; `asks` makes requests as the world does."""

    port: int
    plain_port: int

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        context = ssl._create_unverified_context()  # its certificate is of a minute ago
        line = HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=context)
        return exchange(line, method, path, body, headers)


def exchange(
    line: HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    try:
        line.request(method, path, body, {name.replace("_", "-"): v for name, v in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def signed_text(sid: str, body: str, sender: str) -> tuple[bytes, dict[str, str]]:
    """A text as Twilio posts it."""
    fields = text_fields(sid, body, sender)
    signature = RequestValidator(TOKEN).compute_signature(
        PUBLIC_URL + "/sms/inbound", MultiDict(fields)
    )
    return urlencode(fields).encode(), {
        "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature,
    }  # fmt: skip


@contextmanager
def nginx(folder: Path, upstream: int, *, change: tuple[str, str] = ("", "")) -> Iterator[Proxy]:
    """nginx on free ports, with docs/deploy/nginx.conf before the service at port `upstream`."""
    binary = program("nginx")
    port, plain = free_port(), free_port()
    main = write_conf(folder, upstream, port, plain, change)
    process = subprocess.Popen(
        [binary, "-c", str(main), "-p", str(folder), "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield Proxy(port, plain)
    finally:
        process.terminate()
        process.wait(timeout=10)


def write_conf(
    folder: Path, upstream: int, port: int, plain: int, change: tuple[str, str] = ("", "")
) -> Path:
    """The example with other ports, certificate and folders, in the least of configurations."""
    conf = (DEPLOY / "nginx.conf").read_text()
    assert change[0] in conf
    make_certificate(folder)
    conf = conf.replace(*change) if change[0] else conf
    conf = re.sub(r"\s+listen \[::\]:\d+[^;]*;", "", conf)
    conf = conf.replace("listen 443", f"listen 127.0.0.1:{port}")
    conf = conf.replace("listen 80;", f"listen 127.0.0.1:{plain};")
    conf = conf.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    conf = conf.replace("/etc/ssl/gaisma", str(folder)).replace("/var/cache/nginx", str(folder))
    conf = conf.replace("/var/log/nginx", str(folder))
    user = "user root;" if os.geteuid() == 0 else ""
    temps = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "main.conf"
    main.write_text(
        f"{user} worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\n"
        f"http {{ access_log {folder}/access.log; {temps}\n{conf}\n}}\n"
    )
    return main


def make_certificate(folder: Path) -> None:
    """A certificate that nobody vouches for."""
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=sms.example.lv",
         "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
