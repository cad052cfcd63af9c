"""Whatever somebody's pages lead to, they may open and press: no link and no button ends at 403."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from flask import Flask
from werkzeug.exceptions import HTTPException

from bot.app import create_app
from bot.demo.account import for_demo
from bot.service import Service
from bot.turn import Inbound, Turns
from tests.bot import owing
from tests.web.console import NOW, enter, let_in, post
from tests.web.network_world import make, network_of, report
from tests.worlds import PHONE, add_outage

pytestmark = pytest.mark.both

ROLES = (
    "agent", "dispatcher", "operator", "administrator", "agent dispatcher",
    "operator administrator", "agent dispatcher operator administrator",
)  # fmt: skip
_LINKS = re.compile(r'(?:href|data-live)="([^"]+)"')
_FORMS = re.compile(r"<form\b([^>]*)>", re.IGNORECASE)
_FOLLOWED = 3  # links to one kind of page


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[Flask]:
    """Something on every page: who waits, reports, an outage, works, campaigns, debts, calls."""
    with (
        time_machine.travel(NOW, tick=False),
        network_of(Path(tmp_path_factory.mktemp("walk")), engine) as made,
    ):
        service = replace(made, policy=for_demo(made.policy))
        app = create_app(service)
        _fill(service, app)
        yield app


def _fill(service: Service, app: Flask) -> None:
    owing.owing(service.database)
    turns = Turns(service)
    for place, words in enumerate(("gribu runāt ar cilvēku", "mājās bērns uz skābekļa aparāta")):
        turns.take(Inbound("sandbox", f"W{place}", PHONE, words), NOW)
    report(service, 1)
    make(enter(app, "dainis"))
    report(service, 2, danger=True)
    begins = NOW + timedelta(days=12)
    add_outage(
        service.database, [2], begins, begins + timedelta(hours=4), kind="planned",
        state="scheduled",
    )  # fmt: skip
    post(enter(app, "ilze"), "/console/debts/notice", "/console/debts", kind="first")
    for roles in ROLES:
        let_in(service.database, {_name(roles): roles})


def _name(roles: str) -> str:
    return "walker." + ".".join(part[:2] for part in roles.split())


def _endpoint(app: Flask, path: str, method: str) -> str:
    try:
        return str(app.url_map.bind("localhost").match(path, method=method)[0])
    except HTTPException:
        return ""


@pytest.mark.parametrize("roles", ROLES)
def test_no_link_and_no_button_of_a_role_is_refused(app: Flask, roles: str) -> None:
    client = enter(app, _name(roles))
    held = set(roles.split())
    left, seen, followed = ["/console/"], {"/console/"}, Counter[str]()
    refused = []
    while left:
        at = left.pop()
        with client.get(at, follow_redirects=True) as answer:
            page, here = answer.get_data().decode(errors="replace"), answer.request.path
        if answer.status_code != 200:
            refused.append(f"{answer.status_code} {at}")
            continue
        if answer.mimetype != "text/html":
            continue
        for attributes in _FORMS.findall(page):
            if 'method="post"' not in attributes:
                continue
            action = re.search(r'action="([^"]+)"', attributes)
            path = urlsplit(unescape(action[1])).path if action else here
            view = app.view_functions.get(_endpoint(app, path, "POST"))
            needed = getattr(view, "needed_roles", set())
            if not held & needed:
                refused.append(f"{here}: the form to {path}")
        for link in _LINKS.findall(page):
            target = urljoin(at, unescape(link))
            path = urlsplit(target).path
            kind = _endpoint(app, path, "GET")
            if not kind.startswith("console.") or target in seen:
                continue
            seen.add(target)
            followed[kind] += 1
            if followed[kind] <= _FOLLOWED:
                left.append(target.partition("#")[0])
    assert refused == []
    assert len(followed) > 3
