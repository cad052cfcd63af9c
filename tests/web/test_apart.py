"""A part in a process of its own: it has its pages, and nothing of what is not its own."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from bot.app import PARTS, create_app
from bot.service import Service
from tests import engines
from tests.served import serving

OWN = {"console": "/console/enter", "public": "/outages.json"}


@pytest.mark.parametrize("part", PARTS)
def test_it_has_its_pages_and_says_how_it_is(service: Service, part: str) -> None:
    client = create_app(service, only=part).test_client()
    for path in (OWN[part], "/healthz", "/readyz"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_it_shows_nothing_of_others(service: Service, part: str) -> None:
    client = create_app(service, only=part).test_client()
    others = {path for name, path in OWN.items() if name != part}
    for path in (*others, "/api/v1/outages", "/phone/", "/mail/leave"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("part", PARTS)
def test_it_takes_no_texts(service: Service, part: str) -> None:
    client = create_app(service, only=part).test_client()
    assert client.post("/sms/inbound", data={"Body": "sveiki"}).status_code == 404


def test_the_page_of_visitors_is_whole(service: Service) -> None:
    client = create_app(service, only="public").test_client()
    for path in ("/", "/outages", "/search?q=Cesis&lang=ru", "/outages.ics", "/favicon.svg"):
        assert client.get(path).status_code == 200


def test_the_command_serves_them_beside_the_first_process(tmp_path: Path) -> None:
    url = engines.new_address(tmp_path)
    with (
        serving(url, tmp_path, "--no-worker") as first,
        serving(url, tmp_path, "--only", "console") as second,
        serving(url, tmp_path, "--only", "public") as third,
    ):
        served = first, second, third
        assert [_status(each.port, OWN["console"]) for each in served] == [200, 200, 404]
        assert [_status(each.port, OWN["public"]) for each in served] == [200, 404, 200]


def _status(port: int, path: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path)
    status = line.getresponse().status
    line.close()
    return status
