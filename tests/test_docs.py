"""The documentation against the code: what exists is described, and what is shown exists."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

from bot.app import create_app
from bot.campaigns.rules import KIND_TITLES
from bot.cli import gaisma
from bot.importing.load import KINDS, columns_of
from bot.service import Service
from bot.settings import ENVIRONMENT
from intents.model import INTENTS, Event
from storage import campaigns, messages, schema, webhooks
from tests.browser import pages

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text("utf-8")
NOT_OURS = {".venv", ".tools", "var", "node_modules"}
PAGES = [page for page in sorted(ROOT.rglob("*.md")) if not NOT_OURS & {*page.parts}]
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def section(title: str) -> str:
    """The part of the reference under a heading, to the next heading of any level."""
    found = re.search(
        rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", REFERENCE, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"the reference has no heading {title!r}"
    return found[1]


def named(text: str) -> set[str]:
    """Everything in code type, whole and by its words."""
    code = re.findall(r"`([^`\n]+)`", text)
    return {*code, *(word for each in code for word in each.split())}


# --- the reference has everything -----------------------------------------------------------


def test_every_setting_is_in_the_reference() -> None:
    assert set(ENVIRONMENT.values()) - named(section("Settings")) == set()


def test_every_setting_named_anywhere_is_one() -> None:
    known = {*ENVIRONMENT.values(), "GAISMA_PYTHON", "GAISMA_FAILPOINT", "GAISMA_LONG_FAULTS"}
    known |= {"GAISMA_LONG_API", "GAISMA_ADVISORIES", "GAISMA_TEST_ENGINE"}
    known |= {"GAISMA_LONG_LIFE", "GAISMA_LONG_LIFE_TOLD"}
    for page in GUIDES:
        used = set(re.findall(r"\b(?:GAISMA|TWILIO)_[A-Z_]+\b", page.read_text("utf-8")))
        assert used - known == set(), name_of(page)


def test_every_policy_key_is_in_the_reference() -> None:
    policy = tomllib.loads((ROOT / "bot" / "policy.toml").read_text("utf-8"))
    lost = [
        f"{name}.{key}"
        for name, keys in policy.items()
        for key in keys
        if key not in named(section(f"`[{name}]`"))
    ]
    assert lost == []


def commands(group: click.Group = gaisma, path: str = "gaisma") -> Iterator[tuple[str, set[str]]]:
    """Every command with its options."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            options = (each for each in command.params if isinstance(each, click.Option))
            yield (
                f"{path} {name}",
                {opt for each in options for opt in each.opts if opt[:2] == "--"},
            )


def described() -> dict[str, set[str]]:
    """Commands in the tables of the reference, with the options in the column beside them."""
    rows = re.findall(r"^\| `(gaisma [^`]+)`[^|]*\|([^|]*)\|", REFERENCE, re.MULTILINE)
    return {
        re.match(r"gaisma(?: [a-z]+)+", call)[0]: named(options)  # type: ignore[index]
        for call, options in rows
    }


def test_every_command_and_option_is_in_the_reference() -> None:
    told = {call.removesuffix(" on"): options for call, options in described().items()}
    for call, options in commands():
        assert call in told, f"{call} is not in the reference"
        assert told[call] == options, call
    assert told.keys() - dict(commands()).keys() == set()


def test_every_address_is_in_the_reference(service: Service) -> None:
    known = named(section("HTTP"))
    for rule in create_app(service, demo=True).url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            assert rule.rule.startswith("/console/")  # pages for people: docs/console.md
            continue
        address = re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert f"{method} {address}" in known, f"{method} {address} is not in the reference"


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_a_file_is_in_the_reference(kind: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section(f"`{kind}.csv`"), re.MULTILINE)
    assert set(rows) == set(columns_of(kind).known)


def test_every_status_of_a_message_is_in_the_reference() -> None:
    known = named(section("Messages"))
    assert {*messages.RANKS, *messages.ENDED, "received"} - known == set()


def test_every_kind_and_state_of_a_campaign_is_in_the_reference() -> None:
    written = Path(campaigns.__file__).read_text("utf-8")
    states = {*campaigns.OPEN, *re.findall(r"campaigns SET state = '(\w+)'", written)}
    told = named(REFERENCE[REFERENCE.index("\n## States") :])
    assert {*KIND_TITLES, *states, "draft", "done"} - told == set()


def test_every_word_that_a_table_is_limited_to_is_in_the_reference() -> None:
    limits = re.findall(r"CHECK \(\w+ IN \(([^)]+)\)\)", schema.FIRST)
    words = {word for limit in limits for word in re.findall(r"'(\w+)'", limit)}
    assert words - named(REFERENCE) == set()


