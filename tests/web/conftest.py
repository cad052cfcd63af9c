"""What tests of pages share: the app of the `service` of their module."""

from __future__ import annotations

import pytest
from flask import Flask

from bot.app import create_app
from bot.service import Service


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture(autouse=True)
def _lists_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened beside the console is seen at once, not within half a second."""
    monkeypatch.setattr("bot.desk.inbox._FRESH_SECONDS", 0.0)
    monkeypatch.setattr("bot.web.console.alerts._COURSE_SECONDS", 0.0)
