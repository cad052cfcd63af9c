"""The console in a process of its own: it has its pages, and nothing of what is not its own."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from bot.app import create_app
from bot.service import Service
from tests.served import serving


@pytest.mark.parametrize("path", ["/console/enter", "/healthz", "/readyz"])
def test_it_has_the_console_and_says_how_it_is(service: Service, path: str) -> None:
    assert create_app(service, console_only=True).test_client().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/outages.json", "/api/v1/outages", "/phone/"])
def test_it_shows_nothing_to_others(service: Service, path: str) -> None:
    assert create_app(service, console_only=True).test_client().get(path).status_code == 404


def test_it_takes_no_texts(service: Service) -> None:
    client = create_app(service, console_only=True).test_client()
    assert client.post("/sms/inbound", data={"Body": "sveiki"}).status_code == 404


def test_the_command_serves_it_beside_the_first_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gaisma.db"
    with (
        serving(url, tmp_path, "--no-worker") as first,
        serving(url, tmp_path, "--only", "console") as second,
    ):
        assert [_status(each.port, "/console/enter") for each in (first, second)] == [200, 200]
        assert [_status(each.port, "/outages.json") for each in (first, second)] == [200, 404]


def _status(port: int, path: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path)
    status = line.getresponse().status
    line.close()
    return status
