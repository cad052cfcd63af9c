"""Every command: help, examples that can be typed, JSON for programs, sentences for mistakes."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli import completion, examples, gaisma
from bot.demo import build
from bot.demo.lived import live
from bot.policy import read_policy
from bot.service import Service
from bot.settings import Settings
from storage import open_database
from tests import engines

# Without a value that a program could read: they stay up, draw, or print a script.
NO_JSON = {
    "gaisma completion",
    "gaisma demo",
    "gaisma serve",
    "gaisma worker",
    "gaisma campaign watch",
}


def leaves(
    group: click.Group = gaisma, path: str = "gaisma"
) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{path} {name}", command


LEAVES = dict(leaves())


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_says_what_it_does_and_shows_examples(path: str) -> None:
    shown = CliRunner().invoke(gaisma, [*path.split()[1:], "--help"])
    assert shown.exit_code == 0
    assert LEAVES[path].help, f"{path} has no help"
    assert "Examples:\n" in shown.stdout, f"{path} has no line in bot/cli/examples.txt"
    assert f"    {path}" in shown.stdout
    lines = shown.stdout.partition("Examples:\n")[2].splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("line", examples.lines())
def test_every_example_can_be_typed(line: str) -> None:
    words = shlex.split(line.partition(" >")[0])
    path = max((p for p in LEAVES if f"{line} ".startswith(f"{p} ")), key=len, default=None)
    assert path is not None, f"{line} is no command"
    command = LEAVES[path]
    command.make_context(path, words[len(path.split()) :], resilient_parsing=True)


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_that_a_program_may_read_has_json(path: str) -> None:
    options = {name for each in LEAVES[path].params for name in each.opts}
    assert ("--json" in options) == (path not in NO_JSON)


def test_short_helps_are_whole_sentences() -> None:
    shown = CliRunner().invoke(gaisma, ["--help"]).stdout
    assert "..." not in shown.partition("Commands:\n")[2]
    assert max(map(len, shown.splitlines())) <= 80


# --- on the demo's data ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[str]:
    """The address of a database with the demo's data."""
    folder = tmp_path_factory.mktemp("commands")
    url = engines.new_address(folder, engine, migrated=True, file="demo.db")
    database = open_database(url)
    database.migrate()
    now = datetime.now(UTC)
    build(database, now)
    live(Service(Settings(), read_policy(), database), now)
    database.close()
    yield url


