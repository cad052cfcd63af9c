"""The rules of the house, read off the sources: who imports whom, where SQL and sentences live."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from locales import catalogue
from locales.alphabet import plain

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "intents", "locales", "storage")
LONGEST_FUNCTION = 60  # lines that are not blank
LONGEST_FILE = 400
STATEMENT = re.compile(
    r"\s*(?:SELECT\s.+\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s.+\sSET\s|DELETE\s+FROM\s"
    r"|CREATE\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\s|WITH\s+\w+\s.*AS\s*\(|PRAGMA\s|BEGIN\s+IMMEDIATE)",
    re.IGNORECASE | re.DOTALL,
)
LV_RU = re.compile("[А-Яа-яЁёĀāČčĒēĢģĪīĶķĻļŅņŠšŪūŽž]")
SENTENCE = re.compile(r"[A-ZĀ-ŽА-ЯЁ][^.?!]*[.?!]\s*$", re.DOTALL)
# The demo's customers and the texts that are measured are data; no customer reads them.
DATA = ("bot/demo/", "bot/bench/")
TEXT_FILES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".po",
    ".lock",
    ".html",
    ".js",
    ".css",
    ".yaml",
    ".tsv",
}
# Whose machine it was written on is nobody's business, nor where its packages came from.
LOCAL_PATH = re.compile(r"(?<![\w./])/(?:work|root|home|Users)/\w")
INDEX = re.compile(r"--(?:extra-)?index-url[ =]\S*https?:|https?://[^\s)\"']*/simple\b")


def sources(*folders: str) -> list[Path]:
    """Python files under these folders of the project."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every string that is no docstring; parts of f-strings one by one."""
    docstrings = {id(found) for found in docstrings_of(tree_of(path))}
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def docstrings_of(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            yield body[0].value


def words_of(text: str) -> int:
    return len(re.findall(r"[^\W\d_]{2,}", text))


# --- who may do what ------------------------------------------------------------------------


def test_imports_run_one_way() -> None:
    run = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_statements_of_sql_are_in_storage_only() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in [ROOT / "wsgi.py", *sources("bot", "intents", "locales")]
        for line, text in strings(path)
        if STATEMENT.match(text)
    ]
    assert found == []


def test_the_bot_and_the_dialogues_hold_no_latvian_or_russian() -> None:
    places = [*sources("bot", "intents/dialogues"), ROOT / "intents" / "dialogue.py"]
    found = [
        f"{name_of(path)}:{line}: {text[:60]!r}"
        for path in places
        if not name_of(path).startswith(DATA)
        for line, text in strings(path)
        if LV_RU.search(text)
    ]
    assert found == []


def test_word_lists_for_understanding_hold_no_sentences() -> None:
    found = [
        f"{name_of(path)}:{line}: {text[:60]!r}"
        for path in sources("intents")
        for line, text in strings(path)
        if LV_RU.search(text) and words_of(text) > 3 and SENTENCE.fullmatch(text.strip())
        if "->" not in text
    ]
    assert found == []


def test_no_text_of_the_catalogues_is_repeated_in_the_program() -> None:
    texts = {
        plain(form).casefold().strip()
        for book in catalogue.SHIPPED.books.values()
        for forms in (*book.plural.values(), book.single.values())
        for form in forms
        if words_of(form) > 3
    }
    found = [
        f"{name_of(path)}:{line}: {text[:60]!r}"
        for path in sources("bot", "intents", "storage")
        for line, text in strings(path)
        if plain(text).casefold().strip() in texts
    ]
    assert found == []


# --- sizes ----------------------------------------------------------------------------------


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """(name, lines that are not blank) of every function."""
    lines = path.read_text("utf-8").splitlines()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = lines[node.lineno - 1 : node.end_lineno]
            yield f"{name_of(path)}:{node.name}", sum(bool(line.strip()) for line in body)


def test_functions_are_short() -> None:
    lengths = dict(pair for path in sources(*PACKAGES, "tests") for pair in functions(path))
    assert {name: long for name, long in lengths.items() if long > LONGEST_FUNCTION} == {}
    ranked = sorted(lengths.values())
    assert ranked[len(ranked) // 2] <= 8
    assert ranked[len(ranked) * 95 // 100] <= 35


def test_files_are_short() -> None:
    long = {
        name_of(path): lines
        for path in sources(*PACKAGES, "tests")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_the_entry_for_web_servers_has_three_lines() -> None:
    assert len((ROOT / "wsgi.py").read_text("utf-8").splitlines()) == 3


# --- what is shipped ------------------------------------------------------------------------


def test_the_catalogues_have_no_gaps() -> None:
    assert catalogue.gaps() == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-serve.lock"])
def test_the_lock_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 20
    assert [each.split()[0] for each in packages if "--hash=sha256:" not in each] == []
    assert re.search(r"https?://|--(?:extra-)?index-url|--find-links", text) is None


def test_no_file_names_a_machine_or_a_package_index() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in shipped()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if LOCAL_PATH.search(line) or INDEX.search(line)
    ]
    assert found == []


def shipped() -> Iterator[Path]:
    """Text files of the project, without what is made when it runs."""
    made = {".venv", ".tools", "var", ".git", "__pycache__", "node_modules"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if made & {*parts} or any(part.endswith("_cache") for part in parts):
            continue
        if path.is_file() and (path.suffix in TEXT_FILES or path.name in ("run", "LICENSE")):
            yield path


def test_the_environment_is_no_part_of_the_project() -> None:
    # A link in a commit takes the place of the environment itself where that commit is checked out.
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the files are not a working copy of git")
    listed = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert listed
    assert not [line for line in listed if line.startswith("120000")]


def test_broad_excepts_are_few_and_say_why() -> None:
    nodes = [(path, node) for path in sources(*PACKAGES) for node in ast.walk(tree_of(path))]
    tries = sum(isinstance(node, ast.Try) for _, node in nodes)
    found = [
        (f"{name_of(path)}:{node.lineno}", path.read_text("utf-8").splitlines()[node.lineno - 1])
        for path, node in nodes
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert len(found) / tries <= 0.05, found
    assert [where for where, line in found if "#" not in line] == []
