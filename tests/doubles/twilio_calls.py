"""A double of Twilio's Calls API: rings up, asks what to say, and tells how it ended."""

from __future__ import annotations

import asyncio
import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.doubles.twilio import TOKEN, Double, Options


class CallsDouble(Double):
    """Every call is answered, but for numbers in `endings`: they end so ('busy', 'no-answer').

    What was read aloud is in `spoken`, by number: the TwiML itself.
    """

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.rung: list[dict[str, Any]] = []
        self.spoken: dict[str, str] = {}
        self.endings: dict[str, list[str]] = {}
        self.fault = "ok"
        self._lines: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        app = super().app()
        base = "/2010-04-01/Accounts/{account}/Calls.json"
        app.router.add_post(base, self.ring)
        app.router.add_get(base, self.list_calls)
        return app

    async def ring(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", "")):
            return web.json_response({"code": 21211, "message": "x", "status": 400}, status=400)
        call = {
            "sid": "CA" + secrets.token_hex(16), "to": form["To"], "from": form["From"],
            "url": form["Url"], "callback": form["StatusCallback"],
            "at": format_datetime(datetime.now(UTC)), "status": "queued",
        }  # fmt: skip
        self.rung.append(call)
        task = asyncio.create_task(self._course(call))
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)
        if self.fault == "after500":
            return web.Response(status=500)
        return web.json_response(self._call(call), status=201)

    async def list_calls(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("To")
        found = [self._call(call) for call in self.rung if wanted in (None, call["to"])]
        return web.json_response(
            {"calls": found, "page": 0, "page_size": 50, "next_page_uri": None}
        )  # fmt: skip

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        return {
            "sid": call["sid"], "to": call["to"], "from": call["from"], "status": call["status"],
            "date_created": call["at"], "direction": "outbound-api",
        }  # fmt: skip

    async def _course(self, call: dict[str, Any]) -> None:
        await self._say(call, call["callback"], "initiated")
        endings = self.endings.get(call["to"])
        if endings:
            await self._say(call, call["callback"], endings.pop(0))
            return
        await self._say(call, call["callback"], "in-progress")
        self.spoken[call["to"]] = await self._say(call, call["url"], "in-progress")
        await self._say(call, call["callback"], "completed")

    async def _say(self, call: dict[str, Any], url: str, status: str) -> str:
        call["status"] = status
        form = {"CallSid": call["sid"], "CallStatus": status, "To": call["to"]}
        headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, form)}
        where = self.options.callback_base + urlsplit(url).path
        async with (
            aiohttp.ClientSession() as session,
            session.post(where, data=form, headers=headers) as answer,
        ):
            return await answer.text()