@pytest.fixture
def call(demo: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("GAISMA_DATABASE_URL", demo)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        return CliRunner().invoke(gaisma, words)

    return run


READ = (
    "agent list", "call list", "call list --all", "campaign list", "campaign list --all",
    "campaign preview {campaign}", "campaign report {campaign}", "complaint list",
    "complaint show {complaint}", "conversation list", "conversation list --which all",
    "conversation search miera", "conversation show {conversation}", "debt list", "letters list",
    "message find {message}", "message list --status delivered", "message show {message}",
    "migrate", "moratorium status", "outage list", "outage list --past", "outage reasons",
    "outage told {outage}", "phrases check", "phrases export", "phrases list", "phrases review",
    "report deadlines", "report delivery", "report list", "report reach", "understand nav",
    "chat --text labdien", "doctor", "token list", "webhook list",
)  # fmt: skip
MAY_FAIL = {"doctor"}  # 1: something is to mend


@pytest.fixture
def ids(call: Any) -> dict[str, str]:
    """An id of each kind that the demo has."""

    def first(*words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(call(*words, "--json").stdout)[0]
        return found

    outage = first("outage", "list")
    return {
        "campaign": first("campaign", "list")["id"],
        "complaint": first("complaint", "list")["number"],
        "conversation": first("conversation", "list")["id"],
        "message": first("message", "list", "--status", "delivered")["id"],
        "outage": outage.get("external_id") or outage["id"],
    }


@pytest.mark.both
@pytest.mark.parametrize("line", READ)
def test_what_is_read_parses_as_json_and_is_also_said_to_people(
    call: Any, ids: dict[str, str], line: str
) -> None:
    words = line.format(**ids).split()
    for_programs, for_people = call(*words, "--json"), call(*words)
    allowed = (0, 1) if line in MAY_FAIL else (0,)
    assert for_programs.exit_code in allowed, for_programs.output
    json.loads(for_programs.stdout)
    assert for_people.exit_code in allowed
    assert for_people.stdout.strip() or line == "phrases export"


@pytest.mark.parametrize(
    "line",
    [
        "campaign preview nothing", "campaign approve nothing --by zane",
        "outage move nothing --ends unknown",
        "conversation show nothing", "complaint show 99", "message show nothing", "chat --from abc",
        "agent disable nobody", "debt paid R-0",
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_a_sentence_and_1(call: Any, line: str) -> None:
    done = call(*line.split())
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("gaisma: ")
    assert done.stdout == ""


@pytest.mark.parametrize("line", ["nothing", "campaign nothing", "outage add", "chat --nothing"])
def test_wrong_usage_is_2(call: Any, line: str) -> None:
    assert call(*line.split()).exit_code == 2


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("campain list", "'campaign'"), ("campaign aprove x", "'approve'"),
        ("doktor", "'doctor'"), ("webhook lst", "'list'"), ("xyzzy", "gaisma --help lists"),
    ],
)  # fmt: skip
def test_a_slip_in_a_command_is_answered_with_what_is_meant(line: str, meant: str) -> None:
    assert meant in CliRunner().invoke(gaisma, line.split()).stderr


@pytest.mark.parametrize("command", ["campaign preview", "message show", "webhook show"])
def test_one_sign_names_nothing(call: Any, ids: dict[str, str], command: str) -> None:
    part = ids["campaign"][-1]
    done = call(*command.split(), part)
    assert done.exit_code == 1
    assert "4 signs" in done.stderr


def test_restore_and_backup_name_a_file() -> None:
    told = CliRunner().invoke(gaisma, ["restore", "--help"]).stdout
    assert "[FILE]" in told and "the backup FILE" in told and "PATH" not in told
    assert "backup [OPTIONS] [FILE]" in CliRunner().invoke(gaisma, ["backup", "--help"]).stdout


def test_a_database_without_tables_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    done = CliRunner().invoke(gaisma, ["campaign", "list"])
    assert done.exit_code == 1
    assert "there is no database" in done.stderr and "gaisma migrate makes it" in done.stderr
    (tmp_path / "new.db").touch()
    done = CliRunner().invoke(gaisma, ["campaign", "list"])
    assert done.exit_code == 1
    assert "run: gaisma migrate" in done.stderr


# --- completion -----------------------------------------------------------------------------


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_script_for_each_shell_is_printed(shell: str) -> None:
    printed = CliRunner().invoke(gaisma, ["completion", shell])
    assert printed.exit_code == 0
    assert "_GAISMA_COMPLETE" in printed.stdout


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("gaisma outag", "outage"),
        ("gaisma report reach --language ", "ru"),
        ("gaisma campaign preview ", "{campaign}"),
        ("gaisma outage move ", "{outage}"),
    ],
)
def test_words_ids_and_names_are_completed(
    call: Any, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch, line: str, wanted: str
) -> None:
    monkeypatch.setitem(os.environ, "_GAISMA_COMPLETE", "bash_complete")
    monkeypatch.setitem(os.environ, "COMP_WORDS", line)
    monkeypatch.setitem(os.environ, "COMP_CWORD", str(len(line.split(" ")) - 1))
    ids["campaign"] = ids["campaign"][-8:]
    found = CliRunner().invoke(gaisma, [], prog_name="gaisma").stdout
    assert f"plain,{wanted.format(**ids)}" in found.splitlines()


def test_nothing_is_completed_where_the_database_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAISMA_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    kind = completion._Known(completion.FINDERS["gaisma campaign", "part"])
    context = click.Context(LEAVES["gaisma campaign preview"])
    assert kind.shell_complete(context, context.command.params[0], "") == []
