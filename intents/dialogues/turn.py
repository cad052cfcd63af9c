"""What a handler of a dialogue is given, and the few ways in which it can answer.

A question is kept in the state with its values, so that it can be asked again: after a text that
was not understood, after a side remark, and in another language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from intents.model import Event, Facts, Reply, State, Step, Understanding
from locales.alphabet import plain
from locales.catalogue import say
from locales.segments import count_segments

Data = dict[str, object]

MAX_SEGMENTS = 2
_MEANT = 0.5  # an unsure yes or no below this score is none: "Liepāja" ends like one
MAX_FAILURES = 2  # texts in a row that were not understood, before an agent is offered


@dataclass(frozen=True, slots=True)
class Turn:
    """One text in its dialogue: where it stood, what was heard, what is known."""

    state: State
    heard: Understanding
    facts: Facts
    language: str

    @property
    def at(self) -> tuple[str, str]:
        return self.state.dialogue, self.state.step

    @property
    def data(self) -> Data:
        return self.state.data

    def text(self, key: str, **values: object) -> str:
        """The catalogue's text; a value `count` chooses the plural form.

        A list is of other texts' keys, told numbered: kept so, it can be told in another language.
        """
        count = values.pop("count", None)
        if any(type(value) is list for value in values.values()):
            values = {name: self._numbered(value) for name, value in values.items()}
        if self.language == "en":
            # English is in the cheap alphabet: one Latvian letter of an address would double it.
            values = {n: plain(v) if isinstance(v, str) else v for n, v in values.items()}
        number = count if isinstance(count, int) else None
        # An inserted "Lēdurgas pag." brings a full stop of its own.
        return say(self.language, key, count=number, **values).replace("..", ".")

    def _numbered(self, value: object) -> object:
        if not isinstance(value, list):
            return value
        return ", ".join(f"{number} {self.text(str(key))}" for number, key in enumerate(value, 1))

    def reply(self, key: str, **values: object) -> Reply:
        return Reply(key, self.text(key, **values))

    # --- ways to answer ---------------------------------------------------------------------

    def end(self, *events: Event) -> Step:
        """Nothing is under way after this."""
        return self._step(State(data={"language": self.language}), events)

    def ask(
        self, at: str, key: str, *events: Event, data: Data | None = None, **values: object
    ) -> Step:
        """A question, after `events`. `at` is 'dialogue.step', where the answer will be taken.

        `data` and `values` hold JSON values only.
        """
        dialogue, _, step = at.partition(".")
        kept: Data = {
            **(data or {}),
            "language": self.language,
            "asked": {"key": key, "values": values},
        }
        return self._step(State(dialogue, step, kept), (*events, self.reply(key, **values)))

    def stay(self, *events: Event) -> Step:
        """Says `events`, then asks again what is still to be answered."""
        state = replace(self.state, data={**self.data, "language": self.language}, failures=0)
        return self._step(state, (*events, *self._question()))

    def stay_if_fits(self, *events: Event) -> Step:
        """As `stay`; where there is no room for the question, it waits without being repeated."""
        outcome = self.stay(*events)
        told = "\n".join(event.text for event in outcome.events if isinstance(event, Reply))
        return outcome if fits(told) else replace(outcome, events=events)

    def again(self) -> Step:
        """The answer was not understood: the question once more."""
        failures = self.state.failures + 1
        state = replace(
            self.state, data={**self.data, "language": self.language}, failures=failures
        )
        return self._step(state, self._question_again())

    def told_again(self) -> Step:
        """As `again`, to somebody who was understood and cannot answer."""
        outcome = self.again()
        return replace(outcome, events=self._question() or outcome.events)

    def resume(self, *events: Event) -> Step:
        """Back to the dialogue that a more urgent question interrupted, if there was one."""
        back = state_from(self.data.get("back"))
        if not back.dialogue:
            return self.end(*events)
        return replace(self, state=back).stay(*events)

    def interrupted(self) -> Data:
        """What `resume` needs, to be kept in the data of the interrupting question."""
        if not self.state.dialogue:
            return {}
        if "back" in self.data:
            return {"back": self.data["back"]}
        return {"back": [self.state.dialogue, self.state.step, self.data]}

    def _step(self, state: State, events: tuple[Event, ...]) -> Step:
        return Step(state, events, self.language)

    # --- the question under way -------------------------------------------------------------

    def _question(self) -> tuple[Reply, ...]:
        asked = self.data.get("asked")
        if not isinstance(asked, dict):
            return ()
        key, values = str(asked["key"]), dict(asked["values"])
        return (self.reply(key, **values),)

    def _question_again(self) -> tuple[Reply, ...]:
        for question in self._question():
            marked = self.text("small.again", question=question.text)
            # Behind the urgent sentence about a life-support device there is no room for it.
            # The offer of a person says itself that the text was not understood.
            if question.key == "handoff.offer":
                return (question,)
            if self.heard.entities.life_support or count_segments(marked) > MAX_SEGMENTS:
                return (question,)
            return (Reply(question.key, marked),)
        return (self.reply("small.unclear"),)


Handler = Callable[[Turn], Step]


def state_from(kept: object) -> State:
    """A state kept by `Turn.interrupted`; an empty one when there was none."""
    if not isinstance(kept, list | tuple) or len(kept) != 3 or not isinstance(kept[2], dict):
        return State()
    return State(str(kept[0]), str(kept[1]), dict(kept[2]))


def said(turn: Turn) -> str:
    """'yes', 'no' or '': the answer to a question of yes or no."""
    if turn.heard.entities.answer:
        return turn.heard.entities.answer
    heard = turn.heard
    meant = heard.intent in ("yes", "no") and (heard.sure or heard.score >= _MEANT)
    return heard.intent if meant else ""


def picked(turn: Turn, options: int) -> int | None:
    """The index (from 0) of the option that was picked; None when none of them was."""
    entities = turn.heard.entities
    choice = entities.choice
    if choice is None and entities.address is None and entities.digits.isdecimal():
        choice = int(entities.digits)  # "1 visur"
    return choice - 1 if choice is not None and 1 <= choice <= options else None


def fits(text: str) -> bool:
    """Whether it goes into two segments, if need be without diacritics."""
    return count_segments(plain(text)) <= MAX_SEGMENTS


def numbered(turn: Turn, options: list[str], key: str, before: str = "") -> str:
    """'1 Brīvības iela 105-12, 2 ...': as many as fit with the text `key` into two segments.

    `before` is what will be said before the question.
    """
    for count in range(len(options), 1, -1):
        told = ", ".join(f"{number} {option}" for number, option in enumerate(options[:count], 1))
        if fits(f"{before}\n{turn.text(key, options=told)}"):
            return told
    return f"1 {options[0]}" if options else ""
