"""The example for nginx: it is taken, and keeps texts, people and the public apart."""

from __future__ import annotations

import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.house import exchange, nginx, program, write_conf
from tests.served import free_port


class Behind(BaseHTTPRequestHandler):
    """What stands where Gaisma would, and tells what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = f"{self.command} {self.path} {self.headers.get('X-Request-ID', '')} ".encode()
        body += self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=0")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def behind() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    main = write_conf(tmp_path, 8000, free_port(), free_port())
    done = subprocess.run(
        [program("nginx"), "-t", "-c", str(main), "-p", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # Newer ones have another way to say http2, and take the old one with a warning.
    told = [line for line in done.stderr.splitlines() if "[warn]" in line and "http2" not in line]
    assert told == []


def test_each_door_leads_where_it_should(tmp_path: Path, behind: int) -> None:
    with nginx(tmp_path, behind) as proxy:
        assert proxy.ask("POST", "/sms/inbound", b"Body=x")[1].startswith(b"POST /sms/inbound ")
        assert proxy.ask("GET", "/kannel/inbound?text=x")[0] == 200
        assert proxy.ask("GET", "/console/inbox")[0] == 200
        assert proxy.ask("GET", "/healthz")[0] == 200
        for hidden in ("/metrics", "/readyz"):
            assert proxy.ask("GET", hidden)[0] == 404
        assert proxy.ask("POST", "/", b"x")[0] == 403
        words = proxy.ask("GET", "/healthz")[1].split()
        assert len(words[2]) == 32  # an id for the log of both
        assert proxy.ask("POST", "/sms/inbound", b"x" * 70_000)[0] == 413
        line = HTTPConnection("127.0.0.1", proxy.plain_port, timeout=5)
        assert exchange(line, "GET", "/", b"", {})[0] == 301
        for program in ("/api/v1/messages", "/sms/inbound"):
            line = HTTPConnection("127.0.0.1", proxy.plain_port, timeout=5)
            assert exchange(line, "GET", program, b"", {})[0] == 403, "not led to TLS in silence"


def test_a_file_of_customers_may_be_larger_than_other_forms(tmp_path: Path, behind: int) -> None:
    with nginx(tmp_path, behind) as proxy:
        assert proxy.ask("POST", "/console/alerts/import", b"x" * 2_000_000)[0] == 200
        assert proxy.ask("POST", "/console/alerts/import/load", b"x" * 70_000)[0] == 413


def test_no_log_of_the_proxy_holds_what_was_searched_for(tmp_path: Path, behind: int) -> None:
    with nginx(tmp_path, behind) as proxy:
        for path in ("/console/inbox", "/kannel/inbound", "/sms/inbound", "/search", "/healthz"):
            assert proxy.ask("GET", f"{path}?q=%2B37120000001&text=slepens")[0] == 200
        line = HTTPConnection("127.0.0.1", proxy.plain_port, timeout=5)
        assert exchange(line, "GET", "/console/inbox?q=%2B37120000001", b"", {})[0] == 301
    logs = b"".join(path.read_bytes() for path in tmp_path.rglob("*.log"))
    assert b"GET /console/inbox 200" in logs
    assert b"20000001" not in logs and b"slepens" not in logs


def test_the_console_is_closed_to_who_is_not_on_the_list(tmp_path: Path, behind: int) -> None:
    text = "location /console/ {\n        allow 127.0.0.1;"
    with nginx(tmp_path, behind, change=(text, "location /console/ {")) as proxy:
        assert proxy.ask("GET", "/console/inbox")[0] == 403
        assert proxy.ask("POST", "/sms/inbound", b"x")[0] == 200


def test_a_flood_on_the_public_page_is_cut_off_and_texts_are_not(
    tmp_path: Path, behind: int
) -> None:
    with nginx(tmp_path, behind) as proxy, ThreadPoolExecutor(8) as pool:
        pages = pool.map(lambda n: proxy.ask("GET", f"/?street={n}")[0], range(120))
        texts = pool.map(lambda n: proxy.ask("POST", "/sms/inbound", b"x")[0], range(60))
        assert Counter(texts) == {200: 60}
        many = Counter(pages)
    assert many[429] > 30 and many[200] >= 40, many
