"""For administrators: who may enter the console and with which roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Regexp

from bot.people import sign_in, staff
from bot.people.sign_in import NAME, ROLES
from bot.people.staff import StaffRefused
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs, tell
from locales.catalogue import LANGUAGES
from storage import agents

_ADMINISTRATOR = "administrator"


class PersonForm(FlaskForm):  # type: ignore[misc]
    name = StringField(validators=[InputRequired(), Regexp(f"^{NAME.pattern}$")])
    full_name = StringField(validators=[InputRequired(), Length(max=80)])
    roles = SelectMultipleField(choices=list(ROLES), validators=[InputRequired()])
    language = SelectField(choices=list(LANGUAGES), validators=[AnyOf(LANGUAGES)])


class RolesForm(FlaskForm):  # type: ignore[misc]
    roles = SelectMultipleField(choices=list(ROLES), validators=[InputRequired()])


def add(pages: Blueprint, frame: Frame) -> None:
    view, mine, post = _Staff(frame), needs(_ADMINISTRATOR), ["POST"]
    pages.add_url_rule("/people", "people", mine(view.people))
    pages.add_url_rule("/people", "add_person", mine(view.add), methods=post)
    pages.add_url_rule("/people/<name>/password", "give", mine(view.give), methods=post)
    pages.add_url_rule("/people/<name>/roles", "roles", mine(view.roles), methods=post)
    pages.add_url_rule("/people/<name>/shut", "shut", mine(view.shut), methods=post)
    pages.add_url_rule("/people/<name>/let", "let", mine(view.let), methods=post)


class _Staff:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def people(self) -> Response:
        return self._page(PersonForm())

    def _page(self, form: PersonForm, **words: object) -> Response:
        rows = agents.everybody(self._database)
        ends = {row["name"]: sign_in.given_until(self._frame.policy, row) for row in rows}
        return self._frame.page(
            "people.html", people=rows, form=form, roles=ROLES, ends=ends, **words
        )  # fmt: skip

    def add(self) -> AnyResponse:
        form = PersonForm()
        if not form.validate_on_submit():
            return self._page(form, wrong=list(form.errors))
        name = form.name.data
        try:
            given = staff.add(
                self._database, name, full_name=form.full_name.data, roles=form.roles.data,
                language=form.language.data, **_act(),
            )  # fmt: skip
        except StaffRefused as refused:
            return self._page(form, wrong=[refused.why])
        # Shown once and never stored: whoever stands beside the new colleague hands it over.
        return self._page(PersonForm(formdata=None), given=given, given_to=name)

    def give(self, name: str) -> AnyResponse:
        """A new password for who forgot theirs."""
        given, lost = "", request.form.get("step") == "off"
        with _told():
            given = staff.give_password(self._database, name, without_step=lost, **_act())
        if not given:
            return _back()
        return self._page(PersonForm(formdata=None), given=given, given_to=name)

    def roles(self, name: str) -> AnyResponse:
        form = RolesForm()
        wanted = form.roles.data if form.validate_on_submit() else []
        with _told():
            staff.set_roles(self._database, name, wanted, **_act())
            tell("people.roles_changed", name=name)
        return _back()

    def shut(self, name: str) -> AnyResponse:
        """Shut somebody out."""
        with _told():
            staff.shut_out(self._database, name, **_act())
            tell("people.shut_out", name=name)
        return _back()

    def let(self, name: str) -> AnyResponse:
        """Let somebody in again."""
        with _told():
            staff.let_in(self._database, name, **_act())
            tell("people.let_in", name=name)
        return _back()


def _act() -> dict[str, Any]:
    return {"by": frames.person().name, "now": frames.now()}


def _back() -> AnyResponse:
    return redirect(url_for("console.people"), 303)


@contextmanager
def _told() -> Iterator[None]:
    """What the rules forbid, as a sentence on the next page; 404 for who is not there."""
    try:
        yield
    except StaffRefused as refused:
        if refused.why == "unknown":
            abort(404)
        tell(f"people.{refused.why}", "danger")
