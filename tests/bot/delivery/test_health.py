"""Which provider gets the next messages, by how its last calls went."""

from __future__ import annotations

from bot.channels.base import Accepted, Cause, NotSent, Result, Unknown
from bot.delivery.health import CLOSED, OPEN, SLOW_SECONDS, TRYING, Router

GOOD = Accepted("SM1")
BAD = Unknown("No answer.")


def router() -> Router:
    return Router({"sms": ("twilio", "fallback"), "email": ("smtp",)})


def calls(made: Router, name: str, results: list[Result], at: float, took: float = 0.1) -> float:
    """So many calls one after another; the time after them."""
    for number, result in enumerate(results):
        made.health[name].begin(f"{at}-{number}", at)
        at += took
        made.health[name].end(f"{at - took}-{number}", result, at)
    return at


def split(made: Router, at: float, busy: int = 0) -> dict[str, int]:
    return dict(made.split("sms", lambda name: (100, busy), at))


def test_the_preferred_provider_gets_everything_while_it_is_well() -> None:
    made = router()
    assert split(made, calls(made, "twilio", [GOOD] * 50, 1.0)) == {"twilio": 100}


def test_a_provider_that_fails_is_left_and_tried_again_with_few() -> None:
    made = router()
    at = calls(made, "twilio", [GOOD] * 10 + [BAD] * 10, 1.0)
    assert split(made, at) == {"fallback": 100}
    assert made.gives_back("twilio", at)
    assert split(made, at + 2.1) == {"twilio": 2, "fallback": 100}
    assert split(made, at + 2.2, busy=2) == {"twilio": 0, "fallback": 100}


def test_traffic_drifts_back_while_the_trials_go_well() -> None:
    made = router()
    at = calls(made, "twilio", [BAD] * 5, 1.0) + 2.1
    shares = []
    for _ in range(6):
        shares.append(split(made, at)["twilio"])
        at = calls(made, "twilio", [GOOD] * 3, at)
    assert shares == [2, 4, 8, 16, 32, 100]
    assert made.health["twilio"].look(at) == CLOSED


def test_each_trial_that_fails_makes_the_rest_longer() -> None:
    made = router()
    at = calls(made, "twilio", [BAD] * 4, 1.0)
    for rest in (2.0, 4.0, 8.0, 16.0, 30.0, 30.0):
        assert made.health["twilio"].look(at + rest - 0.1) == OPEN
        assert made.health["twilio"].look(at + rest + 0.1) == TRYING
        at = calls(made, "twilio", [BAD], at + rest + 0.1)


def test_calls_that_hang_are_seen_before_they_end() -> None:
    made = router()
    calls(made, "twilio", [GOOD] * 20, 1.0)
    for number in range(30):
        made.health["twilio"].begin(str(number), 10.0)
    assert split(made, 10.0 + SLOW_SECONDS - 0.1) == {"twilio": 100}
    assert split(made, 10.0 + SLOW_SECONDS + 0.1) == {"fallback": 100}


def test_what_was_called_before_the_rest_says_nothing_of_the_trial() -> None:
    made = router()
    made.health["twilio"].begin("old", 1.0)
    at = calls(made, "twilio", [BAD] * 5, 1.0) + 2.1
    assert made.health["twilio"].look(at) == TRYING
    made.health["twilio"].end("old", BAD, at)
    assert made.health["twilio"].look(at) == TRYING


def test_a_few_too_many_requests_in_a_row_are_enough() -> None:
    made = router()
    busy = NotSent(Cause.BUSY, "Code 20429.", "20429")
    at = calls(made, "twilio", [GOOD] * 20 + [busy] * 2 + [GOOD], 1.0)
    assert split(made, at) == {"twilio": 100}
    assert split(made, calls(made, "twilio", [busy] * 3, at)) == {"fallback": 100}


def test_dead_numbers_say_nothing_of_the_provider() -> None:
    made = router()
    dead = NotSent(Cause.DEAD, "Code 21211.", "21211")
    assert split(made, calls(made, "twilio", [dead] * 50, 1.0)) == {"twilio": 100}


def test_a_provider_that_refuses_our_settings_is_not_tried_again() -> None:
    made = router()
    calls(made, "twilio", [NotSent(Cause.MISCONFIGURED, "Code 20003.", "20003")], 1.0)
    assert split(made, 10_000.0) == {"fallback": 100}
    assert (made.spare("twilio"), made.spare("fallback"), made.spare("smtp")) == (
        True, False, False,
    )  # fmt: skip


def test_where_none_is_well_the_preferred_one_goes_on() -> None:
    made = router()
    calls(made, "twilio", [BAD] * 5, 1.0)
    at = calls(made, "fallback", [BAD] * 5, 1.0)
    assert split(made, at) == {"twilio": 100}
    assert not made.gives_back("twilio", at)


def test_a_provider_without_another_is_never_left() -> None:
    made = router()
    at = calls(made, "smtp", [BAD] * 50, 1.0)
    assert made.split("email", lambda name: (8, 0), at) == [("smtp", 8)]
