"""What comes by HTTP: providers, other systems, mail servers, visitors, and who is none of them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, quote_from_bytes

from twilio.request_validator import RequestValidator
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from tests.fuzz.dice import Dice
from tests.fuzz.site import PUBLIC_URL, TOKEN, Answered, Broken, Site, _environ
from tests.worlds import OTHER_PHONE, PHONE, eic

FORM = "application/x-www-form-urlencoded"
IDS = ("m1", "0", "019ab1c2-0000-7000-8000-000000000000", "a" * 70, "..", "%00", "ā")
STATUSES = ("queued", "sent", "delivered", "undelivered", "failed", "read", "accepted", "1", "16")
CODES = ("30003", "30005", "21610", "", "99999", "-1", "1e3", "NACK/1/x", "ACK/")
_validator = RequestValidator(TOKEN)


class Http:
    """A target: one input is one or a few requests."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)

    def __call__(self, data: bytes) -> None:
        try:
            self.ask(Dice(data))
        finally:
            self.site.forget()

    def ask(self, dice: Dice) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self.site.close()


def sender(dice: Dice) -> str:
    """Somebody's number, or what stands there instead."""
    return dice.pick((PHONE, OTHER_PHONE, "+37129999999", "Gaisma", dice.word()))


def quoted(dice: Dice, value: str) -> str:
    """A value in a form or a query, in one of the encodings that are seen there."""
    coding = dice.pick(
        ("utf-8", "utf-8", "utf-8", "latin-1", "utf-16-be", "utf-7", "cp1257", "raw")
    )
    if coding == "raw":
        return value.replace("&", "%26").replace("#", "%23").encode("utf-8", "replace").decode()
    if coding == "utf-7":
        value = "".join(each for each in value if not 0xD800 <= ord(each) < 0xE000)
    return quote_from_bytes(value.encode(coding, "surrogatepass" if "utf" in coding else "replace"))


def pairs(dice: Dice, fields: list[tuple[str, str]]) -> str:
    """The fields as one string; some of them lost, doubled, cut, or more than anybody sends."""
    kept = [each for each in fields if not dice.one_in(24)]
    kept += [dice.pick(fields) for _ in dice.times(1)]
    kept += [(dice.word()[:40], dice.word()) for _ in dice.times(1)]
    made = "&".join(
        f"{quote(name, errors='replace')}={quoted(dice, value)}" for name, value in kept
    )
    return dice.spoil(made) if dice.one_in(8) else made


def must_be_twiml(answer: Answered) -> None:
    root = ElementTree.fromstring(answer.text)
    messages = list(root)
    if root.tag != "Response" or len(messages) > 1 or any(m.tag != "Message" for m in messages):
        raise Broken(f"no TwiML of ours: {answer.text[:300]!r}")


class Twilio(Http):
    """Signed forms: texts, receipts, calls. The signature is right for whatever was sent."""

    def ask(self, dice: Dice) -> None:
        for _ in range(1 + dice.below(2)):
            target = dice.pick(
                ("/sms/inbound", "/sms/inbound", f"/sms/status/{quote(dice.pick(IDS))}",
                 f"/sms/status/{quote(dice.word(), errors='replace')}?provider=fallback",
                 "/voice/m1", "/voice/status/m1")
            )  # fmt: skip
            kind, body = self._body(dice)
            headers = {"Content-Type": kind}
            signature = _signature(target, kind, body)
            headers["X-Twilio-Signature"] = dice.word() if dice.one_in(12) else signature
            if dice.one_in(12):
                headers[dice.pick(("X-Twilio-Signature-Settings", "Host", "X-Forwarded-Host"))] = (
                    dice.word()
                )
            answer = self.site.call("POST", target, body, headers)
            if target == "/sms/inbound" and answer.status == 200:
                must_be_twiml(answer)

    def _body(self, dice: Dice) -> tuple[str, bytes]:
        shape = dice.below(10)
        if shape == 0:
            return dice.pick((FORM, "application/json", "", dice.word())), dice.bytes_(120)
        fields = [
            ("MessageSid", dice.pick(("SM1", f"SM{dice.below(1 << 30):032x}", dice.word()))),
            ("From", sender(dice)), ("To", "1880"), ("Body", dice.text()),
            ("OptOutType", dice.pick(("", "", "", "STOP", "START", "HELP", dice.word()))),
            ("MessageStatus", dice.pick((*STATUSES, dice.word()))),
            ("ErrorCode", dice.pick((*CODES, dice.word()))),
            ("CallStatus", dice.pick(("completed", "busy", "no-answer", dice.word()))),
            ("CallSid", "CA1"),
        ]  # fmt: skip
        if shape == 1:
            return _multipart(dice, fields)
        return dice.pick((FORM, FORM + "; charset=utf-16")), pairs(dice, fields).encode(
            "utf-8", "replace"
        )


