"""Whoever sends slowly, or never ends: texts are answered meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests import engines
from tests.served import Served, serving, text_fields

MANY = 200  # more than the threads that the server has


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("slow")
    with serving(engines.new_address(folder), folder, "--no-worker") as running:
        yield running


def begin(served: Served, stack: ExitStack, words: bytes) -> socket.socket:
    line = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=30))
    line.sendall(words)
    return line


HEAD = b"POST /sms/inbound HTTP/1.1\r\nHost: x\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
UNENDED = {
    "heads": HEAD,
    "bodies": HEAD + FORM + b"Content-Length: 60000\r\n\r\nBody=a",
    "pieces": HEAD + FORM + b"Transfer-Encoding: chunked\r\n\r\n6\r\nBody=a\r\n",
}


@pytest.mark.parametrize("what", UNENDED)
def test_a_text_is_answered_while_many_send_what_never_ends(served: Served, what: str) -> None:
    with ExitStack() as stack:
        for _ in range(MANY):
            begin(served, stack, UNENDED[what])
        answer = served.post("/sms/inbound", text_fields(f"SM{what}", "sveiki"))
        assert answer.status == 200


def test_endless_heads_are_cut_off(served: Served) -> None:
    with ExitStack() as stack:
        line = begin(served, stack, HEAD)
        try:
            for n in range(400):
                line.sendall(b"X-%d: " % n + b"a" * 4000 + b"\r\n")
            line.sendall(b"\r\n")
            answer = line.recv(100)
        except OSError:
            answer = b""
        assert not answer or b" 4" in answer[:16]
