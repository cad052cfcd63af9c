"""What comes in files: lists of other systems, policies, catalogues, phrases, mails."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from bot.channels.bounces import Ids, read_report
from bot.importing.files import FileRefused
from bot.importing.load import KINDS, columns_of, load_file
from bot.policy import Policy, PolicyError, read_policy
from intents.labelled import read_rows
from intents.phrases import read_phrases
from locales.catalogue import Library
from tests.fuzz.dice import Dice
from tests.fuzz.held import Held, hold
from tests.fuzz.site import SETTINGS, Broken
from tests.worlds import PHONE, eic

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
RIGHT: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (
        ("1000001", "Jānis Bērziņš", "household", "lv", "Brīvības iela 105-12, Rīga", "LV-1010"),
        ("1000009", 'SIA "Ogas, zemenes"', "business", "ru", "", "1010"),
        ("77", "=1+1", "household", "en", "Kalna iela 1\nOgre", "LV-5001"),
    ),
    "premises": (
        (eic(1), "1000001", "Brīvības iela 105-12", "Rīga", "LV-1010", "10204321", "TP-100", "F-1",
         "0", "56.95", "24.1"),
        (eic(21), "1000002", "Kalnāji", "Lēdurgas pag.", "4012", "", "TP-300", "F-1", "1", "", ""),
    ),
    "contacts": (
        ("1000001", "mobile", PHONE, "lv"), ("1000002", "mobile", "29 123 456", "ru"),
        ("1000003", "email", "a.b@example.lv", "en"),
    ),
    "outages": (
        ("O-1", "1", "planned", "scheduled", "2026-12-20T09:00:00+02:00",
         "2026-12-20T15:00:00+02:00", "balsta nomaiņa", f"{eic(1)} {eic(4)}", "", ""),
        ("O-2", "3", "unplanned", "active", "2026-12-01T07:00:00Z", "", "vētra", "", "TP-100", ""),
        ("O-unplanned-1", "4", "unplanned", "restored", "2026-12-01T07:00:00Z",
         "2026-12-01T07:30:00Z", "", "", "", "F-1"),
        ("O-1", "2", "planned", "cancelled", "2026-12-20T09:00:00+02:00",
         "2026-12-20T15:00:00+02:00", "sals", f"{eic(1)} {eic(4)}", "", ""),
    ),
    "debts": (
        ("1000001", "R-2041", "2026-11-01", "", "123.45"),
        ("1000004", "R-7", "2026-10-01", "second", "12,5"),
    ),
}  # fmt: skip
CELLS = (
    "", "0", "-1", "1e9", "inf", "nan", "999999999999999999999", "2026-02-29T00:00:00Z", eic(1),
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-12-20T09:00:00", "2026-W01-1",
    "20261220T090000Z", "lv", "planned", "cancelled", "restored", "mobile", "+371 2 9123456",
    "tel:+37129123456", "29123456,29123457", "a@b", "first", "٣", "१२३", "2026-13-01", "O-1",
)  # fmt: skip
SIGNS = ((",", '"'), (",", '"'), (",", '"'), (";", '"'), ("\t", '"'), (",", "'"))


class Importer:
    """One kind of file, loaded and loaded again: the second time nothing may change."""

    def __init__(self, folder: Path) -> None:
        self.database = hold(folder, NOW, "five_premises", "active_outage_known_time", "in_debt")
        self._held = cast(Held, self.database)
        self._held.keep()
        self._path = folder / "file.csv"
        self._policy = read_policy()

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        kind = dice.pick(KINDS)
        self._path.write_bytes(written(dice, kind))
        try:
            self._load(dice, kind)
        except FileRefused as refused:
            if not str(refused).strip():
                raise Broken("refused without a word") from refused
        finally:
            self._held.forget()

    def _load(self, dice: Dice, kind: str) -> None:
        checked = dice.one_in(4)
        report = load_file(
            self.database, kind, self._path, by="test", now=NOW, policy=self._policy, check=checked
        )
        counted = report.new + report.changed + report.same + report.older + report.wrong
        if checked or kind == "debts":
            return
        again = load_file(self.database, kind, self._path, by="test", now=NOW, policy=self._policy)
        if again.new or again.changed or again.wrong != report.wrong:
            raise Broken(f"loaded again, {kind} changed: {report} {again}")
        if counted != again.new + again.changed + again.same + again.older + again.wrong:
            raise Broken(f"counted otherwise the second time: {report} {again}")

    def close(self) -> None:
        self.database.close()


def written(dice: Dice, kind: str) -> bytes:
    """A file of this kind, or nearly."""
    if dice.one_in(16):
        return dice.bytes_(200)
    columns = columns_of(kind)
    names = [*columns.known][: len(RIGHT[kind][0])]
    rows = [list(row) for row in RIGHT[kind]]
    rows = [dice.pick(rows) if dice.one_in(4) else row for row in rows]
    for row in rows:
        if dice.one_in(2):
            at = dice.below(len(row))
            row[at] = dice.pick((dice.spoil(row[at]), dice.pick(CELLS), dice.word()))
        if dice.one_in(16):
            row.append(dice.word())
    if dice.one_in(8):
        at = dice.below(len(names))
        names[at] = dice.pick((names[at].upper(), dice.word(), names[0], "wrong_line"))
    if dice.one_in(8):  # the columns in another order
        by = 1 + dice.below(len(names))
        names, rows = names[by:] + names[:by], [row[by:] + row[:by] for row in rows]
    delimiter, quote = dice.pick(SIGNS)
    out = io.StringIO()
    try:
        made = csv.writer(
            out, delimiter=delimiter, quotechar=quote,
            lineterminator=dice.pick(("\n", "\r\n", "\r")),
            quoting=dice.pick((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
        )  # fmt: skip
        made.writerows([names, *rows])
    except csv.Error:
        pass
    coding = dice.pick(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1257", "latin-1"))
    data = out.getvalue().encode(coding, "replace")
    return dice.spoil_bytes(data) if dice.one_in(4) else data


class Policies:
    """A policy of a distributor: a Policy, or PolicyError. With one, its rules can be used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "policy.toml"
        shipped = Path(__file__).parents[2] / "bot" / "policy.toml"
        self._lines = shipped.read_text("utf-8").splitlines()
        self._kept = [line for line in self._lines if line and not line.startswith("#")]

    values = ("true", "-1", "0", "1e400", "nan", "inf", '""', '"x"', "[]", "[1]", "[6, 10]", "{}",
              "99999999999999999999", '"25:00"', '"21:00"', "[[1]]", "1979-05-27T07:32:00Z", "0.5",
              '"plain"', "'''a\nb'''", '"LV80BANK0000435195001"', "{ x = 1 }")  # fmt: skip

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        lines = list(self._kept)
        for _ in dice.times(3):
            at = dice.below(len(lines))
            name, is_value, value = lines[at].partition(" = ")
            if is_value:
                lines[at] = f"{name} = {dice.pick((*self.values, dice.spoil(value)))}"
            else:
                name = lines[at].strip("[]")
                lines[at] = dice.pick(
                    (f"{name} = {dice.pick(self.values)}", f"[[{name}]]", "", "[x]")
                )
        text = "\n".join(lines).encode("utf-8", "replace")
        self._path.write_bytes(dice.spoil_bytes(text) if dice.one_in(4) else text)
        try:
            policy = read_policy(str(self._path))
        except PolicyError as refused:
            if not str(refused).strip():
                raise Broken("refused without a word") from refused
            return
        use(policy)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)


