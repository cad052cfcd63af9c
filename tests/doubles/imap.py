"""As much of an IMAP server as the reader of bounces uses: one user, one folder, flags."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "bounces", "p@ss"


@dataclass
class Folder:
    """Mails by their number from 1, and the flags of each. `folder`: its name."""

    mails: list[bytes]
    folder: str = "INBOX"
    flags: dict[int, set[str]] = field(default_factory=dict)
    refuse: str = ""
    port: int = 0

    def answer(self, command: str) -> tuple[list[bytes], str]:
        """(untagged lines, how it ended) of one command without its tag."""
        verb, _, rest = command.partition(" ")
        act = getattr(self, f"_{verb.lower()}", None)
        if act is None or command.startswith(self.refuse or "\0"):
            return [], "NO refused"
        lines, ended = act(rest)
        return lines, ended or "OK done"

    def _capability(self, rest: str) -> tuple[list[bytes], str]:
        return [b"CAPABILITY IMAP4rev1"], ""

    def _login(self, rest: str) -> tuple[list[bytes], str]:
        return [], "" if rest == f'{USER} "{PASSWORD}"' else "NO wrong"

    def _select(self, rest: str) -> tuple[list[bytes], str]:
        return [b"%d EXISTS" % len(self.mails)], "" if rest == f'"{self.folder}"' else "NO"

    def _logout(self, rest: str) -> tuple[list[bytes], str]:
        return [b"BYE"], ""

    def _uid(self, rest: str) -> tuple[list[bytes], str]:
        if rest == "SEARCH UNSEEN":
            unseen = [n for n in range(1, len(self.mails) + 1) if "Seen" not in self._of(n)]
            return [f"SEARCH {' '.join(map(str, unseen))}".encode()], ""
        if fetch := re.fullmatch(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest):
            content = self.mails[int(fetch[1]) - 1][: int(fetch[2])]
            head = f"{fetch[1]} FETCH (UID {fetch[1]} BODY[]<0> {{{len(content)}}}\r\n".encode()
            return [head + content + b")"], ""
        store = re.fullmatch(r"STORE (\d+) \+FLAGS\.SILENT \((.+)\)", rest)
        assert store, rest
        self._of(int(store[1])).update(store[2].replace("\\", "").split())
        return [], ""

    def _of(self, number: int) -> set[str]:
        return self.flags.setdefault(number, set())


@contextmanager
def serving(folder: Folder) -> Iterator[Folder]:
    """Serve on a free port of this machine until the block ends."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, command = line.decode().rstrip("\r\n").partition(" ")
                lines, ended = folder.answer(command)
                self.wfile.write(b"".join(b"* " + each + b"\r\n" for each in lines))
                self.wfile.write(f"{tag} {ended}\r\n".encode())
                if command == "LOGOUT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        folder.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield folder
        finally:
            server.shutdown()
            thread.join()
