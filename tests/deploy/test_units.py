"""Units, the list of settings and the image: true to the program that they start."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bot.cli import gaisma
from bot.settings import ENVIRONMENT
from tests.deploy.house import DEPLOY, ROOT, program
from tests.served import environment

UNITS = sorted(path.name for path in DEPLOY.glob("gaisma*.[st]*") if path.suffix != ".env")
SERVICES = [name for name in UNITS if name.endswith(".service")]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as on a machine whose program is where this one is."""
    for name in UNITS:
        unit = (DEPLOY / name).read_text().replace("/opt/gaisma/.venv/bin/python", sys.executable)
        (tmp_path / name).write_text(unit)
    return tmp_path


def test_there_is_a_unit_for_each_part() -> None:
    assert set(UNITS) == {
        "gaisma.service", "gaisma.socket", "gaisma-console.service", "gaisma-public.service",
        "gaisma-worker.service", "gaisma-backup.service", "gaisma-backup.timer",
    }  # fmt: skip


def test_systemd_takes_the_units(installed: Path) -> None:
    paths = [str(installed / name) for name in UNITS]
    done = subprocess.run(
        [program("systemd-analyze", wanted=False), "verify", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if "gaisma" in line]
    assert done.returncode == 0 and told == [], done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little_besides_its_work(installed: Path, name: str) -> None:
    done = subprocess.run(
        [program("systemd-analyze", wanted=False), "security", "--offline=yes", "--threshold=20",
         str(installed / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("name", SERVICES)
def test_the_commands_of_the_units_are_ours(name: str) -> None:
    calls = re.findall(r"-m bot\.cli ([a-z-]+)", (DEPLOY / name).read_text())
    assert calls
    for call in calls:
        assert CliRunner().invoke(gaisma, [call, "--help"]).exit_code == 0


def test_the_list_of_settings_is_whole() -> None:
    lines = (DEPLOY / "gaisma.env").read_text().splitlines()
    named = [line.lstrip("#").partition("=")[0] for line in lines if re.match(r"#?[A-Z_]+=", line)]
    assert sorted(named) == sorted(ENVIRONMENT.values())


def test_other_files_are_well_formed() -> None:
    for name in ("alerts.yml", "prometheus.yml", "litestream.yml"):
        assert yaml.safe_load((DEPLOY / name).read_text())
    assert json.loads((DEPLOY / "grafana.json").read_text())["panels"]


# --- the image: it cannot be built without a container engine, but its steps can be tried ------


def steps(word: str) -> list[str]:
    """The arguments of each of these instructions."""
    whole = CONTAINERFILE.replace("\\\n", " ")
    return [line[len(word) + 1 :] for line in whole.splitlines() if line.startswith(word + " ")]


def test_the_image_is_not_root_and_installs_by_hash() -> None:
    assert steps("USER")[-1] == "10001"
    assert "--require-hashes" in " ".join(steps("RUN"))
    assert steps("STOPSIGNAL") == ["SIGTERM"]
    assert not re.search(r"https?://(?!127\.0\.0\.1)", CONTAINERFILE)


def test_what_the_image_copies_is_enough_to_run(tmp_path: Path) -> None:
    copied = [line.split() for line in steps("COPY") if not line.startswith("--from")]
    for source, target in copied:
        to = tmp_path / Path(target).name
        if (ROOT / source).is_dir():
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, to, ignore=left_out)
        else:
            shutil.copy(ROOT / source, to)
    url = f"sqlite:///{tmp_path}/image.db"
    for words in (["migrate"], ["doctor", "--json"], ["letters", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words], cwd=tmp_path, capture_output=True, text=True,
            check=False,
            env={**environment(url), "GAISMA_SMS_PROVIDER": "sandbox", "GAISMA_PUBLIC_URL": "",
                 "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_is_enough_for_the_image() -> None:
    """Every package that the program needs is in the lock that the image installs from."""
    uv = ROOT / ".tools" / "bin" / "uv"
    found = str(uv) if uv.exists() else program("uv", wanted=False)
    # `./run` has made this environment from the same lock; what it lacks would be told here.
    done = subprocess.run(
        [found, "pip", "check", "--no-config", "--python", sys.executable],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
