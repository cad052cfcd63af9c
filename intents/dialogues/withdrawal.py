"""The power is back, or a report is taken back."""

from __future__ import annotations

from intents.dialogues.places import Spot
from intents.dialogues.turn import Data, Turn, said
from intents.model import CancelReport, Event, LeaveQueue, Step


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


def is_unplaced(turn: Turn) -> bool:
    """Whether a person was asked to find the place of the newest report."""
    reports = turn.facts.reports
    return bool(reports) and not max(reports, key=lambda report: report.made_at).eic


def _left(turn: Turn, report: str) -> tuple[Event, ...]:
    """Nobody need look any more for the place of the report that is taken back."""
    of_it = any(each.id == report and not each.eic for each in turn.facts.reports)
    waits = turn.facts.handed_off and not turn.facts.urgent and len(turn.facts.reports) == 1
    return (LeaveQueue(),) if of_it and waits else ()


def take_withdraw(turn: Turn) -> Step:
    answer = said(turn)
    if answer == "yes":
        report = str(turn.data.get("report", ""))
        return turn.end(CancelReport(report), *_left(turn, report), turn.reply("fault.withdrawn"))
    return turn.end(turn.reply("fault.report_kept")) if answer == "no" else turn.again()
