"""For administrators: who may enter the console and with which roles, and who did what."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Regexp

from bot import sign_in
from bot.sign_in import NAME, ROLES
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, tell
from locales.catalogue import LANGUAGES
from storage import Row, Tx, agents
from storage.database import audit

_ADMINISTRATOR = "administrator"
_ROWS = 100  # acts on one page


class PersonForm(FlaskForm):  # type: ignore[misc]
    name = StringField(validators=[InputRequired(), Regexp(f"^{NAME.pattern}$")])
    full_name = StringField(validators=[InputRequired(), Length(max=80)])
    roles = SelectMultipleField(choices=list(ROLES), validators=[InputRequired()])
    language = SelectField(choices=list(LANGUAGES), validators=[AnyOf(LANGUAGES)])


class RolesForm(FlaskForm):  # type: ignore[misc]
    roles = SelectMultipleField(choices=list(ROLES), validators=[InputRequired()])


def add(pages: Blueprint, frame: Frame) -> None:
    staff = _Staff(frame)
    mine = needs(_ADMINISTRATOR)
    post = ["POST"]
    pages.add_url_rule("/people", "people", mine(staff.people))
    pages.add_url_rule("/people", "add_person", mine(staff.add), methods=post)
    pages.add_url_rule("/people/<name>/password", "give", mine(staff.give), methods=post)
    pages.add_url_rule("/people/<name>/roles", "roles", mine(staff.roles), methods=post)
    pages.add_url_rule("/people/<name>/shut", "shut", mine(staff.shut), methods=post)
    pages.add_url_rule("/audit", "audit", mine(staff.audit))


class _Staff:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def people(self) -> Response:
        return self._page(PersonForm())

    def _page(self, form: PersonForm, **words: object) -> Response:
        rows = agents.everybody(self._database)
        return self._frame.page("people.html", people=rows, form=form, roles=ROLES, **words)

    def add(self) -> AnyResponse:
        form = PersonForm()
        if not form.validate_on_submit():
            return self._page(form, wrong=list(form.errors))
        given, name = sign_in.given_password(), form.name.data
        hashed, by = sign_in.hash_password(given), frames.person().name

        def work(tx: Tx, now: datetime) -> bool:
            made = agents.add(
                tx, name, full_name=form.full_name.data.strip(), roles=" ".join(form.roles.data),
                password_hash=hashed, language=form.language.data, now=now,
            )  # fmt: skip
            if made:
                detail = " ".join(form.roles.data)
                audit(tx, by, "agent.add", name, now=now, detail=detail)
            return made

        now = frames.now()
        if not self._database.transaction(lambda tx: work(tx, now)):
            return self._page(form, wrong=["taken"])
        # Shown once and never stored: whoever stands beside the new colleague hands it over.
        return self._page(PersonForm(formdata=None), given=given, given_to=name)

    def give(self, name: str) -> AnyResponse:
        """A new password for who forgot theirs; their second step is left out as well."""
        self._somebody(name)
        given = sign_in.given_password()
        hashed, now, by = sign_in.hash_password(given), frames.now(), frames.person().name

        def work(tx: Tx) -> None:
            agents.set_password(tx, name, hashed, must_change=True)
            agents.set_totp(tx, name, "")
            audit(tx, by, "agent.password", name, now=now, detail="given")

        self._database.transaction(work)
        return self._page(PersonForm(formdata=None), given=given, given_to=name)

    def roles(self, name: str) -> AnyResponse:
        self._somebody(name)
        form, now, by = RolesForm(), frames.now(), frames.person().name
        if not form.validate_on_submit():
            tell("people.no_role", "danger")
        elif self._is_last_administrator(name) and _ADMINISTRATOR not in form.roles.data:
            tell("people.last", "danger")
        else:
            roles = " ".join(role for role in ROLES if role in form.roles.data)

            def work(tx: Tx) -> None:
                agents.set_roles(tx, name, roles)
                audit(tx, by, "agent.roles", name, now=now, detail=roles)

            self._database.transaction(work)
            tell("people.roles_changed", name=name)
        return redirect(url_for("console.people"), 303)

    def shut(self, name: str) -> AnyResponse:
        """Shut somebody out, or let them in again."""
        row, now, by = self._somebody(name), frames.now(), frames.person().name
        out = row["disabled_at"] is None
        if out and self._is_last_administrator(name):
            tell("people.last", "danger")
            return redirect(url_for("console.people"), 303)

        def work(tx: Tx) -> None:
            if agents.set_disabled(tx, name, now if out else None):
                act = "agent.disable" if out else "agent.enable"
                audit(tx, by, act, name, now=now)

        self._database.transaction(work)
        tell("people.shut_out" if out else "people.let_in", name=name)
        return redirect(url_for("console.people"), 303)

    def audit(self) -> Response:
        asked = {key: request.args.get(key, "")[:80] for key in ("actor", "action", "before")}
        rows = agents.audit_rows(self._database, **asked, limit=_ROWS + 1)
        return self._frame.page(
            "audit.html", rows=rows[:_ROWS], more=len(rows) > _ROWS, asked=asked,
            actors=[row["name"] for row in agents.everybody(self._database)],
        )  # fmt: skip

    def _somebody(self, name: str) -> Row:
        row = agents.get(self._database, name)
        if row is None:
            abort(404)
        return row

    def _is_last_administrator(self, name: str) -> bool:
        """Somebody must be left who can let others in."""
        able = [
            row["name"]
            for row in agents.everybody(self._database)
            if row["disabled_at"] is None and _ADMINISTRATOR in row["roles"].split()
        ]
        return able == [name]
