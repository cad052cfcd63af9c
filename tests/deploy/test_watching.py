"""The dashboard and the alarms name only figures and labels that there are."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

import bot.channels.bounces
import bot.jobs
import bot.web.sms
from bot.campaigns import rules
from bot.running.figures import BACKED_UP, Figures
from bot.service import Service
from storage.database import set_switch
from storage.locks import hold_lock
from tests.deploy.house import DEPLOY, ROOT, program

LOADED = (bot.channels.bounces, bot.jobs, bot.web.sms, rules)  # they count as well
RULES = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]),
]
OUTSIDE = {"up": {"job"}}  # Prometheus' own


@pytest.fixture
def known(service: Service) -> dict[str, set[str]]:
    """Every figure with the names of its labels."""
    now = datetime.now(UTC)
    until = now + timedelta(seconds=9)
    service.database.transaction(lambda tx: set_switch(tx, BACKED_UP, "2026-12-01T10:00:00.000Z",
                                                       by="x", now=now))  # fmt: skip
    service.database.transaction(lambda tx: hold_lock(tx, "worker", "x", now=now, until=until))
    found = {name: set(labels) for name, labels in OUTSIDE.items()}
    for family in text_string_to_metric_families(Figures(service).read().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    for name, collector in REGISTRY._names_to_collectors.items():
        labels = set(getattr(collector, "_labelnames", ()))
        found.setdefault(name, set()).update(labels)
    return found


def used(expression: str) -> Iterator[tuple[str, set[str]]]:
    """(figure, labels that are asked for) of an expression."""
    for name, matchers in re.findall(r"\b(gaisma_\w+|up)\b(?:\{([^}]*)\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*=~?", matchers))


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_figures_and_labels_exist(known: dict[str, set[str]], title: str, expression: str) -> None:
    names = [*used(expression)]
    assert names, title
    for name, labels in names:
        assert name in known, f"{title}: there is no {name}"
        assert labels <= known[name], f"{title}: {name} has no {labels - known[name]}"
    grouped = set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", expression))))
    assert grouped <= set().union(*(known[name] for name, _ in names)), title


def test_legends_show_labels_that_are_left() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            by = re.findall(r"\bby \(([^)]*)\)", target["expr"])
            if by:
                assert shown <= set(re.findall(r"\w+", by[-1])), panel["title"]


def test_every_alarm_has_its_page_in_the_runbook() -> None:
    headings = re.findall(r"^#+ (Gaisma\w+)$", OPERATIONS, re.MULTILINE)
    assert sorted(headings) == sorted(rule["alert"] for rule in RULES)
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"operations.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_promtool_takes_the_alarms() -> None:
    done = subprocess.run(
        [program("promtool", wanted=False), "check", "rules", str(DEPLOY / "alerts.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
