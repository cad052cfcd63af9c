"""`./run fuzz [TARGET ...] --runs N`: many inputs, guided by which code they reach.

With atheris the targets' own code is watched and inputs that reach something new are kept and
changed further. Without it (there is a wheel for Linux only) inputs are drawn at random.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.targets import TARGETS, open_target, seeds
from tests.fuzz.watched import Tally

LONGEST = 700  # bytes of an input
TOLD_EVERY = 2.0  # seconds
COLUMNS = ("target", "inputs", "seconds", "a second", "slowest ms", "hangs", "broken")


def main() -> int:
    given = _parse()
    if given.within:
        return _run_one(given)
    rows = [_in_process(name, given) for name in given.targets or TARGETS]
    _show(rows)
    return 1 if any(row["broken"] for row in rows) else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--runs", type=int, default=10_000, help="Inputs a target (10,000).")
    parser.add_argument("--seconds", type=int, default=0, help="Stop a target after so many.")
    parser.add_argument("--seed", type=int, default=1, help="Of the random inputs (1).")
    parser.add_argument("--blind", action="store_true", help="Do without atheris.")
    parser.add_argument(
        "--keep", type=Path, default=Path("var/fuzz"), help="Where inputs are kept."
    )
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- one target in a process of its own: atheris ends the process, a hang may have to be ended ---


def _in_process(name: str, given: argparse.Namespace) -> dict[str, object]:
    import subprocess

    given.keep.mkdir(parents=True, exist_ok=True)
    told = given.keep / f"{name}.json"
    told.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.drive", name, "--within", str(told)]
    command += ["--runs", str(given.runs), "--seconds", str(given.seconds)]
    command += ["--seed", str(given.seed), "--keep", str(given.keep)]
    command += ["--blind"] if given.blind else []
    log = given.keep / f"{name}.log"
    with log.open("wb") as out:
        code = subprocess.run(command, stdout=out, stderr=out, check=False).returncode
    empty: dict[str, object] = {
        "target": name,
        "inputs": 0,
        "broken": [f"ended with {code}: {log}"],
    }
    row: dict[str, object] = json.loads(told.read_text()) if told.is_file() else empty
    _show([row], heading=False)
    return row


def _run_one(given: argparse.Namespace) -> int:
    name: str = given.targets[0]
    atheris = None if given.blind else _atheris()
    with tempfile.TemporaryDirectory(prefix="gaisma-fuzz-") as folder:
        target = open_target(name, Path(folder))
        run = _Run(name, given)
        for seed in seeds(name):
            run.one(target, seed.read_bytes())
        if atheris is not None:
            corpus = given.keep / "corpus" / name
            corpus.mkdir(parents=True, exist_ok=True)
            flags = [f"-max_len={LONGEST}", f"-seed={given.seed}", "-verbosity=0"]
            atheris.Setup([sys.argv[0], *flags, str(corpus)], lambda data: run.one(target, data))
            atheris.Fuzz()
        draw = random.Random(given.seed)
        while True:
            run.one(target, draw.randbytes(draw.randrange(LONGEST)))


class _Run:
    """Counts, tells how it stands, and ends the process when there were enough inputs."""

    def __init__(self, name: str, given: argparse.Namespace) -> None:
        self.name, self.given = name, given
        self.tally = Tally()
        self._began = self._told = time.monotonic()

    def one(self, target: object, data: bytes) -> None:
        self.tally.try_one(target, data)  # type: ignore[arg-type]
        now = time.monotonic()
        over = self.given.seconds and now - self._began > self.given.seconds
        done = self.tally.inputs >= self.given.runs or over
        if done or now - self._told > TOLD_EVERY:
            self._told = now
            self._tell()
        if done:
            sys.stdout.flush()
            # Threads of the service and the fuzzer's own end with the process, not before it.
            os._exit(0)

    def _tell(self) -> None:
        tally = self.tally
        found = self.given.keep / "found" / self.name
        names = []
        for place, (data, told) in tally.broken.items():
            found.mkdir(parents=True, exist_ok=True)
            path = found / hashlib.sha256(place.encode()).hexdigest()[:12]
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(f"{place}\n\n{told}", "utf-8", "replace")
            names.append(f"{place} ({path})")
        if tally.slowest:
            (self.given.keep / f"{self.name}.slowest").write_bytes(tally.slowest)
        row = {
            "target": self.name, "inputs": tally.inputs, "seconds": round(tally.seconds, 1),
            "a second": round(tally.inputs / max(tally.seconds, 0.001)),
            "slowest ms": round(tally.slowest_ms, 1), "hangs": tally.hangs, "broken": names,
        }  # fmt: skip
        partial = self.given.within.with_suffix(".part")
        partial.write_text(json.dumps(row))
        partial.replace(self.given.within)


def _atheris():  # type: ignore[no-untyped-def]
    """The fuzzer, our modules prepared for it; None where it is not installed."""
    try:
        import atheris
    except ImportError:
        return None
    with atheris.instrument_imports(
        include=["bot", "intents", "locales", "storage"], enable_loader_override=False
    ):
        import bot.app
        import bot.importing.load
        import bot.turn
        import bot.web.api.app  # noqa: F401
    return atheris


def _show(rows: list[dict[str, object]], *, heading: bool = True) -> None:
    cells = [[_cell(row.get(name, "")) for name in COLUMNS] for row in rows]
    if heading:
        print("-" * 78)
        cells.insert(0, list(COLUMNS))
    for row in cells:
        print(f"{row[0]:<12}" + "".join(f"{each:>11}" for each in row[1:]), flush=True)
    if heading:
        total = sum(int(str(row.get("inputs", 0))) for row in rows)
        print(f"{'in all':<12}{total:>11,}")
        for row in rows:
            for each in row.get("broken", []):  # type: ignore[attr-defined]
                print(f"{row['target']}: {each}")


def _cell(value: object) -> str:
    if isinstance(value, list):
        return str(len(value))
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
