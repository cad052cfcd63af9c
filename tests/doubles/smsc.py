"""A carrier's message centre as SMPP 3.4 describes it: takes messages, sends texts and receipts.

It decodes by itself what a phone would be given, so that what comes out here is what is read.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from locales.segments import BASIC, EXTENSION

HEADER = struct.Struct(">IIII")
SUBMIT, DELIVER, UNBIND, ENQUIRE, RESP = 0x4, 0x5, 0x6, 0x15, 0x80000000
BINDS = (0x1, 0x2, 0x9)
UDH, RECEIPT = 0x40, 0x04  # bits of esm_class
BINARY, UCS_2 = 4, 8  # data_coding
# Place of the escape character in the table, which `BASIC` leaves out.
_GSM = BASIC[:27] + "\x1b" + BASIC[27:]
_CODES = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D,
          "]": 0x3E, "|": 0x40, "€": 0x65}  # fmt: skip
_ESCAPED = {code: letter for letter, code in _CODES.items()}
assert set(_CODES) == set(EXTENSION)


@dataclass(frozen=True, slots=True)
class Part:
    """One short message as the carrier got it."""

    id: str
    sender: str
    to: str
    esm_class: int
    coding: int
    wants_receipt: bool
    octets: bytes
    validity: str = ""
    priority: int = 0

    @property
    def header(self) -> bytes:
        return self.octets[: self.octets[0] + 1] if self.esm_class & UDH else b""

    @property
    def place(self) -> tuple[int, int, int]:
        """(reference, parts in all, number) of a concatenated message; (0, 1, 1) of another."""
        return (self.header[3], self.header[4], self.header[5]) if self.header else (0, 1, 1)

    @property
    def content(self) -> bytes:
        return self.octets[len(self.header) :]


@dataclass
class Options:
    """How the carrier behaves. `status`: what submit_sm is answered with (0: taken); `receipts`:
    the `stat` words that follow for a part, in the order in which they are sent."""

    status: Callable[[Part], int] = lambda part: 0
    receipts: Callable[[Part], Sequence[str]] = lambda part: ("DELIVRD",)
    error: str = "000"


@dataclass
class Smsc:
    """The carrier: `parts` are what it took, oldest first."""

    options: Options = field(default_factory=Options)
    parts: list[Part] = field(default_factory=list)
    port: int = 0
    bound: threading.Event = field(default_factory=threading.Event)
    _writer: asyncio.StreamWriter | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _sequence: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def texts(self, phone: str) -> list[str]:
        """Every whole text that this phone shows, in the order in which it was begun."""
        groups: dict[object, list[Part]] = {}
        for part in list(self.parts):
            if part.to.lstrip("+") == phone.lstrip("+"):
                key: object = part.place[0] if part.header else part.id
                groups.setdefault((key, part.place[1]), []).append(part)
        return [_joined(group) for group in groups.values() if len(group) == group[0].place[1]]

    def send(self, phone: str, text: str, to: str = "1880", reference: int = 7) -> None:
        """A phone sends a text, in as many parts as it takes, the last one first."""
        coding, pieces = _pieces(text)
        for number in range(len(pieces), 0, -1):
            octets, esm = pieces[number - 1], 0
            if len(pieces) > 1:
                octets, esm = bytes([5, 0, 3, reference, len(pieces), number]) + octets, UDH
            self._call(self._deliver(phone, to, esm, coding, octets))

    def send_binary(self, phone: str, octets: bytes, to: str = "1880") -> None:
        """A phone sends what is no text."""
        self._call(self._deliver(phone, to, 0, BINARY, octets))

    def say(self, part: Part, stat: str) -> None:
        """Send a receipt for a part."""
        self._call(self._say(part, stat))

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _say(self, part: Part, stat: str) -> None:
        done = int(stat == "DELIVRD")
        text = (
            f"id:{part.id} sub:001 dlvrd:00{done} submit date:2612011200 done date:2612011201 "
            f"stat:{stat} err:{self.options.error} text:"
        )
        await self._deliver(part.to, part.sender, RECEIPT, 0, text.encode("ascii"))

    async def _deliver(self, source: str, to: str, esm: int, coding: int, octets: bytes) -> None:
        assert self._writer is not None
        self._sequence += 1
        body = (
            b"\0" + _address(source) + _address(to)
            + bytes([esm, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(octets)]) + octets
        )  # fmt: skip
        self._writer.write(_pdu(DELIVER, 0, self._sequence, body))
        await self._writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length, command, _, sequence = HEADER.unpack(await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                await self._answer(writer, command, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes
    ) -> None:
        if command in BINDS:
            self._writer = writer
            writer.write(_pdu(command | RESP, 0, sequence, b"smsc\0"))
            self.bound.set()
        elif command == SUBMIT:
            await self._take(writer, sequence, body)
        elif command in (UNBIND, ENQUIRE):
            writer.write(_pdu(command | RESP, 0, sequence))

    async def _take(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        part = _read_submit(body, f"{len(self.parts) + 1:08d}")
        status = self.options.status(part)
        if status:
            writer.write(_pdu(SUBMIT | RESP, status, sequence))
            return
        self.parts.append(part)
        writer.write(_pdu(SUBMIT | RESP, 0, sequence, part.id.encode() + b"\0"))
        if part.wants_receipt:
            task = asyncio.create_task(self._say_all(part))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _say_all(self, part: Part) -> None:
        for stat in self.options.receipts(part):
            await self._say(part, stat)


def _pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def _address(number: str) -> bytes:
    ton = 1 if number.startswith("+") else 0
    return bytes([ton, 1]) + number.lstrip("+").encode() + b"\0"


def _read_submit(body: bytes, id_: str) -> Part:
    at = 0

    def text() -> str:
        nonlocal at
        end = body.index(b"\0", at)
        found, at = body[at:end].decode("latin-1"), end + 1
        return found

    def octet() -> int:
        nonlocal at
        at += 1
        return body[at - 1]

    text()  # service_type
    _, _, sender = octet(), octet(), text()
    _, _, to = octet(), octet(), text()
    esm, _, priority = octet(), octet(), octet()
    _, validity = text(), text()
    registered, _, coding, _, length = octet(), octet(), octet(), octet(), octet()
    octets = body[at : at + length]
    return Part(id_, sender, to, esm, coding, bool(registered & 3), octets, validity, priority)


def _joined(group: Sequence[Part]) -> str:
    ordered = sorted(group, key=lambda part: part.place[2])
    octets = b"".join(part.content for part in ordered)
    return octets.decode("utf-16-be") if ordered[0].coding == UCS_2 else _read_gsm(octets)


def _read_gsm(octets: bytes) -> str:
    letters, escaped = [], False
    for octet in octets:
        if octet == 0x1B:
            escaped = True
            continue
        letters.append(_ESCAPED[octet] if escaped else _GSM[octet])
        escaped = False
    return "".join(letters)


def _pieces(text: str) -> tuple[int, list[bytes]]:
    """(data_coding, octets of each part) as a phone makes them."""
    if all(letter in _GSM or letter in _CODES for letter in text):
        units = [bytes([0x1B, _CODES[c]]) if c in _CODES else bytes([_GSM.index(c)]) for c in text]
        return 0, _packed(units, 160, 153)
    return UCS_2, _packed([c.encode("utf-16-be") for c in text], 140, 134)


def _packed(units: Sequence[bytes], alone: int, each: int) -> list[bytes]:
    whole = b"".join(units)
    if len(whole) <= alone:
        return [whole]
    pieces = [b""]
    for unit in units:
        if len(pieces[-1]) + len(unit) > each:
            pieces.append(b"")
        pieces[-1] += unit
    return pieces


@contextmanager
def running(options: Options | None = None) -> Iterator[Smsc]:
    """The carrier in a thread of this process, on a free port of the loopback."""
    smsc = Smsc(options or Options())
    loop = asyncio.new_event_loop()
    smsc._loop = loop
    ready = threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(smsc._serve, "127.0.0.1", 0)
        smsc.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        if smsc._writer is not None:
            smsc._writer.close()
        await asyncio.sleep(0.05)

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield smsc
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
