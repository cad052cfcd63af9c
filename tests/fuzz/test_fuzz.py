"""Everything that takes what strangers write, under drawn inputs: no error, no hang.

The short form draws the same few hundred on every run. GAISMA_LONG_FUZZ=N tries N inputs a target;
`./run fuzz` is the way for many, guided by the code they reach.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target, open_target, seeds
from tests.fuzz.watched import Tally

# Of a form with a file nobody closes the file: Flask leaves it to Python.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
LONG = int(os.environ.get("GAISMA_LONG_FUZZ", "0"))
DRAWN = {"words": 400, "numbers": 400, "lists": 300, "mails": 200, "policy": 100}
FEW = 60
LONGEST = 500
# What is drawn blindly, beside what hypothesis thinks of: it likes its bytes short and small.
_random = random.Random(2026)
INPUTS = st.binary(max_size=LONGEST) | st.sampled_from(
    [_random.randbytes(_random.randrange(LONGEST)) for _ in range(600)]
)


@pytest.fixture(scope="module", params=TARGETS)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Target]]:
    made = open_target(request.param, tmp_path_factory.mktemp("fuzz"))
    yield request.param, made
    made.close()


def told(tally: Tally) -> str:
    return "\n\n".join(f"{where}\n{data!r}\n{why}" for where, (data, why) in tally.broken.items())


def test_what_once_broke_something_breaks_nothing(target: tuple[str, Target]) -> None:
    name, made = target
    tally = Tally()
    for path in seeds(name):
        tally.try_one(made, path.read_bytes())
    assert not tally.broken, told(tally)


def test_no_input_is_an_error_or_takes_long(target: tuple[str, Target]) -> None:
    name, made = target
    tally = Tally()

    @settings(
        max_examples=LONG or DRAWN.get(name, FEW), derandomize=not LONG, deadline=None,
        database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(INPUTS)
    def attempt(data: bytes) -> None:
        tally.try_one(made, data)
        assert not tally.broken, told(tally)

    attempt()
    assert tally.inputs > 20
