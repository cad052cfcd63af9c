"""Asks pip-audit whether a package of requirements.lock has a known hole.

    python .ci/audit.py uv tool run --from pip-audit pip-audit

Exit status 1 when one has. A service of advisories that does not answer is no verdict: that is
said aloud, and the status is 0.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
# Where pip-audit looks. Asked for one package first: it takes a refusal for "not found", 130 times.
SERVICE = os.environ.get("GAISMA_ADVISORIES", "https://pypi.org/pypi") + "/pip/25.0/json"
ANSWER_SECONDS = 10
AUDIT_SECONDS = 600


def is_reachable() -> bool:
    try:
        with urllib.request.urlopen(SERVICE, timeout=ANSWER_SECONDS) as answer:
            return "vulnerabilities" in json.load(answer)
    except (OSError, ValueError):
        return False


def ask(program: list[str]) -> dict[str, object] | None:
    """What pip-audit found; None when it could not be had or did not come to an end."""
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run(
            [*program, *options, "--requirement", str(LOCK)],
            capture_output=True, text=True, check=False, timeout=AUDIT_SECONDS,
        )  # fmt: skip
        found: dict[str, object] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return found


def main() -> int:
    found = ask(sys.argv[1:]) if is_reachable() else None
    if found is None:
        print("AUDIT NOT MADE: no advisories can be read from here; nothing was checked.")
        return 0
    packages = found["dependencies"]
    assert isinstance(packages, list)
    left_out = [each["name"] for each in packages if "skip_reason" in each]
    holes = [(each, hole) for each in packages for hole in each.get("vulns", ())]
    for each, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "none yet"
        print(f"{each['name']} {each['version']}: {hole['id']}; mended in: {mended}")
    print(f"{len(packages) - len(left_out)} packages audited, {len(holes)} known holes.")
    if left_out:
        print(f"NOT AUDITED: {', '.join(left_out)}.")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
