"""From where a person asks: through our own proxies, and not through what anybody claims."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from werkzeug.wrappers import Request

_THROUGH = "X-Forwarded-For"


def address_of(call: Request, proxies: tuple[str, ...]) -> str:
    """The address of the browser; '' when it is not known.

    The header is read from its end, past our own proxies: what stands before was written by
    whoever asks. A proxy that is not in the setting hides the address; then it counts as none.
    """
    near = call.remote_addr or ""
    told = call.headers.get(_THROUGH, "")
    if not told:
        return near
    if not _is_in(near, proxies):
        return "" if _is_loopback(near) else near
    steps = [step.strip() for step in told.split(",")]
    found = next((step for step in reversed(steps) if not _is_in(step, proxies)), "")
    return found if _is_address(found) else ""


def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    if not _is_address(address):
        return False
    return any(ip_address(address) in ip_network(each, strict=False) for each in networks)


def _is_loopback(address: str) -> bool:
    return _is_address(address) and ip_address(address).is_loopback


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
