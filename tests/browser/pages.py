"""Every page of the console that has something to show in the demo, by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.service import Service
from storage import campaigns, conversations, debts_shown, network, outages

Where = Callable[[Service], str]


def _fixed(path: str) -> Where:
    return lambda _service: path


def _talk(service: Service) -> str:
    """The one who waits most urgently."""
    row = conversations.list_conversations(service.database, "waiting", 1)[0]
    return f"/console/inbox/{row['id']}"


def _outage(service: Service) -> str:
    rows = outages.list_outages(service.database, states=("active",))
    row = next(each for each in rows if each["kind"] == "unplanned")
    return f"/console/network/outages/{row['id']}"


def _told(service: Service) -> str:
    return f"{_outage(service)}/told"


def _cluster(service: Service) -> str:
    """The street of the demo from which most reports have come."""
    rows = network.unexplained(service.database, datetime.now(UTC) - timedelta(days=1))
    names = [str(row["transformer"]) for row in rows if row["transformer"]]
    return f"/console/network/new?transformer={max(names, key=names.count)}"


def _work(service: Service) -> str:
    row = outages.list_outages(service.database, states=("scheduled",))[0]
    return f"/console/alerts/works/{row['id']}"


def _draft(service: Service) -> str:
    """The greatest campaign that waits for approval."""
    rows = campaigns.list_campaigns(service.database)
    drafts = [row for row in rows if (row["kind"], row["state"]) == ("planned_notice", "draft")]
    return f"/console/alerts/campaign/{max(drafts, key=lambda row: row['recipients'])['id']}"


def _debt(service: Service) -> str:
    """One of which most was told."""
    row = debts_shown.page(service.database, "disconnection", limit=1)[0]
    return f"/console/debts/{row['id']}"


def _last_month(path: str) -> Where:
    def where(_service: Service) -> str:
        before = datetime.now(UTC).replace(day=1) - timedelta(days=1)
        return f"{path}?month={before:%Y-%m}"

    return where


PAGES: dict[str, Where] = {
    "inbox": _fixed("/console/inbox"),
    "conversation": _talk,
    "ready": _fixed("/console/ready"),
    "network": _fixed("/console/network"),
    "outages": _fixed("/console/network/outages"),
    "outage": _outage,
    "told": _told,
    "cluster": _cluster,
    "new-outage": _fixed("/console/network/new"),
    "alerts": _fixed("/console/alerts"),
    "campaign": _draft,
    "works": _fixed("/console/alerts/works"),
    "work": _work,
    "call-off": _fixed("/console/alerts/works/cancel"),
    "import": _fixed("/console/alerts/import"),
    "announce": _fixed("/console/alerts/announce"),
    "calls": _fixed("/console/alerts/calls"),
    "debts": _fixed("/console/debts"),
    "debt": _debt,
    "moratorium": _fixed("/console/debts/moratorium"),
    "reach": _fixed("/console/reports/reach"),
    "delivery": _last_month("/console/reports/delivery"),
    "deadlines": _last_month("/console/reports/deadlines"),
    "texts": _last_month("/console/reports/texts"),
    "understanding": _last_month("/console/reports/understanding"),
    "waits": _last_month("/console/reports/waits"),
    "costs": _fixed("/console/reports/costs"),
    "people": _fixed("/console/people"),
    "privacy": _fixed("/console/privacy"),
    "audit": _fixed("/console/audit"),
    "account": _fixed("/console/account"),
}
