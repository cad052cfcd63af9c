"""Many short lives of a worker: each is forked, armed with a failpoint, and dies there.

    python -m tests.faults.lives

reads lines `POINT:N SECONDS` (or `- SECONDS` for a life without a failpoint) and answers each with
`point`, when the life ended at its failpoint, or `time`, when it was killed because its time was
over. Forking saves the second that loading everything takes. Settings come from the environment.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import make_server

from bot import failpoints
from bot.channels.twilio import TwilioChannel
from bot.service import Service, open_service
from bot.settings import read_settings
from bot.spool.intake import Intake
from bot.web import sms
from bot.worker import Worker
from storage import retries

LOADED = (TwilioChannel, retries)  # before the first fork


def live(point: str) -> None:
    """One life: the worker, and the address at which receipts come in."""
    service = open_service(read_settings())
    _serve_receipts(service)
    failpoints.arm(point)
    Worker(service).run()


def _serve_receipts(service: Service) -> None:
    app = Flask("receipts")
    app.register_blueprint(sms.blueprint(service, Intake(service, None)))  # type: ignore[arg-type]
    port = urlsplit(service.settings.public_url).port or 0
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def watch(child: int, seconds: float) -> str:
    """Wait for the end of a life, and bring it about when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            return "point" if killed else f"ended with {status}"
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "time"


def main() -> None:
    logging.basicConfig(level=logging.WARNING, filename=os.environ["LIVES_LOG"])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    print("ready", flush=True)
    for line in sys.stdin:
        point, seconds = line.split()
        child = os.fork()
        if child == 0:
            live("" if point == "-" else point)
            os._exit(0)
        print(watch(child, float(seconds)), flush=True)


if __name__ == "__main__":
    main()
