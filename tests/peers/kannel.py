"""A real Kannel with the settings of docs/kannel.md, and the phones of its fake carrier."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes
from urllib.request import urlopen

from tests.peers.installed import need, started, until
from tests.served import ROOT, free_port

BEARERBOX = "/usr/sbin/bearerbox"
SMSBOX = "/usr/sbin/smsbox"
FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
TOKEN = "a-long-random-word"
USER, PASSWORD = "gaisma", "a-password"
_GOT = re.compile(rb"Got message \d+: <(\S+) (\S+) (?:udh (\S+) )?(text|ucs-2|data) (.*?)>$", re.S)


@dataclass
class Kannel:
    """A running Kannel: its ports and where it keeps what."""

    folder: Path
    sendsms: int
    carrier: int
    admin: int

    @property
    def settings(self) -> dict[str, str]:
        """What a distributor sets to use it."""
        return {
            "GAISMA_SMS_PROVIDER": "kannel",
            "GAISMA_SHORT_NUMBER": "1880",
            "GAISMA_KANNEL_URL": f"http://127.0.0.1:{self.sendsms}",
            "GAISMA_KANNEL_USER": USER,
            "GAISMA_KANNEL_PASSWORD": PASSWORD,
            "GAISMA_KANNEL_TOKEN": TOKEN,
        }

    def status(self) -> str:
        url = f"http://127.0.0.1:{self.admin}/status?password=change-me"
        with suppress(OSError), urlopen(url, timeout=2) as answer:
            return str(answer.read().decode())
        return ""

    def log(self) -> str:
        files = self.folder.glob("*.out")
        return "\n".join(each.read_text("utf-8", "replace")[-3000:] for each in files)


def documented() -> tuple[str, str]:
    """(the settings of docs/kannel.md, its group for a real carrier)."""
    whole, carrier = re.findall(r"```conf\n(.*?)```", (ROOT / "docs/kannel.md").read_text(), re.S)
    return whole, carrier


@contextmanager
def kannel(folder: Path, port: int, smsc: int = 0) -> Iterator[Kannel]:
    """Kannel in front of a service on `port`; to the SMPP carrier on `smsc`, or the fake one."""
    bearerbox, smsbox = need("bearerbox", BEARERBOX), need("smsbox", SMSBOX)
    folder.mkdir(exist_ok=True)
    (folder / "var/kannel").mkdir(parents=True)
    made = Kannel(folder, free_port(), free_port(), free_port())
    path = folder / "kannel.conf"
    path.write_text(_settings(made, port, smsc))
    with started([bearerbox, "-v", "1", str(path)], folder / "bearerbox.out", folder):
        until(lambda: "running" in made.status(), why=made.log)
        with started([smsbox, "-v", "1", str(path)], folder / "smsbox.out", folder):
            until(lambda: "smsbox:" in made.status(), why=made.log)
            until(lambda: _listens(made.sendsms), why=made.log)
            yield made


def _settings(made: Kannel, port: int, smsc: int) -> str:
    text, carrier = documented()
    if smsc:
        fake = text[text.index("group = smsc\n") : text.index("group = smsbox\n")]
        text = text.replace(fake, carrier.replace("port = 2775", f"port = {smsc}") + "\n")
    for old, new in (
        ("13000", made.admin), ("13001", free_port()), ("13002", made.carrier),
        ("13013", made.sendsms), ("127.0.0.1:8000", f"127.0.0.1:{port}"),
        ("http-queue-delay = 5", "http-queue-delay = 1"),
    ):  # fmt: skip
        text = text.replace(old, str(new))
    return text


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True, slots=True)
class Shown:
    """One short message at a phone: as `fakesmsc` prints it."""

    sender: str
    to: str
    header: bytes
    kind: str
    octets: bytes


def read(shown: Sequence[Shown]) -> str:
    """The text that a phone makes of these parts. Of parts `fakesmsc` does not print the coding:
    in texts of two octets a letter there is one below a space, in others none."""
    octets = b"".join(each.octets for each in sorted(shown, key=lambda each: each.header[-1:]))
    parted = any(each.header for each in shown) and min(octets) < 0x20
    return octets.decode("utf-16-be" if parted or shown[0].kind == "ucs-2" else "utf-8")


@dataclass
class Phones:
    """All phones of the fake carrier."""

    process: subprocess.Popen[bytes]
    log: Path
    seen: list[Shown] = field(default_factory=list)

    def shown(self) -> list[Shown]:
        """Every short message that came, oldest first."""
        lines = re.split(rb"\n(?=\d{4}-\d\d-\d\d )", self.log.read_bytes().rstrip(b"\n"))
        found = (_GOT.search(line) for line in lines)
        return [_read(*each.groups()) for each in found if each]


def _read(
    sender: bytes, to: bytes, header: bytes | None, kind: bytes, octets: bytes
) -> Shown:  # fmt: skip
    udh = unquote_to_bytes((header or b"").replace(b"+", b"%20"))
    if kind != b"text":
        octets = unquote_to_bytes(octets.replace(b"+", b"%20"))
    return Shown(sender.decode(), to.decode(), udh, kind.decode(), octets)


def line(phone: str, text: str) -> str:
    """What `fakesmsc` is told: this phone sends this text."""
    if text.isascii():
        return f"{phone} 1880 text {quote(text, safe='').replace('%20', '+')}"
    octets = "".join(f"%{octet:02x}" for octet in text.encode("utf-16-be"))
    return f"{phone} 1880 ucs2 {octets}"


@contextmanager
def phones(made: Kannel, *lines: str, count: int = 1, interval: float = 0.0) -> Iterator[Phones]:
    """Phones that send these texts, `count` in all, and then wait for answers."""
    fakesmsc = need("fakesmsc", FAKESMSC)
    log = made.folder / f"phones-{free_port()}.log"
    command = [
        fakesmsc, "-H", "127.0.0.1", "-r", str(made.carrier), "-i", str(interval),
        "-m", str(count), *lines,
    ]  # fmt: skip
    with started(command, log, made.folder) as process:
        yield Phones(process, log)
