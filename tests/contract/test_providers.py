"""What every SMS provider must do, whichever it is; the one in docs/providers.md as well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot import channels
from bot.app import create_app
from bot.channels.base import (
    Accepted,
    CannotAsk,
    Cause,
    Channel,
    NotSent,
    Outgoing,
    Result,
    Unknown,
)
from bot.policy import read_policy
from bot.service import Service
from storage import Database
from tests.bot.outbox_world import queue, status
from tests.contract.provider_cases import CASES, EXAMPLE, Call, Case, example_source, forget
from tests.contract.provider_cases import load_example as load
from tests.served import free_port

PHONE = "+37120000001"
GATEWAYS = [*CASES]


@pytest.fixture(autouse=True)
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(channels.PROVIDERS, EXAMPLE, load(tmp_path))
    forget()
    yield
    forget()


@pytest.fixture(params=GATEWAYS)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@dataclass
class Side:
    """The provider's side of the line to a service of ours."""

    client: FlaskClient
    database: Database

    def call(self, call: Call) -> TestResponse:
        return self.client.open(
            call.path, method=call.method, headers=dict(call.headers), data=dict(call.form) or None
        )

    def count(self, what: str) -> int:
        (row,) = self.database.all(f"SELECT count(*) AS n FROM {what}")
        return int(row["n"])


@pytest.fixture
def side(case: Case, database: Database) -> Side:
    app = create_app(Service(case.settings(), read_policy(), database))
    return Side(app.test_client(), database)


def outgoing(database: Database, body: str = "Pārtraukums.") -> Outgoing:
    now = datetime.now(UTC)
    return Outgoing(
        id="m1", channel="sms", peer=PHONE, body=body, kind="unplanned", lane="alert", segments=1,
        attempts=1, claimed_at=now, lease_until=now + timedelta(minutes=1),
        valid_until=now + timedelta(hours=1),
    )  # fmt: skip


# --- in -------------------------------------------------------------------------------------


def test_a_text_is_answered_in_the_same_request(case: Case, side: Side) -> None:
    answer = side.call(case.inbound("id-1", PHONE, "vai ir plānoti atslēgumi?"))
    assert answer.status_code == 200
    assert case.answered(answer.text)
    rows = side.database.all("SELECT peer, provider, body FROM messages WHERE direction = 'in'")
    assert [(row["peer"], row["provider"], row["body"]) for row in rows] == [
        (PHONE, case.name, "vai ir plānoti atslēgumi?")
    ]


def test_a_text_that_comes_twice_is_one_turn_with_one_answer(case: Case, side: Side) -> None:
    first, again = (side.call(case.inbound("id-1", PHONE, "paldies")) for _ in range(2))
    assert case.answered(first.text) == case.answered(again.text) != ""
    assert side.count("messages") == 2


def test_strangers_are_refused_and_change_nothing(case: Case, side: Side) -> None:
    message_id = queue(side.database)
    for call in (
        case.inbound("id-1", PHONE, "STOP", secret="wrong"),
        case.inbound("id-2", PHONE, "STOP", secret=""),
        case.receipt(message_id, case.words[1], secret="wrong"),
    ):
        assert side.call(call).status_code == 403
    assert side.count("messages WHERE direction = 'in'") == 0
    assert status(side.database, message_id) == "queued"


def test_a_text_without_its_fields_is_a_400_with_a_sentence(case: Case, side: Side) -> None:
    answer = side.call(case.inbound("", PHONE, "paldies"))
    assert (answer.status_code, answer.text[-2:]) == (400, ".\n")
    assert side.count("messages") == 0


def test_while_an_agent_talks_the_answer_sends_nothing(case: Case, side: Side) -> None:
    side.call(case.inbound("id-1", PHONE, "paldies"))
    side.database.run("UPDATE conversations SET owner = 'agent'")
    answer = side.call(case.inbound("id-2", PHONE, "nav gaismas"))
    assert (answer.status_code, case.answered(answer.text)) == (200, "")


def test_stop_is_heard(case: Case, side: Side) -> None:
    side.call(case.inbound("id-1", PHONE, "STOP"))
    assert side.count("opt_outs") == 1


