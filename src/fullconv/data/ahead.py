"""An iterable whose next item is made while this one is used."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")


def ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield the items in order; a thread makes the next one in the meantime, and no more than that.

    What it raises is raised here, in its place. Worth it where making an item waits for a disk or for a network that
    leaves a core free.
    """
    iterator = iter(items)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(_next, iterator)
        while made := coming.result():
            coming = thread.submit(_next, iterator)
            yield made[0]


def _next(iterator: Iterator[_Item]) -> tuple[_Item] | None:
    """Return the next item in a tuple, None after the last: a future cannot raise StopIteration."""
    for item in iterator:
        return (item,)
    return None
