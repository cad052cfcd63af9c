"""A PDF written page by page: memory stays flat, however many pages there are.

ReportLab's canvas keeps every page until it saves, and writes the fonts among them. Here a page
goes to the file at once and only its offset is kept; the fonts, known at the end, come last.
ReportLab makes the embedded parts of the fonts and its document numbers all objects.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from reportlab.pdfbase.pdfdoc import PDFDocument, PDFIndirectObject

from bot.letters.typeface import Style, font

WIDTH, HEIGHT = 595.276, 841.89  # A4 in points
MM = 72 / 25.4
_NODE = 128  # pages under one node of the page tree: readers find a page without reading all
_LINES = 2048  # encoded lines kept: those that letters of a batch have in common


class Text(NamedTuple):
    """Lines from the baseline at `down` points below the top edge."""

    x: float
    down: float
    style: Style
    lines: Sequence[str]


class Bar(NamedTuple):
    """A filled rectangle; its upper edge is `down` points below that of the page."""

    x: float
    down: float
    width: float
    height: float
    colour: str


Mark = Text | Bar
Page = list[Mark]


class PdfWriter:
    """Writes pages to a binary file that needs no seeking; `close` makes it whole."""

    def __init__(
        self, file: BinaryIO, *, title: str = "", made_at: datetime, duplex: bool = False
    ) -> None:
        self._file = file
        self._at = 0
        self._offsets = array("Q")  # by object number, less one
        # compression: of the fonts; pages are packed here.
        self._document = PDFDocument(compression=1, invariant=1, dummyoutline=1)
        self._pages = self._number()
        self._resources = self._number()
        self._nodes: list[tuple[int, int]] = []
        self._kids: list[int] = []
        self._node = 0
        self._title, self._made_at, self._duplex = title, made_at, duplex
        self.page_count = 0
        self._encoded = lru_cache(maxsize=_LINES)(self._encode)
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add_page(self, marks: Iterable[Mark]) -> None:
        """Write one page, A4 upright."""
        drawn = zlib.compress("\n".join(map(self._draw, marks)).encode("ascii"), 6)
        contents, page = self._number(), self._number()
        self._node = self._node or self._number()
        head = b"<</Filter/FlateDecode/Length %d>>stream\n" % len(drawn)
        self._object(contents, head + drawn + b"\nendstream")
        self._object(
            page,
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %g %g]/Resources %d 0 R/Contents %d 0 R>>"
            % (self._node, WIDTH, HEIGHT, self._resources, contents),
        )
        self._kids.append(page)
        self.page_count += 1
        if len(self._kids) == _NODE:
            self._end_node()

    def close(self) -> None:
        """Write fonts, page tree and the table of objects. The file itself stays open."""
        if self._kids:
            self._end_node()
        self._write_fonts()
        kids = b" ".join(b"%d 0 R" % number for number, _ in self._nodes)
        self._object(self._pages, b"<</Type/Pages/Count %d/Kids[%b]>>" % (self.page_count, kids))
        catalog, info = self._number(), self._number()
        sides = b"/Duplex/DuplexFlipLongEdge" if self._duplex else b""
        # No scaling to the printer's margins: the address would leave the window.
        self._object(
            catalog,
            b"<</Type/Catalog/Pages %d 0 R/ViewerPreferences<</PrintScaling/None%b>>>>"
            % (self._pages, sides),
        )
        title = ("\ufeff" + self._title).encode("utf-16-be").hex().encode()
        made = f"{self._made_at.astimezone(UTC):D:%Y%m%d%H%M%SZ}".encode()
        self._object(info, b"<</Producer(Gaisma)/Title<%b>/CreationDate(%b)>>" % (title, made))
        self._write_table(catalog, info)

    # --- drawing ----------------------------------------------------------------------------

    def _draw(self, mark: Mark) -> str:
        if isinstance(mark, Bar):
            x, down, width, height, colour = mark
            return f"{colour} rg {x:.2f} {HEIGHT - down - height:.2f} {width:.2f} {height:.2f} re f"
        x, down, style, lines = mark
        shown = " T*\n".join([self._encoded(style, line) for line in lines])
        return (
            f"BT {style.colour} rg {style.leading:g} TL {x:.2f} {HEIGHT - down:.2f} Td\n{shown} ET"
        )

    def _encode(self, style: Style, line: str) -> str:
        """A line in the font's own codes; a second part of the font where 256 do not suffice."""
        face, document = font(style.face), self._document
        return " ".join(
            f"{face.getSubsetInternalName(part, document)} {style.size:g} Tf <{codes.hex()}> Tj"
            for part, codes in face.splitString(line, document)
        )

    # --- objects ----------------------------------------------------------------------------

    def _number(self) -> int:
        self._document.objectcounter += 1
        return int(self._document.objectcounter)

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)

    def _begin(self, number: int) -> None:
        if (short := number - len(self._offsets)) > 0:
            self._offsets.extend([0] * short)
        self._offsets[number - 1] = self._at

    def _object(self, number: int, body: bytes) -> None:
        self._begin(number)
        self._put(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def _end_node(self) -> None:
        kids = b" ".join(b"%d 0 R" % page for page in self._kids)
        body = b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%b]>>"
        self._object(self._node, body % (self._pages, len(self._kids), kids))
        self._nodes.append((self._node, len(self._kids)))
        self._kids, self._node = [], 0

    def _write_fonts(self) -> None:
        """The used part of each face, and the dictionary that names the faces."""
        document = self._document
        for face in document.delayedFonts:
            face.addObjects(document)
        written: set[int] = set()
        # Writing an object may register others.
        while left := sorted(document.numberToId.keys() - written):
            for number in left:
                name = document.numberToId[number]
                self._begin(number)
                made = PDFIndirectObject(name, document.idToObject[name])
                self._put(made.format(document))
                written.add(number)
        fonts, _ = document.idToObjectNumberAndVersion["BasicFonts"]
        self._object(self._resources, b"<</Font %d 0 R/ProcSet[/PDF/Text]>>" % fonts)

    def _write_table(self, catalog: int, info: int) -> None:
        table, size = self._at, len(self._offsets) + 1
        self._put(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for offset in self._offsets:
            self._put(b"%010d 00000 n \n" % offset)
        mark = hashlib.blake2b(self._offsets.tobytes(), digest_size=16).hexdigest().encode()
        self._put(
            b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (size, catalog, info, mark, mark, table)
        )
