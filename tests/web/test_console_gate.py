"""Pages that ask by themselves take turns; what people ask for does not wait for them."""

from __future__ import annotations

from flask import Blueprint, Flask

from bot.web.console.frame import POLL
from bot.web.console.gate import Gate


def test_a_question_that_cannot_be_answered_soon_is_told_that_nothing_is_new() -> None:
    app, pages, gate = Flask("x"), Blueprint("pages", __name__), Gate()
    gate.stand_before(pages)
    inside: list[int] = []

    @pages.get("/")
    def page() -> str:
        # Another page asks while this one is being answered.
        if not inside:
            inside.append(1)
            inside.append(app.test_client().get("/", headers={POLL: "1"}).status_code)
            inside.append(app.test_client().get("/").status_code)
        return "news"

    app.register_blueprint(pages)
    assert app.test_client().get("/", headers={POLL: "1"}).status_code == 200
    assert inside == [1, 204, 200]
    assert app.test_client().get("/", headers={POLL: "1"}).status_code == 200


def test_an_error_leaves_the_gate_open() -> None:
    app, pages, gate = Flask("x"), Blueprint("pages", __name__), Gate()
    gate.stand_before(pages)
    pages.add_url_rule("/", "broken", lambda: 1 / 0)
    app.register_blueprint(pages)
    for _ in range(2):
        assert app.test_client().get("/", headers={POLL: "1"}).status_code == 500
