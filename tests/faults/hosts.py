"""Hosts of an installation on one PostgreSQL server: two network namespaces, or two addresses.

Where this machine allows it (root, `ip netns`) each host has a network of its own, joined by a
bridge to the one of the test, where the server, the provider and the balancer are; `cut` takes
its cable out. Elsewhere hosts are processes on the loopback device, and `real` says so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

from tests import engines
from tests.served import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Host:
    """A machine: what its commands begin with, and the address that others reach it by."""

    name: str
    begins: tuple[str, ...]
    address: str
    cable: str = ""

    def cut(self) -> None:
        _ip("link", "set", self.cable, "down")

    def mend(self) -> None:
        _ip("link", "set", self.cable, "up")


@dataclass(frozen=True)
class Network:
    """`address` is where the hosts find what the test itself runs."""

    address: str
    hosts: tuple[Host, ...]
    real: bool


@contextmanager
def network(count: int = 2) -> Iterator[Network]:
    with ExitStack() as undo:
        made = _namespaces(count, undo)
        if made is None:
            undo.close()
            hosts = tuple(Host(f"host{n}", (), "127.0.0.1") for n in range(count))
            made = Network("127.0.0.1", hosts, real=False)
        yield made


def _namespaces(count: int, undo: ExitStack) -> Network | None:
    """None where we may not make any."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return None
    number = os.getpid() % 60_000
    net = f"10.{number % 200 + 20}.{number // 200 % 250}"
    bridge = f"gb{number}"
    try:
        _ip("link", "add", bridge, "type", "bridge")
        undo.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{net}.254/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        hosts = tuple(_namespace(n, number, bridge, net, undo) for n in range(count))
    except (subprocess.CalledProcessError, OSError):
        return None
    return Network(f"{net}.254", hosts, real=True)


def _namespace(index: int, number: int, bridge: str, net: str, undo: ExitStack) -> Host:
    name, outer, inner = (f"{word}{number}x{index}" for word in ("gaisma", "go", "gi"))
    _ip("netns", "add", name)
    undo.callback(_ip, "netns", "del", name)
    _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name)
    _ip("link", "set", outer, "master", bridge)
    _ip("link", "set", outer, "up")
    _ip("-n", name, "addr", "add", f"{net}.{index + 1}/24", "dev", inner)
    _ip("-n", name, "link", "set", inner, "up")
    _ip("-n", name, "link", "set", "lo", "up")
    return Host(name, ("ip", "netns", "exec", name), f"{net}.{index + 1}", outer)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


# --- the database server ----------------------------------------------------------------------


class Server:
    """A PostgreSQL server of its own at an address of the network, which can be restarted."""

    def __init__(self, listens: Sequence[str], settings: Mapping[str, str]) -> None:
        self._made, self.folder = engines.make_server()
        self._data = self.folder / "data"
        self._where = ",".join(dict.fromkeys(["127.0.0.1", *listens]))
        self.port = free_port()
        with (self._data / "pg_hba.conf").open("a") as file:
            file.write("host all all 0.0.0.0/0 trust\nhost replication all 127.0.0.1/32 trust\n")
        with (self._data / "postgresql.auto.conf").open("a") as file:
            # What was committed outlives a kill: it is with the system, if not on a disk.
            kept = {"synchronous_commit": "on"} | dict(settings)
            file.writelines(f"{name} = {value}\n" for name, value in kept.items())
        self.start()

    def kill(self) -> None:
        """Kill its first process, which the others follow, and start it again."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 120
        while True:
            try:
                self.start()
                return
            except subprocess.CalledProcessError:  # the last of the others has not followed yet
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def set(self, name: str, value: str) -> None:
        """A setting that a running server takes."""
        with (self._data / "postgresql.auto.conf").open("a") as file:
            file.write(f"{name} = {value}\n")
        self._control("reload")

    def promote(self) -> None:
        """Make a standby the one that is written to."""
        self._control("-w", "promote")

    @contextmanager
    def standby(self) -> Iterator[Server]:
        """Another server, which has what this one has, and follows it."""
        other = copy(self)
        other.folder = Path(tempfile.mkdtemp(prefix="gaisma-pg-", dir=self.folder.parent))
        other._data, other.port = other.folder / "data", free_port()
        shutil.chown(other.folder, self._made.system_user)
        other._run(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres",
            "-D", str(other._data), "-R", "-c", "fast",
        )  # fmt: skip
        try:
            other.start()
            yield other
        finally:
            with suppress(subprocess.CalledProcessError):
                other.stop()
            shutil.rmtree(other.folder, ignore_errors=True)

    def start(self) -> None:
        self._control("-o", f"-h {self._where} -p {self.port} -k {self._data}", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """`immediate`: as if it had been killed."""
        self._control("-m", mode, "-w", "stop")

    def database(self, name: str, at: str = "127.0.0.1") -> str:
        return f"postgresql://postgres@{at}:{self.port}/{name}"

    def _control(self, *words: str) -> None:
        log = str(self._data / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-t", "120", *words)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._made.bin_path / program), *words], user=self._made.system_user,
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip


@contextmanager
def database_server(*listens: str, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`settings`: of the server, beside those of tests."""
    server = Server(listens, settings or {})
    try:
        yield server
    finally:
        with suppress(subprocess.CalledProcessError):  # it may have been stopped already
            server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


# --- what stands in front of the web hosts ----------------------------------------------------


class Balancer(ThreadingTCPServer):
    """Hands each connection to a web host that takes it, in turn."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, behind: Sequence[tuple[str, int]]) -> None:
        super().__init__((address, 0), _Line)
        self.behind = tuple(behind)
        self.turn = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a host that was killed while it answered


class _Line(BaseRequestHandler):
    """One connection: bytes both ways until either side has no more."""

    server: Balancer

    def handle(self) -> None:
        for _ in self.server.behind:
            self.server.turn += 1
            host = self.server.behind[self.server.turn % len(self.server.behind)]
            with suppress(OSError), create_connection(host, timeout=2) as there:
                there.settimeout(30)
                back = threading.Thread(target=_pump, args=(there, self.request), daemon=True)
                back.start()
                _pump(self.request, there)
                back.join(30)
                return


def _pump(source: Any, target: Any) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(1)


# --- the processes on them --------------------------------------------------------------------


@dataclass
class Part:
    """A web or worker process on a host, started and killed again."""

    host: Host
    words: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    lives: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.host.begins, sys.executable, "-m", "bot.cli", *self.words],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.lives += 1

    def end(self, sign: int) -> None:
        """To all its processes: those of a web host are two."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            self._process.wait()
