"""`gaisma phrases check`, as people type it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Gaisma


def test_phrases_in_order_are_told_so(run: Gaisma) -> None:
    done = run("phrases", "check")
    assert (done.exit_code, done.output) == (0, "All phrases are in order.\n")


def test_findings_have_file_and_line_and_fail_the_command(run: Gaisma, tmp_path: Path) -> None:
    for language in ("lv", "ru", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "talk.txt").write_text("[yes]\nok\n[no]\nok\n", "utf-8")
    done = run("phrases", "check", "--folder", str(tmp_path), "--json")
    assert done.exit_code == 1
    first = json.loads(done.output)[0]
    assert first["where"] == "lv/talk.txt:4"
    assert "no here and yes at lv/talk.txt:2" in first["sentence"]
    assert "lv/talk.txt:4" in run("phrases", "check", "--folder", str(tmp_path)).output


def test_a_folder_without_phrases_is_refused_in_a_sentence(run: Gaisma, tmp_path: Path) -> None:
    done = run("phrases", "check", "--folder", str(tmp_path))
    assert (done.exit_code, "no file of phrases" in done.stderr) == (1, True)
