"""The power is back, or a report is taken back."""

from __future__ import annotations

from intents.dialogues.places import Spot
from intents.dialogues.turn import Data, Turn, said
from intents.model import CancelReport, Event, Step


def restored(turn: Turn) -> Step:
    closed: list[Event] = [CancelReport(report.id) for report in turn.facts.reports]
    key = "fault.restored_closed" if closed else "fault.restored"
    return turn.end(*closed, turn.reply(key))


def cancel_reports(turn: Turn) -> Step:
    """Asks before a report is taken back; the newest when there are several."""
    newest = max(turn.facts.reports, key=lambda report: report.made_at)
    label = Spot(newest.address, newest.town).label
    data: Data = {"report": newest.id}
    return turn.ask("fault.withdraw", "fault.ask_withdraw", data=data, address=label)


def take_withdraw(turn: Turn) -> Step:
    answer = said(turn)
    if answer == "yes":
        report = CancelReport(str(turn.data.get("report", "")))
        return turn.end(report, turn.reply("fault.withdrawn"))
    return turn.end(turn.reply("fault.report_kept")) if answer == "no" else turn.again()
