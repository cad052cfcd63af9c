"""The console at `/console/`: pages for agents, dispatchers, operators and administrators.

A page is a view with the roles that may open it (`frame.needs`); one without is refused to all.
Each module here adds its pages to the blueprint by a function `add(pages, frame)`.
"""

from __future__ import annotations

from flask import Blueprint

from bot.service import Service
from bot.turn import Turns
from bot.web.console import (
    alerts,
    alerts_calls,
    alerts_files,
    alerts_words,
    alerts_works,
    audit,
    conversation,
    deadlines,
    debts,
    debts_halt,
    debts_one,
    door,
    inbox,
    network,
    privacy,
    ready,
    reports,
    staff,
    understanding,
)
from bot.web.console.frame import Frame
from bot.web.console.gate import Gate
from bot.web.console.seen import Seen
from bot.web.headers import protect


def blueprint(service: Service, turns: Turns) -> Blueprint:
    """Everything under `/console/`."""
    pages = Blueprint("console", __name__, url_prefix="/console")
    frame = Frame(service, turns)
    Gate().stand_before(pages)
    pages.before_request(frame.admit)
    pages.after_request(protect)
    pages.after_request(frame.note_act)
    pages.after_request(Seen(frame.database).note)
    frame.add_errors(pages)
    parts = (
        door,
        inbox,
        conversation,
        ready,
        network,
        alerts,
        alerts_works,
        alerts_files,
        alerts_words,
        alerts_calls,
        debts,
        debts_halt,
        debts_one,
        reports,
        deadlines,
        understanding,
        staff,
        privacy,
        audit,
    )
    for part in parts:
        part.add(pages, frame)
    return pages