def use(policy: Policy) -> None:
    """What the service asks a policy all day."""
    policy.agents_until(NOW)
    policy.agents_from(NOW)
    policy.after_quiet_hours(NOW)
    for name, value in vars(policy).items():
        unit = name.rsplit("_", 1)[-1]
        if unit in ("days", "hours", "minutes", "seconds") and not isinstance(value, dict):
            for each in value if isinstance(value, tuple) else (value,):
                _ = NOW + timedelta(**{unit: each}), NOW - timedelta(**{unit: each})
    assert policy.brand_in_answers


class Catalogues:
    """A catalogue that a translator has spoilt: a sentence on what is wrong, or texts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        root = Path(__file__).parents[2] / "locales"
        self._texts = {
            language: (root / language / "LC_MESSAGES" / "agents.po").read_text("utf-8")
            for language in ("lv", "ru", "en")
        }
        for language in self._texts:
            (folder / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        chosen = dice.pick(tuple(self._texts))
        for language, text in self._texts.items():
            raw = text.encode()
            if language == chosen:
                raw = dice.spoil_bytes(dice.spoil(text).encode("utf-8", "replace"))
            (self._folder / language / "LC_MESSAGES" / "agents.po").write_bytes(raw)
        try:
            library = Library(self._folder)
            gaps = library.gaps()
        except ValueError as refused:
            if not str(refused).strip():
                raise Broken("refused without a word") from refused
            return
        if not gaps:
            for key in library.keys("ready.talk."):
                library.say(chosen, key, agent="Anna", service="8403")

    def close(self) -> None:
        pass


class Lists:
    """Phrases and labelled texts that people wrote: rows, and a sentence for each wrong line."""

    def __init__(self, folder: Path) -> None:
        pass

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        lines = [
            dice.pick(("lv\tdanger\tvads uz zemes", "[danger]", "# x", "language\tintent\ttext",
                       dice.text(2), "\t\t", "[nothing]", "ru\t\tнет"))
            for _ in dice.times(12)
        ]  # fmt: skip
        text = dice.pick(("\n", "\r\n", "\x85")).join(lines)
        for read in (lambda: read_rows(text, "f"), lambda: read_phrases(text, "lv", "f")):
            found, wrong = read()
            if len(found) + len(wrong) > text.count("\n") + len(text.splitlines()) + 1:
                raise Broken("more rows than lines")

    def close(self) -> None:
        pass


MAIL = (
    "From: MAILER-DAEMON@example.lv", "To: atsitieni@example.lv", "Subject: failed",
    "MIME-Version: 1.0", "Auto-Submitted: auto-replied", "Feedback-Type: abuse",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b0",
    "Content-Type: multipart/report; report-type=feedback-report; boundary=b0",
    "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable", "Content-Type: message/delivery-status",
    "Content-Type: message/rfc822", "Content-Type: message/feedback-report", "", "", "--b0",
    "--b0--", "Reporting-MTA: dns; mx", "Final-Recipient: rfc822; a@b", "Action: failed",
    "Action: delayed", "Status: 5.1.1", "Status: 4.2.2 (full)", "Message-ID: <m1@example.lv>",
    "Original-Recipient: rfc822;a@b", "In-Reply-To: <m1@example.lv>", "X-Gaisma-Message: m1",
    "Subject: unsubscribe abc.def", "Subject: =?utf-8?b?////?=", "Diagnostic-Code: smtp; 550 5.1.1",
    "Content-Type: multipart/mixed; boundary=b0", "Content-Type: multipart/report; boundary=",
    "To: =?x?q?=00?=", "Date: Thu, 32 Foo 2026 99:99:99 +9999", "Content-Type: message/partial",
)  # fmt: skip


class Mails:
    """What comes to the mailbox for bounces, where anybody may write."""

    def __init__(self, folder: Path) -> None:
        self._ids = Ids(SETTINGS)

    def __call__(self, data: bytes) -> None:
        dice = Dice(data)
        lines = [dice.pick((dice.pick(MAIL), dice.spoil(dice.pick(MAIL)))) for _ in dice.times(40)]
        text = dice.pick(("\n", "\r\n")).join(lines).encode("utf-8", "replace")
        read_report(dice.spoil_bytes(text) if dice.one_in(3) else text, self._ids)

    def close(self) -> None:
        pass
