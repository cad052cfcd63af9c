"""What is installed without the checkout: the wheel, and the packages that a server gets.

`GAISMA_LONG_WHEEL=1` installs both into a new environment and runs them there (two minutes).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.deploy.house import ROOT, program
from tests.served import environment, free_port

LONG = pytest.mark.skipif("GAISMA_LONG_WHEEL" not in os.environ, reason="takes two minutes")
SERVE = ROOT / "requirements-serve.lock"
PARTS = ("bot", "intents", "locales", "storage")
NOT_READ = {".pyc", ".mo"}


def uv() -> str:
    own = ROOT / ".tools" / "bin" / "uv"
    return str(own) if own.exists() else program("uv", wanted=False)


def pinned(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", path.read_text(), re.MULTILINE))


def named(lines: list[str]) -> set[str]:
    return {re.split(r"[><=\[; ]", line)[0].lower() for line in lines}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as one file to install."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [uv(), "build", "--no-config", "--quiet", "--wheel", "--out-dir", str(folder), "."]
    # From what is on this machine; else the building tool is fetched.
    for more in (["--offline"], []):
        done = subprocess.run([*words, *more], cwd=ROOT, capture_output=True, text=True)
        if done.returncode == 0:
            (made,) = folder.glob("*.whl")
            return made
    pytest.skip(f"no net, and no tool to build with: {done.stderr[-200:]}")


def test_a_server_gets_no_package_for_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    serve, all_ = pinned(SERVE), pinned(ROOT / "requirements.lock")
    assert named(project["dependencies"]) <= set(serve)
    assert named(project["optional-dependencies"]["dev"]) & set(serve) == set()
    assert {name: all_.get(name) for name in serve} == serve
    assert SERVE.read_text().count("--hash=sha256:") >= len(serve)


def test_the_wheel_has_everything_that_the_program_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        inside = set(opened.namelist())
    ours = {
        path.relative_to(ROOT).as_posix()
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in NOT_READ
    }
    assert ours - inside == set()
    for name in (
        "bot/policy.toml", "bot/cli/examples.txt", "locales/lv/LC_MESSAGES/answers.po",
        "bot/web/static/console.js", "intents/phrases/lv/faults.txt", "intents/concepts.txt",
    ):  # fmt: skip
        assert name in inside


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The command of a new environment: the wheel, and what a server gets beside it."""
    place = tmp_path / "env"
    python = str(place / "bin" / "python")
    for words in (
        ["venv", "--quiet", str(place)],
        ["pip", "sync", "--quiet", "--require-hashes", "--python", python, str(SERVE)],
        ["pip", "install", "--quiet", "--no-deps", "--python", python, str(wheel)],
    ):
        subprocess.run([uv(), *words, "--no-config"], check=True)
    return place / "bin" / "gaisma"


@LONG
@pytest.mark.alone
@pytest.mark.timeout(900)
def test_an_installed_wheel_answers_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    port = free_port()
    settings = environment(f"sqlite:///{away}/x.db") | {
        "GAISMA_SMS_PROVIDER": "kannel", "GAISMA_KANNEL_URL": "http://127.0.0.1:9/sendsms",
        "GAISMA_KANNEL_USER": "u", "GAISMA_KANNEL_PASSWORD": "p", "GAISMA_KANNEL_TOKEN": "t" * 20,
        "GAISMA_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    settings.pop("PYTHONPATH", None)

    def gaisma(*words: str) -> str:
        done = subprocess.run(
            [str(installed), *words], cwd=away, env=settings, capture_output=True, text=True
        )
        return done.stdout

    gaisma("migrate")
    looked = {each["what"]: each for each in json.loads(gaisma("doctor", "--json"))["checks"]}
    for what in ("policy", "texts", "typeface", "time zone", "database", "writing"):
        assert looked[what]["state"] == "ok", looked[what]
    assert "adres" in gaisma("chat", "--text", "nav gaismas")
    served = subprocess.Popen(
        [str(installed), "serve", "--port", str(port)], cwd=away, env=settings,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert "adres" in text(port, "nav gaismas")
        assert b"<html" in fetch(port, "/")
        assert b"openapi" in fetch(port, "/api/v1/openapi.json")
    finally:
        served.terminate()
        assert served.wait(60) == 0


def text(port: int, words: str) -> str:
    """One text by Kannel's way in, and the answer; the server may still be starting."""
    query = {"id": "1", "from": "+37120000001", "to": "1880", "text": words, "charset": "UTF-8"}
    asked = urllib.parse.urlencode({**query, "token": "t" * 20})
    return fetch(port, f"/kannel/inbound?{asked}").decode()


def fetch(port: int, path: str) -> bytes:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code != 503:
                raise AssertionError(error.read()) from error
            time.sleep(0.5)
    raise AssertionError("the server did not start")
