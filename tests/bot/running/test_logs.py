"""The log: ids on every line, and nobody's number, address or text."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.app import create_app
from bot.running import logs
from bot.service import Service
from bot.settings import Settings, SettingsError, read_settings


@pytest.fixture
def heard(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is logged, as the settings of the test's parameter say."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    json_lines = getattr(request, "param", "text") == "json"
    handler.setFormatter(logs.json_formatter() if json_lines else logs.TextFormatter())
    logger = logging.getLogger("gaisma.test")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)


log = logging.getLogger("gaisma.test")


@pytest.mark.parametrize(
    "text",
    ["+37129123456", "+371 29 123 456", "0037129123456", "29123456", "29 123 456", "29-123-456",
     "%2B37129123456", "tel=37129123456", "(+371) 29123456", "anna.ozola@example.lv"],
)  # fmt: skip
def test_what_looks_like_a_number_or_an_address_is_masked(text: str) -> None:
    hidden = logs.hide(f"from {text} to us")
    assert "•••" in hidden
    assert "123" not in hidden and "ozola" not in hidden


@pytest.mark.parametrize(
    "text",
    ["0193a1b2-1234-7890-8123-123456789012", "2026-12-01T10:00:00.000Z", "took 1234567 ms",
     "SM0123456789abcdef0123456789abcdef", "worker.py:12345678", "2026-12-01 10:00:00,123"],
)  # fmt: skip
def test_ids_times_and_counts_are_left(text: str) -> None:
    assert logs.hide(text) == text


@pytest.mark.parametrize("heard", ["json"], indirect=True)
def test_a_line_in_json_has_the_ids(heard: io.StringIO) -> None:
    request, message = logs.REQUEST.set("req-12345678"), logs.MESSAGE.set("m1")
    log.warning("sent to %s", "+37129123456")
    logs.REQUEST.reset(request)
    logs.MESSAGE.reset(message)
    line = json.loads(heard.getvalue())
    assert line["message"] == "sent to +371 29•••456"
    assert (line["request_id"], line["message_id"]) == ("req-12345678", "m1")
    assert (line["level"], line["logger"]) == ("WARNING", "gaisma.test")
    assert line["time"].endswith("Z")


def test_an_error_of_a_library_is_masked_with_its_traceback(heard: io.StringIO) -> None:
    try:
        raise ValueError("no such number: +37129123456")
    except ValueError:
        log.exception("it failed")
    assert "Traceback" in heard.getvalue()
    assert "29123456" not in heard.getvalue()


@pytest.mark.parametrize("heard", ["text", "json"], indirect=True)
def test_an_error_is_told_without_its_message(heard: io.StringIO) -> None:
    told = f"{'amleZ'[::-1]}, Vārnu iela 7"  # the line of the program is in the log
    try:
        raise ValueError(told) from KeyError(told)
    except ValueError:
        log.exception("it failed")
    assert "Traceback" in heard.getvalue() and "ValueError" in heard.getvalue()
    assert "Zelma" not in heard.getvalue()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_with_an_error_says_so_without_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    kept, level, hook = root.handlers[:], root.level, threading.excepthook
    try:
        logs.set_up(Settings())

        def fail() -> None:
            raise ValueError("Zelma, +37129123456")

        thread = threading.Thread(target=fail, name="gaisma-test")
        thread.start()
        thread.join()
    finally:
        root.handlers[:], threading.excepthook = kept, hook
        root.setLevel(level)
        logging.getLogger("gaisma").setLevel(logging.NOTSET)
        logging.getLogger("psycopg.pool").setLevel(logging.NOTSET)
    told = capsys.readouterr().err
    assert "gaisma-test ended: ValueError" in told
    assert "Zelma" not in told and "29123456" not in told


def test_a_request_has_an_id_that_its_caller_may_choose(service: Service) -> None:
    client = create_app(service).test_client()
    made = client.get("/healthz").headers["X-Request-ID"]
    assert made != client.get("/healthz").headers["X-Request-ID"]
    own = client.get("/healthz", headers={"X-Request-ID": "caller-0001"})
    assert own.headers["X-Request-ID"] == "caller-0001"
    for bad in ("short", "with space in it", "x" * 65, "+37129123456"):
        given = client.get("/healthz", headers={"X-Request-ID": bad})
        assert given.headers["X-Request-ID"] != bad
    assert len(own.headers.getlist("X-Request-ID")) == 1


def test_the_log_is_set_up_as_the_settings_say(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.set_up(replace(Settings(), log="json", log_level="debug"))
        logging.getLogger("gaisma.x").debug("one")
        logging.getLogger("aiohttp").info("not heard")
    finally:
        root.handlers[:], root.level = before, level
        logging.getLogger("gaisma").setLevel(logging.NOTSET)
        logging.getLogger("psycopg.pool").setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == ["one"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GAISMA_LOG", "xml", "it can be text, json"),
        ("GAISMA_LOG_LEVEL", "loud", "it can be debug, info, warning, error"),
        ("GAISMA_METRICS_FROM", "everybody", "write addresses such as 10.0.0.5"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        read_settings({name: value})
    assert says in str(refused.value)


def test_a_pool_does_not_tell_of_each_try_to_get_a_connection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, pool = logging.getLogger(), logging.getLogger("psycopg.pool")
    before, level, hook, own = root.handlers[:], root.level, threading.excepthook, pool.level
    try:
        logs.set_up(Settings())
        pool.warning("error connecting in 'pool-1'")
        pool.error("worse")
    finally:
        root.handlers[:], threading.excepthook = before, hook
        root.setLevel(level)
        pool.setLevel(own)
        logging.getLogger("gaisma").setLevel(logging.NOTSET)
    assert capsys.readouterr().err.count("pool") == 1
