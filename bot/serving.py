"""The web process: granian around the app, with the worker inside (SQLite: one process)."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from bot.running import logs
from bot.settings import Settings

if TYPE_CHECKING:  # loaded in the process that serves, when it is their turn
    from bot.service import Service
    from bot.worker import Worker

log = logging.getLogger("gaisma.serving")

WORKER_AFTER_SECONDS = 1.0
AFTER_TEXTS = 5  # niceness of the public page: where both want a processor, texts have it first
KILL_SECONDS = 50  # below TimeoutStopSec of the unit; what is under way takes no longer
_PR_SET_PDEATHSIG = 1  # prctl(2)
FIRST_HANDED = 3  # the number of the first file that systemd hands over


def run_server(
    settings: Settings, host: str, port: int, *, threads: int = 64, worker: bool = True,
    demo: bool = False, only: str | None = None,
) -> None:  # fmt: skip
    """Serve until stopped. Every keep-alive connection needs a thread, so `threads` is generous.

    `only`: nothing but this part (PARTS of bot.app), and no worker.
    """
    _Server(
        "gaisma",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=threads,
        workers=1,  # SQLite has one writer; texts are committed together in one process
        log_level=LogLevels.error,
        backpressure=max(threads * 4, 256),
        # Seen once, under a profiler: the server's own threads waited for each other for ever.
        workers_kill_timeout=KILL_SECONDS,
    ).serve(
        target_loader=partial(
            _load,
            settings,
            worker=worker and only is None,
            demo=demo,
            only=only,
        ),
        wrap_loader=False,
    )


class _Server(MPServer):
    """Granian's server, on the socket that systemd holds for us where there is one.

    Then nobody is refused while we start anew: connections wait in the socket's own queue.
    """

    def _init_shared_socket(self) -> None:
        given = handed_socket()
        if given is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        # The server says only what it does with a socket of its own.
        held: Any = SocketHolder(given.fileno(), False, self.backlog)  # type: ignore[call-arg]
        number: Any = given.fileno()
        self._ssp, self._sfd, self._shd = None, number, held
        given.set_inheritable(True)
        self._sso = given


def handed_socket() -> socket.socket | None:
    """The listening socket that systemd (or who started us) hands over, if it does.

    Protocol: https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not os.environ.get("LISTEN_FDS"):
        return None
    return socket.socket(fileno=FIRST_HANDED)


def _load(
    settings: Settings, *, worker: bool, demo: bool, only: str | None
) -> Callable[..., Any]:  # fmt: skip
    """Made in the process that serves: an open database must not cross a fork."""
    _end_when_asked()
    from bot.app import create_app
    from bot.service import open_service

    logs.set_up(settings)
    service = open_service(settings)  # brought up to date by the command that serves
    app = create_app(service, demo=demo, only=only)
    stops: list[Callable[[], None]] = [app.extensions["gaisma.places"].stop, service.close]
    if only is None:
        app.extensions["gaisma.spool"].watch()
        stops.insert(1, app.extensions["gaisma.spool"].stop)
    if only == "public":
        os.nice(AFTER_TEXTS)
    if only in (None, "public"):
        app.extensions["gaisma.public"].prepare()
        stops.insert(1, app.extensions["gaisma.public"].stop)
    if worker:
        stops.insert(0, _start_worker(service))
    # The phrases and addresses stay for good: without this, each full collection walks them all.
    gc.collect()
    gc.freeze()
    log.info("ready; the provider is %s", settings.sms_provider)
    # The server's process ends without atexit; this is what multiprocessing runs instead.
    Finalize(None, _stop_all, args=(stops,), exitpriority=100)
    return app


def _end_when_asked() -> None:
    """Let this process be stopped while it starts, and end with the one that started it.

    It was forked with handlers that only the other process reads, and gets its own when it is
    ready: a stop in between was lost, and waited for KILL_SECONDS. When the other is killed
    (memory, kill -9), nobody else would end this one, and it would keep the port.
    """

    def end(number: int, frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    import ctypes  # here alone

    parent = multiprocessing.parent_process()
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent.pid:  # it died before we asked
        raise SystemExit(0)


def _start_worker(service: Service) -> Callable[[], None]:
    """The worker in a thread, once the first texts can be answered; returns how to stop it."""
    stopping = threading.Event()
    running: list[Worker] = []

    def work() -> None:
        # The providers' clients take a second to load, which a text would have to wait for.
        if stopping.wait(WORKER_AFTER_SECONDS):
            return
        from bot.jobs import make_worker

        running.append(make_worker(service))
        if not stopping.is_set():
            running[0].run()

    thread = threading.Thread(target=work, name="gaisma-worker", daemon=True)
    thread.start()

    def stop() -> None:
        stopping.set()
        for runner in running:
            runner.stop()
        thread.join(timeout=30)

    return stop


def _stop_all(stops: list[Callable[[], None]]) -> None:
    for stop in stops:
        stop()