# --- receipts -------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 1, 0, 0), (2, 1), (0, 2, 1)])
def test_receipts_in_any_order_lead_to_the_same_end(
    case: Case, side: Side, order: tuple[int, ...]
) -> None:
    message_id = queue(side.database)
    side.database.run("UPDATE messages SET status = 'accepted', attempts = 1")
    for each in order:
        assert side.call(case.receipt(message_id, case.words[each])).status_code in (200, 204)
    assert status(side.database, message_id) == "delivered"


def test_a_receipt_for_nothing_of_ours_is_a_404(case: Case, side: Side) -> None:
    assert side.call(case.receipt("no-such-message", case.words[1])).status_code == 404


@pytest.mark.parametrize("name", [*GATEWAYS, "sandbox"])
def test_words_that_nobody_knows_move_nothing(name: str) -> None:
    provider = channels.provider_of(name)
    assert provider.read_status("what is this") is None
    assert provider.read_error_code("") is None
    assert provider.read_error_code("ÿ²") is None


# --- out ------------------------------------------------------------------------------------

Answers = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


def send(case: Case, database: Database, answers: Answers | None, asked: bool = False) -> Any:
    """What comes of a call to a gateway that answers so; without answers, to nobody."""

    async def run() -> Any:
        url, runner = f"http://127.0.0.1:{free_port()}", None
        if answers is not None:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", answers)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", int(url.rpartition(":")[2]))
            await site.start()
        service = Service(case.settings(url), read_policy(), database)
        channel: Channel = next(iter(channels.provider_of(case.name).open(service, 0.5)))
        try:
            message = outgoing(database)
            return await (channel.look_up(message) if asked else channel.send(message))
        finally:
            await channel.close()
            if runner is not None:
                await runner.cleanup()

    return asyncio.run(run())


def says(status: int, body: str, content_type: str) -> Answers:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, text=body, content_type=content_type)

    return answer


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(2)
    return web.Response()


def test_what_the_gateway_takes_is_accepted_under_an_id(case: Case, database: Database) -> None:
    result: Result = send(case, database, says(*case.good))
    assert isinstance(result, Accepted)
    assert result.provider_id


def test_what_it_refuses_is_certainly_not_sent(case: Case, database: Database) -> None:
    result = send(case, database, says(*case.refused))
    assert isinstance(result, NotSent)
    assert result.cause is Cause.REFUSED
    assert PHONE not in result.reason


def test_a_busy_gateway_is_asked_again_later(case: Case, database: Database) -> None:
    result = send(case, database, says(*case.busy))
    assert isinstance(result, NotSent)
    assert result.cause is Cause.BUSY


def test_a_connection_that_is_refused_is_certainly_not_sent(case: Case, database: Database) -> None:
    result = send(case, database, None)
    assert isinstance(result, NotSent)
    assert result.cause is Cause.BUSY


@pytest.mark.parametrize(
    "answers",
    [
        reset, hang, says(200, "", "text/html"), says(202, "", "text/html"),
        says(200, "<html>It works!</html>", "text/html"), says(500, "oops", "text/plain"),
        says(502, "<html>Bad gateway</html>", "text/html"), says(503, "", "text/plain"),
        says(201, "{}", "application/json"), says(200, '{"id": ""}', "application/json"),
        says(200, "[]", "application/json"),
    ],
    ids=["reset", "hang", "empty", "202", "html", "500", "502", "503", "{}", "no-id", "[]"],
)  # fmt: skip
def test_what_is_not_certain_is_unknown(case: Case, database: Database, answers: Answers) -> None:
    assert isinstance(send(case, database, answers), Unknown)


@pytest.mark.parametrize("answers", [reset, hang, says(500, "", "text/plain")])
def test_a_call_is_made_once_whatever_becomes_of_it(
    case: Case, database: Database, answers: Answers
) -> None:
    calls: list[str] = []

    async def counted(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        return await answers(request)

    send(case, database, counted)
    assert len(calls) == 1


def test_it_can_be_asked_or_says_that_it_cannot(case: Case, database: Database) -> None:
    answer = send(case, database, says(500, "", "text/plain"), asked=True)
    can = channels.provider_of(case.name).can.can_be_asked
    assert isinstance(answer, Unknown if can else CannotAsk)


def test_the_example_has_under_100_lines() -> None:
    assert len([line for line in example_source().splitlines() if line.strip()]) < 100