def _multipart(dice: Dice, fields: list[tuple[str, str]]) -> tuple[str, bytes]:
    mark = "b0"
    parts = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"'
        + ('; filename="x"' if dice.one_in(12) else "")
        + f"\r\n\r\n{value}\r\n"
        for name, value in fields
    )
    body = f"{parts}--{mark}--\r\n".encode("utf-8", "replace")
    return f"multipart/form-data; boundary={mark}", dice.spoil_bytes(body)


class _Form(Request):
    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()  # nothing to close where the form breaks off


def _signature(target: str, kind: str, body: bytes) -> str:
    """As Twilio would sign it; a wrong one for what it could never sign."""
    call = _Form(_environ("POST", target, body, {"Content-Type": kind}))
    url = PUBLIC_URL + call.path
    if call.query_string:
        url += "?" + call.query_string.decode("ascii", "replace")
    try:
        return str(_validator.compute_signature(url, call.form))
    except (HTTPException, UnicodeError, TypeError):
        return "none"


class Kannel(Http):
    """Queries with the right token: texts in any character set, receipts of any kind."""

    def ask(self, dice: Dice) -> None:
        charset = dice.pick(("", "UTF-8", "UTF-16BE", "ISO-8859-1", "windows-1257", dice.word()))
        fields = [
            ("token", TOKEN), ("id", dice.pick(("i1", f"{dice.below(1 << 30)}", dice.word()))),
            ("from", sender(dice)), ("to", "1880"), ("text", dice.text()),
            ("charset", dice.pick((charset, "hex", "idna", "undefined", "utf-7", "zlib"))),
            ("coding", dice.pick(("0", "1", "2", dice.word()))),
            ("type", dice.pick(("1", "2", "4", "8", "16", "34", dice.word()))),
            ("try", dice.pick(("1", "answer", dice.word()))),
            ("answer", dice.pick((*CODES, dice.text()))),
        ]  # fmt: skip
        place = f"/kannel/status/{quote(dice.pick((*IDS, dice.word())), errors='replace')}"
        path = dice.pick(("/kannel/inbound", "/kannel/inbound", place))
        self.site.call(dice.pick(("GET", "GET", "GET", "POST")), f"{path}?{pairs(dice, fields)}")


def _right_bodies() -> dict[str, Any]:
    return {
        "PUT /outages/O-1": {
            "sequence": 2, "kind": "planned", "state": "scheduled", "reason": "balsts",
            "starts_at": "2036-12-12T09:00:00+02:00", "ends_at": "2036-12-12T15:00:00+02:00",
            "eics": [eic(1), eic(4)], "transformer": None, "feeder": None, "crew": None,
        },
        "PUT /outages/O-unplanned-1": {
            "sequence": 3, "kind": "unplanned", "state": "restored", "reason": "",
            "starts_at": "2026-01-12T09:00:00Z", "ends_at": None, "transformer": "TP-100",
        },
        "POST /outages/O-unplanned-1/events": {
            "sequence": 4, "at": "2026-12-01T10:00:00Z", "state": "restored", "crew": "assigned",
            "estimated_restoration": "2036-12-12T15:00:00+02:00", "cause": "koks",
            "discarded": False,
        },
        "PUT /customers/1000001": {
            "name": "Jānis", "kind": "household", "language": "lv", "postal_address": "",
            "postcode": "LV-1010", "premises": [{
                "eic": eic(1), "address": "Brīvības iela 105-12", "town": "Rīga",
                "postcode": "LV-1010", "meter_number": "10204321", "transformer": "TP-100",
                "feeder": "F-1", "life_support": False, "lat": 56.9, "lon": 24.1,
            }],
            "contacts": [{"kind": "mobile", "value": PHONE, "language": "lv"}],
        },
        "POST /fault-reports": {
            "phone": PHONE, "eic": eic(1), "extent": "whole", "address": "Skolas iela 5, Jelgava",
            "text": "nav gaismas", "source": "ivr", "language": "lv", "danger": False,
        },
    }  # fmt: skip


ODD: tuple[Callable[[Dice], Any], ...] = (
    lambda dice: None, lambda dice: True, lambda dice: dice.below(1 << 31) - 5, lambda dice: 1e308,
    lambda dice: 10**30, lambda dice: -1, lambda dice: [], lambda dice: {},
    lambda dice: dice.word(),
    lambda dice: [dice.word()] * dice.below(40), lambda dice: {dice.word(): dice.word()},
    lambda dice: "2036-02-30T25:61:00+99:00", lambda dice: "0001-01-01T00:00:00+14:00",
    lambda dice: "9999-12-31T23:59:59-12:00", lambda dice: eic(3), lambda dice: dice.text(),
)  # fmt: skip


