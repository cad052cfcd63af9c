"""Signing in and out, the second step, and what a person sets for themselves."""

from __future__ import annotations

from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, abort, g, make_response, redirect, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length

from bot.people import passwords, sign_in
from bot.people.passwords import BadPassword
from bot.people.sign_in import CannotEnter
from bot.web.console import frame as frames
from bot.web.console.frame import ANYBODY, LANGUAGE_COOKIE, SIGNED_IN, Frame, needs, t, tell
from bot.web.visitor import address_of
from locales.catalogue import LANGUAGES
from storage import agents

_HALF = "half"  # in Flask's signed session: the token that awaits its code
_OFFERED = "offered"  # there as well: the secret of a second step that is being set up
_YEAR = 365 * 86_400  # seconds
# Parts of what a browser calls itself; the first that is found says enough to its owner.
_BROWSERS = (
    ("Firefox", "Edg", "OPR", "Chrome", "Safari"),
    ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"),
)
THEMES = ("auto", "light", "dark")


class EnterForm(FlaskForm):  # type: ignore[misc]
    name = StringField(validators=[InputRequired(), Length(max=40)])
    password = PasswordField(validators=[InputRequired(), Length(max=200)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    code = StringField(validators=[InputRequired(), Length(max=12)])


class StepForm(CodeForm):
    password = PasswordField(validators=[InputRequired(), Length(max=200)])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    old = PasswordField(validators=[InputRequired(), Length(max=200)])
    new = PasswordField(validators=[InputRequired(), Length(max=200)])


class TasteForm(FlaskForm):  # type: ignore[misc]
    language = SelectField(choices=list(LANGUAGES), validators=[AnyOf(LANGUAGES)])
    theme = SelectField(choices=list(THEMES), validators=[AnyOf(THEMES)])


def add(pages: Blueprint, frame: Frame) -> None:
    door = _Door(frame)
    both = ["GET", "POST"]
    pages.add_url_rule("/", "home", needs(*SIGNED_IN)(door.home))
    pages.add_url_rule("/<path:_rest>", "nothing", needs(*SIGNED_IN)(door.nothing))
    pages.add_url_rule("/enter", "enter", needs(*ANYBODY)(door.enter), methods=both)
    pages.add_url_rule("/enter/code", "code", needs(*ANYBODY)(door.code), methods=both)
    pages.add_url_rule("/leave", "leave", needs(*SIGNED_IN)(door.leave), methods=["POST"])
    pages.add_url_rule("/account", "account", needs(*SIGNED_IN)(door.account))
    pages.add_url_rule(
        "/account/password", "password", needs(*SIGNED_IN)(door.password), methods=["POST"]
    )
    pages.add_url_rule("/account/taste", "taste", needs(*SIGNED_IN)(door.taste), methods=["POST"])
    pages.add_url_rule("/account/step", "step", needs(*SIGNED_IN)(door.step), methods=both)
    pages.add_url_rule(
        "/account/sessions", "end_sessions", needs(*SIGNED_IN)(door.end_sessions), methods=["POST"]
    )


class _Door:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._database, self._policy = frame.database, frame.policy

    def home(self) -> AnyResponse:
        """The first page that the person has."""
        first = frames.sections_of(frames.person())
        return redirect(url_for(first[0].endpoint if first else "console.account"))

    def nothing(self, _rest: str) -> AnyResponse:
        """An address that leads nowhere: told in the console's own words."""
        abort(404)

    def enter(self) -> AnyResponse:
        if g.person is not None:
            return redirect(url_for("console.home"), 303)
        form = EnterForm()
        if request.args.get("language") in LANGUAGES:
            response = redirect(url_for("console.enter", next=request.args.get("next")), 303)
            return _keep_language(response, request.args["language"])
        if not form.validate_on_submit():
            return self._door("enter.html", form)
        try:
            token, half = sign_in.enter(
                self._database, self._policy, name=form.name.data.strip().lower(),
                password=form.password.data, now=frames.now(), **self._visitor(),
            )  # fmt: skip
        except CannotEnter as refused:
            return self._door("enter.html", form, refused)
        session.clear()  # whatever was agreed with this browser before was with somebody else
        if half:
            session[_HALF] = token
            return redirect(url_for("console.code", next=request.args.get("next")), 303)
        return self._let_in(token)

    def code(self) -> AnyResponse:
        half = session.get(_HALF, "")
        if not half:
            return redirect(url_for("console.enter"), 303)
        form = CodeForm()
        if not form.validate_on_submit():
            return self._door("code.html", form)
        try:
            token = sign_in.pass_second_step(
                self._database,
                self._policy,
                half,
                form.code.data,
                now=frames.now(),
                **self._visitor(),
            )
        except CannotEnter as refused:
            return self._door("code.html", form, refused)
        session.clear()
        return self._let_in(token)

    def _visitor(self) -> dict[str, str]:
        """Where the browser is and what it is, for its owner to recognise."""
        told = request.headers.get("User-Agent", "")
        named = (next((name for name in group if name in told), "") for group in _BROWSERS)
        address = address_of(request, self._frame.service.settings.proxies)
        return {"address": address, "browser": ", ".join(filter(None, named))}

    def _let_in(self, token: str) -> AnyResponse:
        """To the page that was asked for; who must set up a second step sees that first."""
        person = sign_in.find_person(
            self._database, self._policy, token, frames.now(), acted=False
        )  # fmt: skip
        wanted = _next_page()
        if person is not None and person.step_until is not None and not person.must_change:
            wanted = url_for("console.step", next=wanted)
        return self._frame.give_token(redirect(wanted, 303), token)

    def _door(self, template: str, form: FlaskForm, refused: CannotEnter | None = None) -> Response:
        told = ""
        if refused is not None:
            until = frames.clock(refused.until) if refused.until else ""
            told = t(f"enter.{refused.why}", until=until)
        page = self._frame.page(template, form=form, told=told)
        page.status_code = 403 if told else 200
        return page

    def leave(self) -> AnyResponse:
        sign_in.leave(self._database, self._frame.token, frames.now())
        session.clear()
        tell("enter.left")
        gone = self._frame.give_token(redirect(url_for("console.enter"), 303), "")
        gone.headers["Clear-Site-Data"] = '"storage"'  # an answer that was begun is kept in the tab
        return gone

    def account(self) -> AnyResponse:
        person = frames.person()
        return self._frame.page(
            "account.html",
            password=PasswordForm(),
            taste=TasteForm(language=person.language, theme=person.theme),
            sessions=agents.sessions_of(self._database, person.name),
            shortest=passwords.SHORTEST,
        )

    def password(self) -> AnyResponse:
        form = PasswordForm()
        if not form.validate_on_submit():
            return redirect(url_for("console.account"), 303)
        try:
            sign_in.change_password(
                self._database, self._policy, frames.person(), old=form.old.data,
                new=form.new.data, now=frames.now(),
            )  # fmt: skip
        except CannotEnter as refused:
            _tell_unproved(refused)
        except BadPassword as bad:
            tell(f"account.bad.{bad.why}", "danger", shortest=passwords.SHORTEST)
        else:
            tell("account.password_changed")
            return self._frame.give_token(redirect(url_for("console.enter"), 303), "")
        return redirect(url_for("console.account"), 303)

    def taste(self) -> AnyResponse:
        form = TasteForm()
        if form.validate_on_submit():
            name, chosen = frames.person().name, form.language.data
            self._database.transaction(
                lambda tx: agents.set_taste(tx, name, language=chosen, theme=form.theme.data)
            )
            return _keep_language(redirect(url_for("console.account"), 303), chosen)
        return redirect(url_for("console.account"), 303)

    def step(self) -> AnyResponse:
        """Setting up the second step: a picture for the app, the first code and the password as
        proof."""
        person, form = frames.person(), StepForm()
        secret = session.setdefault(_OFFERED, sign_in.new_secret())
        if form.validate_on_submit() and self._step_is_on(form, secret):
            session.pop(_OFFERED)
            tell("step.on")
            wanted = _next_page() if "next" in request.args else url_for("console.account")
            return redirect(wanted, 303)
        picture = segno.make(sign_in.secret_address(person.name, secret)).svg_data_uri(scale=5)
        until, must = person.step_until, person.must_step(frames.now())
        return self._frame.page(
            "step.html", form=form, secret=secret, picture=picture, until=until, must=must,
            later=_next_page() if until and not must else "",
        )  # fmt: skip

    def _step_is_on(self, form: StepForm, secret: str) -> bool:
        person, now = frames.person(), frames.now()
        try:
            sign_in.prove(self._database, self._policy, person, form.password.data, now)
        except CannotEnter as refused:
            _tell_unproved(refused)
            return False
        if sign_in.begin_second_step(self._database, person, secret, form.code.data, now):
            return True
        tell("enter.code", "danger", until="")
        return False

    def end_sessions(self) -> AnyResponse:
        person = frames.person()
        ended = self._database.transaction(
            lambda tx: agents.close_sessions_of(tx, person.name, but=person.token_hash)
        )
        tell("account.ended", count=ended)
        return redirect(url_for("console.account"), 303)


def _tell_unproved(refused: CannotEnter) -> None:
    """Why the password of somebody who is signed in was not taken."""
    if refused.until is None:
        tell("account.old_wrong", "danger")
    else:
        tell("enter.locked", "danger", until=frames.clock(refused.until))


def _next_page() -> str:
    """The page that was asked for before signing in, if it is one of the console."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return wanted if ours and "\\" not in wanted else url_for("console.home")


def _keep_language(response: AnyResponse, language: str) -> AnyResponse:
    made = make_response(response)
    made.set_cookie(
        LANGUAGE_COOKIE, language, path="/console", max_age=_YEAR, samesite="Lax", httponly=True
    )
    return made
