"""One case for each provider: how it calls us, and what its gateway answers to a message."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bot import channels
from bot.settings import Settings
from tests.doubles.twilio import ACCOUNT, TOKEN
from tests.served import PUBLIC_URL, ROOT

EXAMPLE = "bite"
JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """One request of the provider to us."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A provider as the contract sees it. `good`, `busy`, `refused`: (status, body, content type)
    of its gateway; `words`: its words for sent, delivered and failed."""

    name: str
    good: tuple[int, str, str]
    busy: tuple[int, str, str]
    refused: tuple[int, str, str]
    words: tuple[str, str, str]

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        return Settings(
            sms_provider=self.name, public_url=PUBLIC_URL, send_rate=10_000,
            twilio_account_sid=ACCOUNT, twilio_auth_tokens=(TOKEN,), twilio_api_url=url,
            kannel_url=url, kannel_user="u", kannel_password="p", kannel_tokens=(TOKEN,),
        )  # fmt: skip

    def inbound(self, id_: str, phone: str, text: str, secret: str = TOKEN) -> Call:
        return self._call("/inbound", {"id": id_, "from": phone, "text": text}, secret)

    def receipt(self, message_id: str, word: str, secret: str = TOKEN) -> Call:
        return self._call(f"/status/{message_id}", {"id": "p1", "status": word}, secret)

    def _call(self, path: str, fields: dict[str, str], secret: str) -> Call:
        return _CALLS[self.name](path, fields, secret)

    def answered(self, body: str) -> str:
        """The words of our answer."""
        found = re.search(r"<Message[^>]*>(.*?)</Message>", body, re.S)
        return (found[1] if found else "") if self.name == "twilio" else body


def _twilio(path: str, fields: dict[str, str], secret: str) -> Call:
    names = {"id": "MessageSid", "from": "From", "text": "Body", "status": "MessageStatus"}
    form = {names[name]: value for name, value in fields.items()}
    signed = RequestValidator(secret).compute_signature(f"{PUBLIC_URL}/sms{path}", form)
    return Call("POST", f"/sms{path}", {"X-Twilio-Signature": signed}, form)


def _kannel(path: str, fields: dict[str, str], secret: str) -> Call:
    names = {"status": "type", "id": "id" if "from" in fields else "try"}
    query = {names.get(name, name): value for name, value in fields.items()} | {"token": secret}
    return Call("GET", f"/kannel{path}?{urlencode(query)}")


def _bite(path: str, fields: dict[str, str], secret: str) -> Call:
    return Call("POST", f"/bite{path}", {"X-Bite-Secret": secret}, fields)


_CALLS: dict[str, Any] = {"twilio": _twilio, "kannel": _kannel, EXAMPLE: _bite}
_MESSAGE = json.dumps({"sid": "SM" + "1" * 32, "status": "queued", "account_sid": ACCOUNT})


def _error(code: int, status: int) -> tuple[int, str, str]:
    return status, json.dumps({"code": code, "message": "no", "status": status}), JSON


CASES = {
    "twilio": Case(
        "twilio", (201, _MESSAGE, JSON), _error(20429, 429), _error(21617, 400),
        ("sent", "delivered", "undelivered"),
    ),
    "kannel": Case(
        "kannel", (202, "0: Accepted for delivery", "text/html"),
        (503, "Temporal failure, try again later.", "text/html"),
        (400, "Charset or body misformed, rejected", "text/html"), ("8", "1", "2"),
    ),
    EXAMPLE: Case(
        EXAMPLE, (200, '{"id": "b1"}', JSON), (429, "{}", JSON), (400, "{}", JSON),
        ("sent", "arrived", "lost"),
    ),
}  # fmt: skip


def example_source() -> str:
    """The provider that docs/providers.md shows."""
    text = (ROOT / "docs/providers.md").read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.S)[0]


def load_example(folder: Path) -> str:
    """Make the example a module that can be imported; its name."""
    name = "bite_of_the_docs"
    path = folder / f"{name}.py"
    path.write_text(example_source(), "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return name


def forget() -> None:
    """Let names of providers be looked up anew."""
    channels.provider_of.cache_clear()
