"""What is asked beside an open question: it gets its answer, and the question stays open."""

from __future__ import annotations

from dataclasses import replace

from intents.dialogues import handoff
from intents.dialogues.turn import Turn, state_from
from intents.model import State, Step, Understanding

# Their answers end or offer a person; neither settles what was asked before.
ASIDE = frozenset(
    {"planned_outages", "billing", "meter_reading", "complaint", "compensation", "my_data"}
)
_FEWEST_DIGITS = 4  # of a meter number; fewer are a yes or no by number
WORTH_KEEPING = frozenset({"fault", "register", "danger"})


def keep_open(turn: Turn, outcome: Step) -> Step:
    """`outcome` of something else, after which the question under way goes on.

    When it offers a person, a no to the offer leads back; when there is no room to repeat the
    question, it waits without being repeated.
    """
    if turn.state.dialogue not in WORTH_KEEPING:
        return outcome
    if handoff.is_statement(outcome.state):
        return turn.stay_if_fits(*outcome.events)
    if outcome.state.dialogue == "handoff":
        data = {**outcome.state.data, **turn.interrupted()}
        return replace(outcome, state=replace(outcome.state, data=data))
    if outcome.state.dialogue:
        return outcome
    return turn.stay_if_fits(*outcome.events)


def way_back(turn: Turn, place_steps: frozenset[tuple[str, str]]) -> State | None:
    """The interrupted question for a place, when the text answers it and not the offer."""
    back, entities = state_from(turn.data.get("back")), turn.heard.entities
    if (back.dialogue, back.step) not in place_steps or entities.answer:
        return None
    return back if entities.address is not None or entities.choice is not None else None


def to_register(state: State, heard: Understanding) -> State:
    """The registration that the offer of a person interrupted, when the text goes on with it."""
    if state.dialogue != "handoff" or "back" not in state.data:
        return state
    back, named = state_from(state.data["back"]), heard.entities
    typed = named.customer_number or named.postcode or len(named.digits) >= _FEWEST_DIGITS
    return back if back.dialogue == "register" and typed else state
