"""Labelled files, cross-validation, figures and floors."""

from rapidfuzz import fuzz

from intents.evaluate import cross_validate, evaluate, split
from intents.floors import FLOORS, measure_floors, naive_bayes, nearest
from intents.labelled import read_rows
from intents.phrases import Phrase
from intents.understanding import Recogniser, load_recogniser

ROWS = [
    Phrase(language, intent, text)
    for language, intent, text in (
        ("en", "ticket", "i want to buy a ticket"),
        ("en", "ticket", "one ticket to riga please"),
        ("en", "ticket", "two tickets"),
        ("en", "weather", "will it rain tomorrow"),
        ("en", "weather", "what is the weather in riga"),
        ("en", "weather", "is rain on its way"),
        ("lv", "ticket", "vienu biļeti uz rīgu"),
        ("lv", "ticket", "gribu nopirkt biļeti"),
        ("lv", "weather", "vai rīt līs"),
        ("lv", "weather", "kāds laiks rīt būs"),
    )
]


def test_a_mark_a_header_other_line_ends_and_empty_lines_are_no_mistakes() -> None:
    written = "\ufeffLanguage\tIntent\tText\r\n\r\nlv\tyes\tjā\r\nru\tno\tнет\r\n"
    rows, wrong = read_rows(written, "x.tsv")
    assert [(row.language, row.intent, row.text) for row in rows] == [
        ("lv", "yes", "jā"),
        ("ru", "no", "нет"),
    ]
    assert wrong == []
    assert rows[1].where == "x.tsv:4"


def test_broken_lines_are_told_with_their_numbers_and_the_rest_is_read() -> None:
    rows, wrong = read_rows("lv\tyes\tjā\njust words\nlv\t\tjā\nlv\tno\t\nlv\tno\tnē", "x.tsv")
    assert [row.text for row in rows] == ["jā", "nē"]
    assert [where for where, _ in wrong] == ["x.tsv:2", "x.tsv:3", "x.tsv:4"]


def test_a_header_is_one_only_at_the_top() -> None:
    rows, _ = read_rows("lv\tyes\tjā\nlanguage\tx\ty\n", "x.tsv")
    assert len(rows) == 2


def test_each_row_is_asked_once_and_never_learned_then() -> None:
    parts = list(split(ROWS, 3))
    assert len(parts) == 3
    assert sorted(row.text for _, asked in parts for row in asked) == sorted(
        row.text for row in ROWS
    )
    assert not any(row in learned for learned, asked in parts for row in asked)


def test_translations_line_by_line_are_asked_together() -> None:
    rows = [Phrase(language, "x", str(n)) for language in ("lv", "ru") for n in range(6)]
    for _, asked in split(rows, 3):
        texts = [row.text for row in asked]
        assert texts[: len(texts) // 2] == texts[len(texts) // 2 :]


def test_only_what_is_measured_on_is_spoiled() -> None:
    learned: list[str] = []

    def learn(rows: object) -> Recogniser:
        learned.extend(row.text for row in rows)  # type: ignore[attr-defined]
        return Recogniser(rows)  # type: ignore[arg-type]

    found = cross_validate(
        ROWS, 2, lambda rows: [Phrase(row.language, row.intent, "") for row in rows], learn
    )
    assert found["count"] == len(ROWS)
    assert "" not in learned


def test_figures_tell_of_dangers_and_of_time() -> None:
    rows = [
        Phrase("en", "danger", "a wire is on the ground and sparking"),
        Phrase("en", "report_fault", "sparks fly from the socket"),
    ]
    found = evaluate(rows, load_recogniser())
    assert (found["danger_recall"], found["danger_precision"]) == (1.0, 0.5)
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]
    assert found["confusions"] == [{"expected": "report_fault", "got": "danger", "count": 1}]


def test_floors_are_whole_recognisers() -> None:
    assert nearest(fuzz.WRatio)(ROWS)("buy a ticket") == "ticket"
    assert naive_bayes(ROWS)("vai līs") == "weather"
    assert naive_bayes(ROWS)("") in ("ticket", "weather")
    found = measure_floors(list(split(ROWS, 2)))
    assert found.keys() == FLOORS.keys()
    assert all(each["per_language"].keys() == {"en", "lv"} for each in found.values())
