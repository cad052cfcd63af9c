"""For operators: loading a file of outages, customers, premises or contacts, line by line."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from bot.importing import FileRefused, ImportReport, load_file
from bot.importing.load import columns_of
from bot.letters.batch import safe_cell
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW
from bot.web.console.frame import Frame, needs, t, takes
from bot.web.console.import_words import problem_in_words
from storage import Row
from storage import campaigns as rows
from storage.database import audit

OPERATOR = "operator"
KINDS = ("outages", "customers", "premises", "contacts")
LARGEST = 20 * 1024 * 1024  # bytes of a file with what the form adds
SHOWN = 300  # lines with something to say; the file to download has all


def add(pages: Blueprint, frame: Frame) -> None:
    files = _Files(frame)
    path, mine = "/alerts/import", needs(OPERATOR)
    pages.add_url_rule(path, "alerts_import", mine(files.ask))
    pages.add_url_rule(path, "alerts_import_do", takes(LARGEST)(mine(files.load)), methods=["POST"])


class _Files:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def ask(self) -> Response:
        return self._page("outages")

    def _page(self, kind: str, **words: object) -> Response:
        columns = {each: columns_of(each) for each in KINDS}
        return self._frame.page(
            "alerts_import.html", kinds=KINDS, kind=kind, columns=columns,
            megabytes=LARGEST // 1024 // 1024, **{"report": None, "refused": "", **words}, **SHOW,
        )  # fmt: skip

    def load(self) -> Response:
        """Loading a file twice changes nothing, so that reloading this page does no harm."""
        kind, given = request.form.get("kind", ""), request.files.get("file")
        if kind not in KINDS or given is None or not given.filename:
            return self._page("outages", refused=t("alerts.import.no_file"))
        by, now = frames.person().name, frames.now()
        try:
            report = self._load(kind, given)
        except FileRefused as refused:
            return self._page(kind, refused=t("alerts.import.unusable"), detail=str(refused))
        detail = report.summary()
        self._database.transaction(
            lambda tx: audit(tx, by, "file loaded", kind, now=now, detail=detail)
        )
        problems = report.problems[:SHOWN]
        return self._page(
            kind, report=report, name=given.filename, made=self._made(report),
            problems=[(each, problem_in_words(each)) for each in problems],
            more=len(report.problems) - len(problems),
            download=_download(report) if report.problems else "",
        )  # fmt: skip

    def _load(self, kind: str, given: FileStorage) -> ImportReport:
        # A name of ours: the one that came with the file may be anything.
        with tempfile.TemporaryDirectory(prefix="gaisma-") as folder:
            path = Path(folder) / f"{kind}.csv"
            given.save(path)
            return load_file(
                self._database, kind, path, by=frames.person().name, now=frames.now(),
                policy=self._frame.policy,
            )  # fmt: skip

    def _made(self, report: ImportReport) -> list[Row]:
        found = [rows.campaign(self._database, each) for each in report.campaigns]
        return [row for row in found if row is not None]


def _download(report: ImportReport) -> str:
    """The lines with something to say as an address that holds a CSV file."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("line", "loaded", "column", "reason"))
    for each in report.problems:
        row = (str(each.line), "1" if each.flagged else "0", each.field, problem_in_words(each))
        lines.writerow([safe_cell(cell) for cell in row])
    # With the mark of UTF-8, without which spreadsheets read letters wrong.
    return f"data:text/csv;charset=utf-8,{quote(chr(0xFEFF) + text.getvalue())}"
