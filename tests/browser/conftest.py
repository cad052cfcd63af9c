"""What all browser tests share: the demo's `service` of their module, served, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bot.service import Service
from tests.browser import demo


@pytest.fixture(scope="module")
def address(service: Service) -> Iterator[str]:
    with demo.served(service) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with demo.chromium() as made:
        yield made
