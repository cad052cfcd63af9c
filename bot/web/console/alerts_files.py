"""For operators: a file of outages, customers, premises or contacts, checked line by line and then
loaded."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request

from bot.importing import FileRefused, ImportReport, RowProblem, load_file
from bot.importing.files import REMARKS
from bot.importing.load import columns_of, key_of, rows_of
from bot.letters.batch import safe_cell
from bot.web.console import frame as frames
from bot.web.console.alerts_show import SHOW
from bot.web.console.frame import Frame, needs, t, takes
from bot.web.console.import_words import problem_in_words
from bot.web.console.pending import Pending
from storage import Row
from storage import campaigns as rows
from storage.database import audit

OPERATOR = "operator"
KINDS = ("outages", "customers", "premises", "contacts")
LARGEST = 20 * 1024 * 1024  # bytes of a file with what the form adds
SHOWN = 300  # lines with something to say; the file to download has all
LONGEST_NAME = 120  # characters of a file's name


def add(pages: Blueprint, frame: Frame) -> None:
    files = _Files(frame)
    path, mine = "/alerts/import", needs(OPERATOR)
    pages.add_url_rule(path, "alerts_import", mine(files.ask))
    view = takes(LARGEST)(mine(files.check))
    pages.add_url_rule(path, "alerts_import_check", view, methods=["POST"])
    pages.add_url_rule(f"{path}/load", "alerts_import_do", mine(files.load), methods=["POST"])


@dataclass(frozen=True)
class _Sent:
    """A file that somebody sent: what is in it, its name there, and where it is kept."""

    kind: str
    name: str
    pending: str
    path: Path


class _Files:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database
        self._pending = Pending()

    def ask(self) -> Response:
        self._pending.sweep()
        return self._page("outages")

    def _page(self, kind: str, **words: object) -> Response:
        columns = {each: columns_of(each) for each in KINDS}
        return self._frame.page(
            "alerts_import.html", kinds=KINDS, kind=kind, columns=columns,
            megabytes=LARGEST // 1024 // 1024, **{"report": None, "refused": "", **words}, **SHOW,
        )  # fmt: skip

    def check(self) -> Response:
        """What would become of each line; nothing is stored before somebody has seen it."""
        kind, given = request.form.get("kind", ""), request.files.get("file")
        if kind not in KINDS or given is None or not given.filename:
            return self._page("outages", refused=t("alerts.import.no_file"))
        pending, path = self._pending.keep(given, self._frame.token)
        return self._result(_Sent(kind, given.filename[:LONGEST_NAME], pending, path), check=True)

    def load(self) -> Response:
        """Loading a file twice changes nothing, so that reloading this page does no harm."""
        kind, pending = request.form.get("kind", ""), request.form.get("pending", "")
        path = self._pending.find(pending, self._frame.token)
        if kind not in KINDS or path is None:
            return self._page("outages", refused=t("alerts.import.gone"))
        name = request.form.get("name", "")[:LONGEST_NAME]
        return self._result(_Sent(kind, name, pending, path), check=False)

    def _result(self, sent: _Sent, *, check: bool) -> Response:
        by, now = frames.person().name, frames.now()
        try:
            report = load_file(
                self._database, sent.kind, sent.path, by=by, now=now, policy=self._frame.policy,
                check=check,
            )  # fmt: skip
        except FileRefused as refused:
            sent.path.unlink(missing_ok=True)
            detail = str(refused).replace(sent.path.name, sent.name)
            return self._page(sent.kind, refused=t("alerts.import.unusable"), detail=detail)
        words = self._told(sent, report)
        if not check:
            summary = report.summary()
            self._database.transaction(
                lambda tx: audit(tx, by, "file loaded", sent.kind, now=now, detail=summary)
            )
        if not check or not words["right"]:
            sent.path.unlink(missing_ok=True)
        return self._page(
            sent.kind, report=report, name=sent.name, pending=sent.pending, checked=check,
            made=self._made(report), **words,
        )  # fmt: skip

    def _told(self, sent: _Sent, report: ImportReport) -> dict[str, object]:
        """The lines with something to say, the right ones, and the list of wrong ones."""
        odd = {each.line for each in report.problems}
        wrong = {each.line for each in report.problems if not each.flagged}
        key, kept, right = key_of(sent.kind), dict[int, Mapping[str, str]](), 0
        names: list[tuple[int, str]] = []
        for line in rows_of(sent.kind, sent.path):
            if line.number in odd:
                kept[line.number] = line.fields
            if line.number not in wrong:
                right += 1
                if len(names) < SHOWN:
                    names.append((line.number, line.fields.get(key, "")))
        problems = report.problems[:SHOWN]
        return {
            "problems": [
                (each, kept.get(each.line, {}).get(key, ""), problem_in_words(each))
                for each in problems
            ],
            "more": len(report.problems) - len(problems),
            "download": _download(sent.kind, report.problems, kept) if report.problems else "",
            "right": right,
            "names": names,
            "key": key,
        }

    def _made(self, report: ImportReport) -> list[Row]:
        found = [rows.campaign(self._database, each) for each in report.campaigns]
        return [row for row in found if row is not None]


def _download(
    kind: str, problems: Sequence[RowProblem], rows_there: Mapping[int, Mapping[str, str]]
) -> str:  # fmt: skip
    """The lines with something to say as an address that holds a CSV file: what is wrong, and the
    row as it was, so that it can be put right there and loaded."""
    of_line: dict[int, list[RowProblem]] = {}
    for each in problems:
        of_line.setdefault(each.line, []).append(each)
    text = io.StringIO()
    lines = csv.writer(text)
    columns = columns_of(kind).known
    lines.writerow((*REMARKS, *columns))
    for number, found in of_line.items():
        remarks = (
            str(number),
            "1" if all(each.flagged for each in found) else "0",
            " ".join(dict.fromkeys(each.field for each in found)),
            " ".join(problem_in_words(each) for each in found),
        )
        fields = rows_there.get(number, {})
        own = [fields.get(name, "") for name in columns]
        lines.writerow([safe_cell(cell) for cell in (*remarks, *own)])
    # With the mark of UTF-8, without which spreadsheets read letters wrong.
    return f"data:text/csv;charset=utf-8,{quote(chr(0xFEFF) + text.getvalue())}"