def test_every_state_that_a_table_is_limited_to_is_in_the_reference() -> None:
    """Of all tables: the words that a column may hold."""
    limits = [
        limit
        for path in sorted((ROOT / "storage").glob("schema*.py"))
        for limit in re.findall(r"CHECK\s*\(\w+ IN \(([^)]+)\)\)", path.read_text("utf-8"))
    ]
    words = {word for limit in limits for word in re.findall(r"'(\w+)'", limit)}
    assert len(words) > 40
    assert words - named(REFERENCE) == set()


def test_every_metric_is_told() -> None:
    """Of the service itself; those of the process come with the library."""
    made = {
        f"{name}_total" if kind == "Counter" else name
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for kind, name in re.findall(
            r'\b(Counter|Gauge|Histogram)\(\s*"(gaisma_\w+)"', path.read_text("utf-8")
        )
    }
    told = named((ROOT / "docs" / "operations.md").read_text("utf-8"))
    assert len(made) > 8
    assert made - {word.strip(",") for word in told} == set()


def test_every_event_of_a_dialogue_and_of_webhooks_is_in_the_reference() -> None:
    known = named(REFERENCE)
    assert {each.__name__ for each in get_args(Event)} - known == set()
    assert set(webhooks.EVENTS) - known == set()


def test_every_file_that_the_data_flow_names_is_there() -> None:
    text = (ROOT / "docs" / "dataflow.md").read_text("utf-8")
    files = set(re.findall(r"\b(?:bot|storage|intents|locales|tests)/[\w/]*(?:\.py)?", text))
    assert len(files) > 30
    assert sorted(name for name in files if not (ROOT / name).exists()) == []


def test_every_page_is_in_the_index() -> None:
    text = (ROOT / "docs" / "index.md").read_text("utf-8")
    linked = {(ROOT / "docs" / to).resolve() for to in re.findall(r"\]\(([^)#]+)", text)}
    pages = {page for page in GUIDES if page.name not in ("index.md", "progress.md")}
    assert pages - linked == set()


def test_every_intent_is_in_the_reference() -> None:
    assert set(INTENTS) - named(section("Intents")) == set()


# --- what pages show is there ---------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_images_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        to = page if not path else (page.parent / path).resolve()
        assert to.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(to), f"{target} is no heading"


def anchors(page: Path) -> set[str]:
    """Headings as links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def shown_calls(page: Path) -> Iterator[list[str]]:
    """The words of every `./run ...` and `gaisma ...` in the page's blocks of code."""
    for _, block in FENCE.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            found = re.match(r" *(?:\$ )?(?:[A-Z_]+=\S+ )*(\./run .*|gaisma .*)", line)
            if found:
                yield shlex.split(found[1], comments=True)


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_commands_shown_are_real_commands(page: Path) -> None:
    doors = set(re.findall(r"^\./run (\w+)", (ROOT / "run").read_text("utf-8"), re.MULTILINE))
    known = dict(commands())
    for words in shown_calls(page):
        if words[0] == "./run":
            assert words[1] in doors, shlex.join(words)
            words = words[1:]
        if words[0] in ("gaisma", "demo"):
            check_call(["gaisma", *words[words[0] == "gaisma" :]], known)


def check_call(words: list[str], known: dict[str, set[str]]) -> None:
    calls = [" ".join(words[:length]) for length in (3, 2) if " ".join(words[:length]) in known]
    assert calls, f"{shlex.join(words)} is no command"
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used - known[calls[0]] - {"--help"} == set(), shlex.join(words)


def test_the_readme_begins_with_the_two_commands_and_a_picture() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    first = [shlex.join(words) for words in shown_calls(ROOT / "README.md")][:2]
    assert first == ["./run demo", "./run test"]
    assert re.search(r"!\[[^]]+\]\(docs/images/[\w-]+\.png\)", text)


def test_the_chats_in_the_readme_are_those_of_the_tests() -> None:
    chats = [
        path.read_text("utf-8") for path in sorted((ROOT / "tests" / "dialogues").rglob("*.txt"))
    ]
    blocks = FENCE.findall((ROOT / "README.md").read_text("utf-8"))
    shown = [block for kind, block in blocks if kind == "transcript"]
    assert shown
    for block in shown:
        assert any(block in chat for chat in chats), f"no dialogue goes so:\n{block}"


def test_every_page_of_the_console_is_shown_light_and_dark() -> None:
    text = (ROOT / "docs" / "console.md").read_text("utf-8")
    wanted = {
        f"images/console-{name}-{how}.png" for name in pages.PAGES for how in ("light", "dark")
    }
    assert wanted - set(re.findall(r"\]\((images/[^)]+)\)", text)) == set()
