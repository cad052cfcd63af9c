"""Tables for people. One that is wider than the terminal gets a second line a row: no id, time or
number is ever cut, because people copy them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 200  # output into a pipe must not be cut at a guessed width of 80
GAP = 2
INDENT = " " * 4
Rows = Sequence[Sequence[str]]


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print it as wide as the terminal is, or as a pipe may be."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    elif sum(_widths(columns, cells)) + GAP * len(columns) > console.width:
        for line in narrow(columns, cells, console.width):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in cells:
        table.add_row(*row)
    with console.capture() as drawn:
        console.print(table)
    # The last column is padded, which only fills what somebody pipes this into.
    click.echo("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def narrow(columns: Sequence[str], rows: Rows, width: int) -> Iterator[str]:
    """The lines of a table for a terminal of `width` columns: what fits whole stands in the first
    line of a row, the rest below it with its names. Columns without any value are left out."""
    widths = _widths(columns, rows)
    used = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    first = _fitting([(at, widths[at]) for at in used], width)
    rest = [at for at in used if at not in first]
    yield _aligned(columns, first, widths)
    for row in rows:
        yield _aligned(row, first, widths)
        said = [f"{columns[at]}: {row[at]}" for at in rest if row[at]]
        if len(rest) == 1 and said:
            said = [row[rest[0]]]
        for line in " · ".join(said).splitlines():
            yield from textwrap.wrap(
                line, width, initial_indent=INDENT, subsequent_indent=INDENT,
                break_on_hyphens=False,
            )  # fmt: skip


def _fitting(columns: Sequence[tuple[int, int]], width: int) -> list[int]:
    """The columns (place, width) that fit into one line, the first ones first."""
    taken: list[int] = []
    room = width
    for at, wide in columns:
        if wide <= room:
            taken.append(at)
            room -= wide + GAP
    return taken


def _aligned(row: Sequence[str], places: Sequence[int], widths: Sequence[int]) -> str:
    return (" " * GAP).join(set_cell_size(row[at], widths[at]) for at in places).rstrip()


def _widths(columns: Sequence[str], rows: Rows) -> list[int]:
    """The widest line of each column, its title among them."""
    return [
        max(cell_len(cell) for cell in (title, *(row[at] for row in rows)))
        for at, title in enumerate(columns)
    ]
