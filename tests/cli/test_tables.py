"""Tables in a terminal that is too narrow for them."""

from __future__ import annotations

from bot.cli.tables import narrow

COLUMNS = ("id", "kind", "agent", "title")
ROWS = [
    ["9734477a", "planned_notice", "", "Planned works: 33 outages, 27 Nov 2026 to 7 Dec 2026"],
    ["41face97", "reminder", "", "Reminder"],
]


def test_what_does_not_fit_stands_whole_on_a_second_line() -> None:
    lines = list(narrow(COLUMNS, ROWS, 60))
    assert lines == [
        "id        kind",
        "9734477a  planned_notice",
        "    Planned works: 33 outages, 27 Nov 2026 to 7 Dec 2026",
        "41face97  reminder",
        "    Reminder",
    ]


def test_several_values_below_have_their_names() -> None:
    lines = list(narrow(COLUMNS, ROWS, 20))
    assert lines[1] == "9734477a"
    assert lines[2] == "    kind:"
    assert "planned_notice" in lines[3]


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(len(line) for line in narrow(COLUMNS, ROWS, 40)) <= 40
