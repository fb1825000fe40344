"""A bar on the terminal that counts images."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def counted(title: str, total: int) -> Iterator[Callable[[object], None]]:
    """Yield what is to be called after each of `total` images; it takes anything and looks at nothing.

    The bar is drawn where standard error is a terminal, and nowhere else.
    """
    if not (sys.stderr.isatty() and total):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda _: progress.advance(task)
