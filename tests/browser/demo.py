"""The demo, served on a free port, and Debian's chromium: for the tests and the screenshots."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from bot.app import create_app
from bot.demo import build, let_in
from bot.demo.account import for_demo
from bot.demo.lived import live
from bot.jobs import make_worker
from bot.people import sign_in
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import open_database

PASSWORD = "zils kalns un upe"
CHROMIUM = shutil.which("chromium")
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def filled(folder: Path, *, lived: bool = False) -> Iterator[Service]:
    """A service on the demo's data in a file of its own; with `lived`, people wait and there is a
    past. The console's people may sign in with PASSWORD."""
    database = open_database(f"sqlite:///{folder}/demo.db?synchronous=OFF")
    database.migrate()
    build(database, datetime.now(UTC))
    let_in(database, sign_in.hash_password(PASSWORD), datetime.now(UTC))
    settings = Settings(database_url="sqlite:///var/demo.db")
    made = Service(settings, for_demo(read_policy()), database)
    if lived:
        live(made, datetime.now(UTC))
    yield made
    database.close()


@contextmanager
def served(service: Service) -> Iterator[str]:
    """The address at which the demo is served meanwhile."""
    server = make_server("127.0.0.1", 0, create_app(service, demo=True), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    # What watches the database ends when the app is no more; else it would find the file gone.
    del server, thread
    gc.collect()


def enter(page: Page, name: str) -> None:
    """Sign in as one of the demo's people."""
    page.goto("/console/enter")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click(".door-card .btn-primary")
    page.wait_for_selector("header.bar")


@contextmanager
def sending(service: Service) -> Iterator[None]:
    """A worker beside, which sends what is due."""
    worker = make_worker(service)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, without a window."""
    assert CHROMIUM, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield made
        made.close()
