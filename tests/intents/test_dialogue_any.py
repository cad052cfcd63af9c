"""Whatever is heard in whatever state: an answer, of at most two segments, and no error."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from intents.dialogue import HANDLERS, STARTERS, forget, needs, step
from intents.model import (
    INTENTS,
    LANGUAGES,
    Address,
    Candidate,
    Complaint,
    Debt,
    Entities,
    Facts,
    HandOff,
    Place,
    Reply,
    Report,
    State,
    Understanding,
)
from locales.catalogue import gaps
from locales.segments import count_segments
from tests.intents.talk import ADDRESS, COTTAGE, GARAGE, HOME, HOUSE, NOW, outage

ENTITIES = st.builds(
    Entities,
    eic=st.sampled_from(["", "", "43ZHOME000000001"]),
    eic_valid=st.sampled_from([None, True, False]),
    customer_number=st.sampled_from(["", "", "1000001", "2000002"]),
    postcode=st.sampled_from(["", "", "LV-1011"]),
    digits=st.sampled_from(["", "", "1", "4821", "1000001", "99"]),
    choice=st.sampled_from([None, None, 1, 2, 3, 9, 0]),
    answer=st.sampled_from(["", "", "yes", "no"]),
    wanted_language=st.sampled_from(["", "", "", "ru", "en", "xx"]),
    scope=st.sampled_from(["", "", "part", "whole", "odd"]),
    life_support=st.sampled_from([False, False, False, True]),
    address=st.sampled_from([None, None, ADDRESS, Address("Krasta ielā", "Krasta ielā")]),
)
HEARD = st.builds(
    Understanding,
    text=st.sampled_from(
        [
            "1",
            "jā",
            "nav",
            "Ganību dambis 7",
            "1000001 4821",
            "",
            "ко" * 80,
            "parāds",
            "mani atslēgs",
            "оплатил",
            "sūdzība",
            "in parts",
            "долг",
            "visur",
            "1 un 2",
            "steidzami!",
            "вы бот?",
            "in Kandava",
            "vai var pārcelt darbus?",
            "un Ganību dambis 7 arī",
            "1 un Ganību dambis 7",
        ]
    ),
    language=st.sampled_from(LANGUAGES),
    language_sure=st.booleans(),
    intent=st.sampled_from(INTENTS),
    score=st.floats(0, 1),
    sure=st.booleans(),
    also=st.lists(st.tuples(st.sampled_from(INTENTS), st.floats(0, 1)), max_size=3).map(tuple),
    entities=ENTITIES,
    reserved=st.sampled_from(["", "", "", "", "opt_out", "opt_in"]),
    danger=st.sampled_from(["", "", "", "", "sure", "doubtful"]),
)
OUTAGES = (
    outage(),
    outage(id="out-2", ends_at=None),
    outage(id="out-3", ends_at=NOW - timedelta(hours=1), eic=HOUSE.eics[0], address=HOUSE.address),
    outage(id="out-4", kind="planned", state="scheduled", ends_at=NOW + timedelta(days=2)),
)
OPEN = Report("r", HOME.address, HOME.town, NOW, HOME.eic)
PLACES = (HOUSE, Place("Ganību dambis 7", "Ventspils", ("43ZVENT",)), replace(HOUSE, exact=False))
NEXT = NOW + timedelta(days=200)
LONG = "R" * 24  # as long as a file may have it
DEBTS = (
    Debt("R-1", 12345, NOW),
    Debt(LONG, 123456789, NEXT, "disconnection", off_at=NEXT),
    Debt(LONG, 123456789, NEXT, "plan", part_at=NEXT, part_cents=98765432),
    Debt(LONG, 123456789, NOW, "disconnected"),
)
FACTS = st.builds(
    Facts,
    now=st.just(NOW),
    language=st.sampled_from(["", *LANGUAGES]),
    customers=st.sampled_from([(), ("1000001",)]),
    premises=st.sampled_from([(), (HOME,), (HOME, COTTAGE), (HOME, COTTAGE, GARAGE)]),
    outages=st.lists(st.sampled_from(OUTAGES), max_size=3).map(tuple),
    places=st.lists(st.sampled_from(PLACES), max_size=2).map(tuple),
    streets=st.sampled_from([(), (("Ganību dambis", "Rīga"),)]),
    others=st.lists(
        st.tuples(st.just(ADDRESS), st.just(PLACES[1:2]) | st.just(())), max_size=3
    ).map(tuple),
    elsewhere=st.booleans(),
    place_outages=st.lists(st.sampled_from(OUTAGES), max_size=3).map(tuple),
    candidate=st.sampled_from(
        [
            None,
            Candidate("1000001", True, ("4821",), ("1011",), premises=(HOME, COTTAGE, GARAGE)),
            Candidate("1000001", False),
        ]
    ),
    locked_until=st.sampled_from([None, None, NOW + timedelta(minutes=9)]),
    tries_left=st.integers(0, 5),
    reports=st.sampled_from([(), (OPEN,), (replace(OPEN, danger=True),)]),
    urgent=st.booleans(),
    opted_out=st.booleans(),
    waiting=st.integers(0, 120),
    handed_off=st.booleans(),
    agents_until=st.sampled_from([None, NOW + timedelta(hours=3)]),
    agents_from=st.sampled_from([None, NOW + timedelta(hours=60)]),
    awaits_restored_check=st.sampled_from(["", "", "out-9"]),
    moratorium=st.booleans(),
    moratorium_why=st.sampled_from([(), (("lv", "vētra"), ("ru", "о" * 60), ("en", "x" * 60))]),
    debts=st.lists(st.sampled_from(DEBTS), max_size=3).map(tuple),
    complaint=st.sampled_from([None, Complaint("S12345", NOW + timedelta(days=400))]),
    complaint_number=st.just("S12346"),
).map(lambda facts: facts if facts.streets else replace(facts, elsewhere=False))
WALK = st.lists(st.tuples(HEARD, FACTS, st.booleans()), min_size=1, max_size=7)


@settings(max_examples=100, deadline=None)
@given(WALK)
def test_every_text_in_every_reachable_state_is_answered(
    walk: list[tuple[Understanding, Facts, bool]],
) -> None:
    state = State()
    for heard, facts, late in walk:
        state = forget(state) if late else state
        needs(state, heard)
        outcome = step(state, heard, facts)
        replies = [event for event in outcome.events if isinstance(event, Reply)]
        assert replies
        assert all(reply.text for reply in replies)
        assert len([event for event in outcome.events if isinstance(event, HandOff)]) <= 1
        text = "\n".join(reply.text for reply in replies)
        assert count_segments(text) <= 2, (len(text), [reply.key for reply in replies], text)
        state = outcome.state
        assert not state.dialogue or (state.dialogue, state.step) in HANDLERS
        kept = json.loads(json.dumps(state.data))
        state = State(state.dialogue, state.step, kept, state.failures)


def test_every_intent_but_other_starts_something() -> None:
    assert set(STARTERS) == set(INTENTS) - {"other"}


def test_the_three_languages_have_the_same_texts() -> None:
    assert gaps() == []
