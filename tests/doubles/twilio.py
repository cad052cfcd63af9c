"""A double of Twilio's Messages API: a real HTTP server that keeps a journal of what it accepted.

A message counts as accepted when its line is on the disk, which is before it is answered. So the
journal says what customers would have got, whatever became of the answer.

    python -m tests.doubles.twilio --journal FILE [--port N] [--latency SECONDS]
        [--plan "reset_after=0.05,after500=0.05"] [--callbacks [--callback-base URL]]

The first line it prints is its address.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import re
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "a-token-for-tests"
OK = "ok"
# What may happen to a create call. `..._after`: the message was accepted all the same.
FAULTS = (
    "before500", "after500", "reset_before", "reset_after", "timeout_before", "timeout_after",
    "garbage_after", "empty_after", "busy",
)  # fmt: skip


@dataclass
class Options:
    """How the double behaves. `fault` is asked before each create: one of FAULTS, or 'ok'."""

    journal: Path
    latency: float = 0.0  # seconds, half of them before the message is accepted
    fault: Callable[[dict[str, str]], str] = lambda form: OK
    codes: dict[str, int] = field(default_factory=dict)  # To -> error code of a refusal
    status: int = 400  # of those refusals
    timeout: float = 60.0
    callbacks: bool = False
    callback_share: float = 1.0  # of messages; of the others no receipt ever comes
    callback_base: str = ""  # where callbacks are really sent; default: where their URL says
    openapi: str = ""  # Twilio's description of the Messages API, to check calls against
    sent_after: float = 0.5  # seconds a message stays in Twilio's own queue, without date_sent


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Double:
    """The server's state: accepted messages by id, newest last."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.accepted: dict[str, dict[str, Any]] = {}
        self._by_phone: dict[str, list[dict[str, Any]]] = {}
        self.calls = 0
        self._unsynced: list[asyncio.Future[None]] = []
        self._syncing: asyncio.Task[None] | None = None
        self._callbacks: set[asyncio.Task[None]] = set()
        self._schema = _form_schema(options.openapi)
        for line in read_journal(options.journal):
            self.keep(line)
        self._file = options.journal.open("ab", buffering=0)

    def app(self) -> web.Application:
        """The routes; a double of more than messages adds its own."""
        app = web.Application()
        base = "/2010-04-01/Accounts/{account}/Messages.json"
        app.router.add_post(base, self.create)
        app.router.add_get(base, self.list)
        return app

    # -- create ------------------------------------------------------------------------------

    async def create(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        if "application/x-www-form-urlencoded" not in request.headers.get("Content-Type", ""):
            return _error(Refusal(415, 0, "The form must be urlencoded"))
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            self._check(request, form)
        except Refusal as refusal:
            return _error(refusal)
        fault = self.options.fault(form)
        await asyncio.sleep(self.options.latency / 2)
        if fault == "busy":
            return _error(Refusal(429, 20429, "Too many requests"))
        message = None
        if fault == OK or fault.endswith("after") or fault.startswith("after"):
            message = await self._accept(request.match_info["account"], form)
        await asyncio.sleep(self.options.latency / 2)
        return await self._answer(request, fault, message)

    async def _answer(
        self, request: web.Request, fault: str, message: dict[str, Any] | None
    ) -> web.StreamResponse:
        if fault.startswith("reset"):
            if request.transport is not None:  # None: the caller has gone already
                request.transport.abort()
            return web.Response()
        if fault.startswith("timeout"):
            await asyncio.sleep(self.options.timeout)
        if fault.endswith("500"):
            return web.Response(status=500, text="<html>Internal Server Error</html>")
        if fault == "garbage_after":
            return web.Response(status=200, text="<html>It works!</html>")
        if fault == "empty_after" or message is None:
            return web.Response(status=201)
        return web.json_response(self._resource(message), status=201)

    async def _accept(self, account: str, form: dict[str, str]) -> dict[str, Any]:
        message = {
            "sid": "SM" + secrets.token_hex(16),
            "at": datetime.now(UTC).isoformat(),
            "account": account,
            "to": form["To"],
            "from": form.get("From", ""),
            "body": form["Body"],
            "callback": form.get("StatusCallback", ""),
        }
        self._file.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
        await self._synced()
        self.keep(message)
        lucky = random.random() < self.options.callback_share
        if self.options.callbacks and lucky and message["callback"]:
            task = asyncio.create_task(self._call_back(message))
            self._callbacks.add(task)
            task.add_done_callback(self._callbacks.discard)
        return message

    def keep(self, message: dict[str, Any]) -> None:
        self.accepted[message["sid"]] = message
        self._by_phone.setdefault(message["to"], []).append(message)

    async def _synced(self) -> None:
        """Wait until what was written is on the disk; one flush for all who wait."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsynced.append(done)
        if self._syncing is None:
            self._syncing = asyncio.create_task(self._sync())
        await done

    async def _sync(self) -> None:
        while self._unsynced:
            group, self._unsynced = self._unsynced, []
            await asyncio.to_thread(os.fsync, self._file.fileno())
            for done in group:
                done.set_result(None)
        self._syncing = None

    # -- what Twilio refuses -----------------------------------------------------------------

    def _check(self, request: web.Request, form: dict[str, str]) -> None:
        account = request.match_info["account"]
        if not re.fullmatch(r"AC[0-9a-fA-F]{32}", account):
            raise Refusal(404, 20404, "The requested resource was not found")
        expected = base64.b64encode(f"{account}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            raise Refusal(401, 20003, "Authenticate")
        self._check_schema(form)
        self._check_fields(form)
        code = self.options.codes.get(form["To"])
        if code is not None:
            text = f"The number {form['To']} is not one we send to"  # Twilio quotes it as well
            raise Refusal(self.options.status, code, text)

    def _check_fields(self, form: dict[str, str]) -> None:
        if not form.get("To"):
            raise Refusal(400, 21604, "A 'To' phone number is required.")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form["To"]):
            raise Refusal(400, 21211, f"The 'To' number {form['To']} is not valid.")
        service = form.get("MessagingServiceSid", "")
        if not form.get("From") and not service:
            raise Refusal(400, 21603, "A 'From' phone number is required.")
        if service and not re.fullmatch(r"MG[0-9a-fA-F]{32}", service):
            raise Refusal(400, 21701, "The Messaging Service does not exist.")
        if not form.get("Body"):
            raise Refusal(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1600:
            raise Refusal(400, 21617, "The message body exceeds the 1600 character limit.")
        callback = form.get("StatusCallback", "")
        if callback and (urlsplit(callback).scheme not in ("http", "https") or
                         not urlsplit(callback).hostname):  # fmt: skip
            raise Refusal(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
        validity = form.get("ValidityPeriod", "60")
        if not validity.isdigit() or not 1 <= int(validity) <= 36_000:
            raise Refusal(400, 20001, "The validity period is out of range.")

    def _check_schema(self, form: dict[str, str]) -> None:
        for name, value in form.items() if self._schema else ():
            rule = self._schema["properties"].get(name)
            if rule is None:
                raise Refusal(400, 20001, f"There is no parameter {name}.")
            pattern = {"integer": r"-?\d+", "boolean": "true|false"}.get(rule.get("type"), "")
            for each in filter(None, (pattern, rule.get("pattern"))):
                if not re.fullmatch(each.removeprefix("^").removesuffix("$"), value):
                    raise Refusal(400, 20001, f"The parameter {name} is malformed.")

    # -- list --------------------------------------------------------------------------------

    async def list(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        if self._syncing is not None:  # what is in the journal is in the list
            await self._synced()
        phone = query.get("To")
        among = self.accepted.values() if phone is None else self._by_phone.get(phone, ())
        found = [self._resource(m) for m in among if self._wanted(m, query)]
        found.reverse()
        part = found[page * size : (page + 1) * size]
        following = None
        if len(found) > (page + 1) * size:
            following = f"{request.path}?{urlencode({**query, 'Page': page + 1})}"
        return web.json_response(
            {
                "messages": part, "page": page, "page_size": size, "next_page_uri": following,
                "start": page * size, "end": page * size + len(part), "uri": str(request.rel_url),
                "first_page_uri": request.path, "previous_page_uri": None,
            }
        )  # fmt: skip

    def _wanted(self, message: dict[str, Any], query: Any) -> bool:
        if query.get("To", message["to"]) != message["to"]:
            return False
        for name, fits in (("DateSent>", str.__ge__), ("DateSent<", str.__le__)):
            if name in query:
                day = str(query[name])[:10]
                if not self._is_sent(message) or not fits(message["at"][:10], day):
                    return False
        return True

    def _is_sent(self, message: dict[str, Any]) -> bool:
        age = datetime.now(UTC) - datetime.fromisoformat(message["at"])
        return age.total_seconds() >= self.options.sent_after

    def _resource(self, message: dict[str, Any]) -> dict[str, Any]:
        made = format_datetime(datetime.fromisoformat(message["at"]).astimezone(UTC))
        sent = self._is_sent(message)
        return {
            "sid": message["sid"], "account_sid": message["account"], "to": message["to"],
            "from": message["from"] or None, "body": message["body"],
            "direction": "outbound-api", "status": "sent" if sent else "queued",
            "date_created": made, "date_updated": made, "date_sent": made if sent else None,
            "num_segments": "1", "error_code": None, "error_message": None, "price": None,
        }  # fmt: skip

    # -- callbacks ---------------------------------------------------------------------------

    async def _call_back(self, message: dict[str, Any]) -> None:
        url = str(message["callback"])
        parts = urlsplit(url)
        where = self.options.callback_base + parts.path if self.options.callback_base else url
        async with aiohttp.ClientSession() as session:
            for status in ("sent", "delivered"):
                form = {"MessageSid": message["sid"], "MessageStatus": status,
                        "AccountSid": message["account"], "To": message["to"]}  # fmt: skip
                signature = RequestValidator(TOKEN).compute_signature(url, form)
                headers = {"X-Twilio-Signature": signature}
                try:
                    async with session.post(where, data=form, headers=headers):
                        pass
                except aiohttp.ClientError:
                    return


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Every accepted message, oldest first."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def random_faults(plan: dict[str, float], seed: int) -> Callable[[dict[str, str]], str]:
    """Faults by their shares: {'reset_after': 0.05} fails every twentieth call so."""
    dice = random.Random(seed)

    def fault(form: dict[str, str]) -> str:
        roll = dice.random()
        for name, share in plan.items():
            roll -= share
            if roll < 0:
                return name
        return OK

    return fault


@contextmanager
def running(
    options: Options, made: Callable[[Options], Double] = Double
) -> Iterator[tuple[Double, str]]:
    """The double in a thread of this process, and its address."""
    loop = asyncio.new_event_loop()
    double = made(options)
    started: list[str] = []
    ready = threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        runner = web.AppRunner(double.app(), access_log=None, shutdown_timeout=0.1)
        started.append(loop.run_until_complete(_start(runner, 0)))
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield double, started[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        double._file.close()


async def _start(runner: web.AppRunner, port: int, host: str = "127.0.0.1") -> str:
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    assert site._server is not None
    return f"http://{host}:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]


async def _serve(options: Options, port: int, host: str) -> None:
    runner = web.AppRunner(Double(options).app(), access_log=None)
    print(await _start(runner, port, host), flush=True)
    await asyncio.Event().wait()


def _form_schema(path: str) -> dict[str, Any]:
    if not path or not Path(path).exists():
        return {}
    paths = json.loads(Path(path).read_text("utf-8"))["paths"]
    create = next(v["post"] for k, v in paths.items() if k.endswith("/{AccountSid}/Messages.json"))
    schema: dict[str, Any] = create["requestBody"]["content"][
        "application/x-www-form-urlencoded"
    ]["schema"]  # fmt: skip
    return schema


def _error(refusal: Refusal) -> web.Response:
    body = {"code": refusal.code, "message": refusal.message, "status": refusal.status,
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}"}  # fmt: skip
    return web.json_response(body, status=refusal.status)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description="A double of Twilio's Messages API")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--plan", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--callbacks", action="store_true")
    parser.add_argument("--callback-base", default="")
    parser.add_argument("--callback-share", type=float, default=1.0)
    parser.add_argument("--openapi", default=os.environ.get("TWILIO_OPENAPI", ""))
    given = parser.parse_args(argv)
    plan = {k: float(v) for k, _, v in (p.partition("=") for p in given.plan.split(",") if p)}
    if wrong := set(plan) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(wrong))}; there are {', '.join(FAULTS)}")
    options = Options(
        given.journal, given.latency, random_faults(plan, given.seed),
        callbacks=given.callbacks, callback_base=given.callback_base,
        callback_share=given.callback_share, openapi=given.openapi,
    )  # fmt: skip
    asyncio.run(_serve(options, given.port, given.host))


if __name__ == "__main__":
    main(sys.argv[1:])