def changed(dice: Dice, value: Any) -> Any:
    """A JSON value with some of its parts exchanged for others."""
    if dice.one_in(10):
        return dice.pick(ODD)(dice)
    if isinstance(value, dict):
        kept = {name: changed(dice, each) for name, each in value.items() if not dice.one_in(16)}
        return kept | {dice.word(): dice.word() for _ in dice.times(1) if dice.one_in(4)}
    if isinstance(value, list):
        return [changed(dice, each) for each in value] * dice.pick((1, 1, 1, 2))
    return dice.spoil(value) if isinstance(value, str) and dice.one_in(4) else value


class Api(Http):
    """Other systems with a token for everything: bodies that are nearly right, and raw bytes."""

    lists = ("/outages", "/customers/1000001", "/notices", "/messages", "/fault-reports",
             "/openapi.json", "/outages/O-unplanned-1")  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._bodies = _right_bodies()

    def ask(self, dice: Dice) -> None:
        headers = {"Authorization": f"Bearer {self.site.token}", "Content-Type": "application/json"}
        if dice.one_in(16):
            headers["Authorization"] = dice.pick(("Bearer", "Basic Og==", dice.word()))
        if dice.one_in(3):
            key = dice.pick(("k1", "0" * 300, dice.word()))
            headers["Idempotency-Key"] = key
        if dice.below(4) == 3:
            self._list(dice, headers)
            return
        route = dice.pick(tuple(self._bodies))
        method, path = route.split(" ")
        if dice.one_in(6):
            path += dice.pick(("/", "/x", "?a=b", quote(dice.word(), errors="replace")))
        for _ in range(1 + dice.below(2)):
            body = json.dumps(changed(dice, self._bodies[route])).encode()
            if dice.one_in(5):
                body = dice.spoil_bytes(body)
            elif dice.one_in(12):
                body = dice.bytes_(80)
                headers["Content-Type"] = dice.pick(("application/json", FORM, dice.word()))
            self._must_be_json(self.site.call(method, f"/api/v1{path}", body, headers))

    def _list(self, dice: Dice, headers: dict[str, str]) -> None:
        names = ("cursor", "limit", "since", "outage", "state", "kind", "eic", "customer_number")
        values = ("1", "0", "-1", "501", "9" * 30, "2026-12-01T00:00:00Z", "scheduled", "O-1")
        fields = [(dice.pick(names), dice.pick((*values, dice.word()))) for _ in range(3)]
        answer = self.site.call(
            dice.pick(("GET", "GET", "HEAD", "DELETE", "OPTIONS")),
            f"/api/v1{dice.pick(self.lists)}?{pairs(dice, fields)}", b"", headers,
        )  # fmt: skip
        self._must_be_json(answer)

    @staticmethod
    def _must_be_json(answer: Answered) -> None:
        if answer.text and "json" in answer.headers.get("content-type", ""):
            json.loads(answer.text)


class Visitor(Http):
    """Anybody: any address of the service with any query, cookie and header."""

    places = (
        "/", "/outages", "/outages/x", "/search", "/outages.atom", "/outages.geojson",
        "/outages.json", "/outages.ics", "/favicon.svg", "/robots.txt", "/healthz", "/healthz/n",
        "/readyz", "/metrics", "/unsubscribe/x", "/mail/bounces", "/console/", "/console/sign-in",
        "/console/inbox", "/console/network", "/static/x", "/phone/", "/api/v1", "/api/v1/",
    )  # fmt: skip
    names = ("q", "lang", "language", "street", "town", "page", "kind", "next", "username", "bbox")

    def ask(self, dice: Dice) -> None:
        path = dice.pick(self.places)
        if dice.one_in(6):
            path += quote(dice.word(), errors="replace")
        fields = [(dice.pick(self.names), dice.text(2)) for _ in range(3)]
        query = pairs(dice, fields)
        headers = {
            dice.pick(("Accept-Language", "If-None-Match", "If-Modified-Since", "Cookie", "Accept",
                       "Range", "Accept-Encoding", "X-Forwarded-For", "Host")): dice.word()
        }  # fmt: skip
        method, body = dice.pick(("GET", "GET", "GET", "POST", "HEAD")), b""
        if path == "/mail/bounces":
            method, body = "POST", self._bounce(dice)
            headers |= {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        elif method == "POST":
            headers["Content-Type"] = FORM
            body = query.encode("utf-8", "replace")
        self.site.call(method, f"{path}?{query}", body, headers)

    @staticmethod
    def _bounce(dice: Dice) -> bytes:
        one = {"message_id": dice.pick(IDS), "status": "5.1.1", "action": "failed"}
        body = json.dumps(changed(dice, dice.pick((one, [one, one])))).encode()
        return dice.spoil_bytes(body) if dice.one_in(4) else body
