"""Words that are reserved when they are the whole message, and only then."""

import pytest

from intents.exact import reserved
from intents.fold import fold


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", " Stop! ", "S T O P", "stopall", "STOP ALL", "BEIGT", "atteikties", "СТОП",
     "стоп", "UNSUBSCRIBE", "quit", "END", "Atrakstīties", "«STOP»"],
)  # fmt: skip
def test_a_lone_stop_word_opts_out(text: str) -> None:
    assert reserved(fold(text)) == "opt_out"


@pytest.mark.parametrize("text", ["START", "unstop", "Sākt", "sakt", "СТАРТ", "старт!"])
def test_a_lone_start_word_opts_in(text: str) -> None:
    assert reserved(fold(text)) == "opt_in"


@pytest.mark.parametrize(
    "text",
    ["CANCEL", "stop sending me bills", "знак стоп на перекрестке", "start again", "", "1",
     "the end", "lūdzu beigt", "kad beigt", "stop " * 40],
)  # fmt: skip
def test_a_sentence_with_such_a_word_is_no_reserved_message(text: str) -> None:
    assert reserved(fold(text)) == ""
