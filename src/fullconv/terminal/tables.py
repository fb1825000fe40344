"""Tables on the terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from fullconv.terminal.stage import is_stage


def figure(value: float | None) -> str:
    """Return a number as a table shows it; nothing where nothing was measured."""
    return "" if value is None else f"{value:.4g}"


def share(value: float) -> str:
    """Return a share as a table shows it; nothing where there was nothing to measure (-1)."""
    return "" if value < 0 else f"{value:.3f}"


def print_table(title: str, rows: Iterable[Sequence[str]], columns: Sequence[str] = ()) -> None:
    """Print rows of text under a title, all as it is; without `columns` there is no header.

    A stage of DVC prints none: what it has found is one line of its log, and the rest in its outputs.
    """
    if is_stage():
        return
    # Names are other people's: "[/b]" and ":ox:" mean themselves.
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(title, style="table.title")  # a table breaks its title at its own width
    table = Table(show_header=bool(columns))
    rows = [list(row) for row in rows]
    width = len(columns) or max((len(row) for row in rows), default=1)
    for index in range(width):
        table.add_column(columns[index] if columns else "", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
