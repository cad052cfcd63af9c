"""Files in, texts out and back: `gaisma` as a distributor runs it, against a double of Twilio.

Everything here is a process of its own over real HTTP; nothing is called from inside.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import engines
from tests.doubles import twilio as double
from tests.served import Served, gaisma, serving, text_fields
from tests.worlds import CUSTOMERS, HOMES, eic

POLICY = '[quiet_hours]\nstart = "00:00"\nend = "00:00"\n'
STARTS = (datetime.now(UTC) + timedelta(days=8)).replace(hour=7, minute=0, second=0, microsecond=0)
# customer: phone, language
PHONES = {
    "1000001": ("+37120000011", "lv"),
    "1000002": ("+37120000012", "ru"),
    "1000003": ("+37120000013", "en"),
    "1000004": ("+37120000014", "ru"),
}


@dataclass
class Distributor:
    """One installation: its files, its commands, its running service, and what Twilio got."""

    folder: Path
    served: Served
    journal: Path
    settings: dict[str, str]
    database_url: str
    sequence: int = 0
    files: list[Path] = field(default_factory=list)

    def gaisma(self, *arguments: str, status: int = 0) -> Any:
        done = gaisma(self.database_url, *arguments, "--json", **self.settings)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout)

    def load(self, kind: str, header: str, *rows: str, status: int = 0) -> Any:
        path = self.folder / f"{kind}-{len(self.files)}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        self.files.append(path)
        return self.gaisma("import", kind, str(path), "--by", "maker", status=status)

    def outage(self, state: str = "scheduled", *, starts: datetime = STARTS, sequence: int) -> Any:
        """Works at the homes of customers 1, 2 (two premises) and 3, as a file says them."""
        homes = " ".join(eic(number) for number in (1, 2, 3, 4))
        ends = starts + timedelta(hours=6)
        return self.load(
            "outages",
            "external_id,sequence,kind,state,starts_at,ends_at,reason,eics,transformer,feeder",
            f"W-1,{sequence},planned,{state},{starts.isoformat()},{ends.isoformat()},"
            f"balstu maiņa,{homes},,",
        )

    def drafts(self, kind: str) -> list[dict[str, Any]]:
        found = self.gaisma("campaign", "list")
        return [row for row in found if row["state"] == "draft" and row["kind"] == kind]

    def approve(self, kind: str) -> None:
        (draft,) = self.drafts(kind)
        self.gaisma("campaign", "approve", draft["id"], "--by", "approver")

    def sent(self) -> list[dict[str, Any]]:
        return double.read_journal(self.journal)

    def await_sent(self, count: int) -> list[dict[str, Any]]:
        await_(lambda: len(self.sent()) >= count)
        time.sleep(1.0)  # whatever comes beyond that would come now
        assert len(self.sent()) == count, [line["body"] for line in self.sent()]
        return self.sent()


def await_(true: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def distributor(tmp_path: Path, engine: str) -> Iterator[Distributor]:
    (tmp_path / "policy.toml").write_text(POLICY)
    openapi = Path(__file__).parents[2] / "shared/twilio/twilio_messages_openapi.json"
    options = double.Options(
        journal=tmp_path / "journal.jsonl",
        callbacks=True,
        openapi=str(openapi) if openapi.exists() else "",
    )
    with double.running(options) as (_, url):
        settings = {
            "GAISMA_TWILIO_API_URL": url,
            "GAISMA_POLICY": str(tmp_path / "policy.toml"),
            "GAISMA_SEND_RATE": "200",
        }
        database_url = engines.new_address(tmp_path, engine)
        with serving(database_url, tmp_path, **settings) as served:
            options.callback_base = f"http://127.0.0.1:{served.port}"
            made = Distributor(tmp_path, served, options.journal, settings, database_url)
            _load_customers(made)
            yield made


def _load_customers(made: Distributor) -> None:
    made.load(
        "customers",
        "customer_number,name,kind,language,postal_address,postcode",
        *(f"{number},{name},{kind},{language},,"
          for number, (name, kind, language) in CUSTOMERS.items()),
    )  # fmt: skip
    made.load(
        "premises",
        "eic,customer_number,address,town,postcode,meter_number,transformer,feeder,life_support,lat,lon",
        *(f'{eic(number)},{customer},"{address}",{town},{postcode},{meter},{transformer},F-1,0,,'
          for number, (customer, address, town, postcode, meter, transformer) in HOMES.items()),
    )  # fmt: skip
    made.load(
        "contacts",
        "customer_number,kind,value,language",
        *(f"{number},mobile,{phone},{language}" for number, (phone, language) in PHONES.items()),
    )


@pytest.mark.both
def test_works_are_announced_moved_and_cancelled_to_exactly_those_concerned(
    distributor: Distributor,
) -> None:
    distributor.outage(sequence=1)
    (draft,) = distributor.drafts("planned_notice")
    assert draft["recipients"] == 3
    time.sleep(1.5)
    assert distributor.sent() == []  # nothing goes out before somebody approves
    preview = distributor.gaisma("campaign", "preview", draft["id"])
    assert "samples" in preview or "texts" in preview, preview
    distributor.approve("planned_notice")
    told = distributor.await_sent(3)
    assert {line["to"] for line in told} == {
        PHONES[n][0] for n in ("1000001", "1000002", "1000003")
    }
    by_phone = {line["to"]: line["body"] for line in told}
    assert "planoti darbi" in by_phone["+37120000011"]
    assert "электр" in by_phone["+37120000012"]
    assert "planned" in by_phone["+37120000013"].lower()

    distributor.outage(sequence=1)  # the same file again
    distributor.outage(sequence=0, starts=STARTS + timedelta(days=3))  # an older one
    assert distributor.drafts("moved") == []
    assert distributor.drafts("planned_notice") == []

    later = STARTS + timedelta(days=1)
    distributor.outage(sequence=2, starts=later)
    distributor.approve("moved")
    moved = distributor.await_sent(6)[3:]
    assert {line["to"] for line in moved} == set(by_phone)

    stop = distributor.served.post(
        "/sms/inbound", text_fields("SM" + "5" * 32, "STOP", "+37120000013")
    )
    assert stop.status == 200
    distributor.outage("cancelled", starts=later, sequence=3)
    distributor.approve("cancelled")
    cancelled = distributor.await_sent(8)[6:]
    assert {line["to"] for line in cancelled} == {"+37120000011", "+37120000012"}
    assert distributor.drafts("cancelled") == []


def test_works_cancelled_before_anybody_was_told_are_told_to_nobody(
    distributor: Distributor,
) -> None:
    distributor.outage(sequence=1)
    distributor.outage("cancelled", sequence=2)
    assert distributor.drafts("cancelled") == []
    time.sleep(1.5)
    assert distributor.sent() == []


def test_receipts_move_alerts_to_delivered(distributor: Distributor) -> None:
    distributor.outage(sequence=1)
    distributor.approve("planned_notice")
    distributor.await_sent(3)
    (campaign,) = (
        row for row in distributor.gaisma("campaign", "list") if row["kind"] == "planned_notice"
    )
    await_(
        lambda: (
            distributor.gaisma("campaign", "report", campaign["id"])["messages"].get("delivered")
            == 3
        )
    )


def test_late_works_are_stopped_until_somebody_gives_a_reason(distributor: Distributor) -> None:
    distributor.outage(sequence=1, starts=datetime.now(UTC) + timedelta(days=3))
    (draft,) = distributor.drafts("planned_notice")
    refused = gaisma(
        distributor.database_url, "campaign", "approve", draft["id"], "--by", "approver",
        **distributor.settings,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "5" in refused.stderr
    assert "Traceback" not in refused.stderr
    distributor.gaisma(
        "campaign", "approve", draft["id"], "--by", "approver", "--reason", "avārijas draudi"
    )
    distributor.await_sent(3)


@pytest.mark.both
def test_an_agent_answers_through_the_outbox_and_the_bot_is_silent(
    distributor: Distributor,
) -> None:
    phone = PHONES["1000001"][0]
    post = distributor.served.post
    assert (
        "Message" in post("/sms/inbound", text_fields("SM1", "gribu runāt ar cilvēku", phone)).text
    )
    said = gaisma(
        distributor.database_url, "conversation", "say", phone, "Labdien, te Inga.", "--by", "inga",
        **distributor.settings,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    (line,) = distributor.await_sent(1)
    assert (line["to"], line["body"]) == (phone, "Labdien, te Inga.")
    assert "<Message" not in post("/sms/inbound", text_fields("SM2", "nav gaismas", phone)).text
    assert "<Message" in post("/sms/inbound", text_fields("SM3", "STOP", phone)).text
    shown = distributor.gaisma("conversation", "show", phone)
    assert shown["owner"] == "agent"
    assert gaisma(
        distributor.database_url, "conversation", "return", phone, "--by", "inga",
        **distributor.settings,
    ).returncode == 0  # fmt: skip
    assert "<Message" in post("/sms/inbound", text_fields("SM4", "nav gaismas", phone)).text
