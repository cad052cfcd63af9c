"""One call of a webhook: signed as Standard Webhooks say, to no address that it must not reach.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import secrets
import socket
import ssl
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin
CALL_SECONDS = 15.0  # from the first look-up of the name to the last byte of the answer
STEP_SECONDS = 10.0  # to connect, and between two bytes
MOST_BYTES = 16 * 1024  # of an answer; nothing in it matters but its status
LOOPBACK = "127.0.0.0/8,::1/128"

# Not for everybody, though Python's lists say so or are too old to know: what leads to 6to4, and
# the second network of documentation (RFC 7526, RFC 9637).
_STRANGE = tuple(ipaddress.ip_network(each) for each in ("192.88.99.0/24", "3fff::/20"))
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class AddressRefused(Exception):
    """Nothing may be sent there; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, or 0 with the reason; `retry_after` in seconds."""

    status: int
    reason: str
    retry_after: float = 0.0

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


# --- signing --------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret of 32 random bytes, as it is shown and kept."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, time and body."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is whsec_ and base64") from error
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers_of(
    secrets_: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers of a call; every secret that is valid signs."""
    signed = " ".join(signature(each, message_id, timestamp, body) for each in secrets_)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Gaisma-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }


# --- where it may go ------------------------------------------------------------------------


def networks(text: str) -> Networks:
    """'10.1.0.0/16, 127.0.0.0/8' as networks. Raises ValueError."""
    return tuple(
        ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()
    )


def check_url(url: str, allowed: Networks) -> None:
    """Raise AddressRefused for an address at which nothing can ever be delivered."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise AddressRefused("write a whole address: https://name.example/path.") from error
    if parts.username or parts.password or parts.fragment:
        raise AddressRefused("leave out names, passwords and # in the address.")
    try:
        port = parts.port
    except ValueError as error:
        raise AddressRefused("its port is no number.") from error
    if not parts.hostname or port == 0 or not url.isascii() or any(c <= " " for c in url):
        raise AddressRefused("write a whole address: https://name.example/path.")
    if parts.scheme != "https" and not (parts.scheme == "http" and allowed):
        raise AddressRefused("it must begin with https://, else anybody on the way could read it.")


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises ConnectionError when its name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectionError("its name is not known") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def resolve(host: str, port: int, allowed: Networks, *, secure: bool = True) -> list[str]:
    """The addresses of a host, all of which may be called. One that may not be refuses all: who
    can answer with two addresses can answer with the other one next time."""
    addresses = look_up(host, port)
    for address in addresses:
        check_address(address, allowed, secure=secure)
    return addresses


def check_address(address: str, allowed: Networks, *, secure: bool = True) -> None:
    """Raise AddressRefused for an address of a private network that is not in the setting; and,
    without TLS, for every one that is not in it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    ip = mapped or ip
    if any(ip.version == network.version and ip in network for network in allowed):
        return
    if not secure:
        raise AddressRefused("without https only addresses in GAISMA_WEBHOOK_NETWORKS are called.")
    site = getattr(ip, "is_site_local", False)  # fec0::/10, which counts as global here
    strange = any(ip.version == each.version and ip in each for each in _STRANGE)
    if not ip.is_global or ip.is_multicast or ip.is_reserved or site or strange:
        raise AddressRefused(
            f"{ip} is in no public network; see the setting GAISMA_WEBHOOK_NETWORKS."
        )


# --- the call -------------------------------------------------------------------------------


class _Pinned(http.client.HTTPConnection):
    """A connection to addresses that were looked at, and not to what the name means by then."""

    def __init__(
        self, host: str, port: int, *, addresses: Sequence[str], allowed: Networks, secure: bool
    ) -> None:
        super().__init__(host, port, timeout=STEP_SECONDS)
        self._addresses, self._allowed, self._secure = addresses, allowed, secure

    def connect(self) -> None:
        failed: OSError | None = None
        for address in self._addresses:
            try:
                raw = socket.create_connection((address, self.port), self.timeout)
                break
            except OSError as error:
                failed = error
        else:
            raise failed or ConnectionError("no address")
        self.sock = raw
        check_address(str(raw.getpeername()[0]), self._allowed, secure=self._secure)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(raw, server_hostname=self.host)


def post(url: str, body: bytes, headers: dict[str, str], allowed: Networks = ()) -> Answer:
    """Send it once. Redirects are not followed; a slow or endless answer is cut off."""
    try:
        check_url(url, allowed)
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host, port = str(parts.hostname), parts.port or (443 if secure else 80)
        addresses = resolve(host, port, allowed, secure=secure)
    except AddressRefused as refused:
        return Answer(0, f"refused: {refused}")
    except ConnectionError as error:
        return Answer(0, str(error))
    link = _Pinned(host, port, addresses=addresses, allowed=allowed, secure=secure)
    late = threading.Timer(CALL_SECONDS, _cut, [link])
    late.daemon = True
    late.start()
    try:
        path = f"{parts.path or '/'}?{parts.query}".removesuffix("?")
        return _exchange(link, path, body, headers)
    except AddressRefused as refused:
        return Answer(0, f"refused: {refused}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, _why(error))
    finally:
        late.cancel()
        link.close()


def _exchange(link: _Pinned, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    link.request("POST", path, body, headers)
    response = link.getresponse()
    after = response.headers.get("Retry-After", "")
    response.read(MOST_BYTES)
    seconds = float(after) if after.isascii() and after.isdigit() else 0.0
    return Answer(response.status, "", seconds)


def _cut(link: _Pinned) -> None:
    if link.sock is not None:
        try:
            link.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            link.sock.close()


def _why(error: Exception) -> str:
    """Without its message, which may quote what the other side sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    return f"the connection failed ({type(error).__name__})"
