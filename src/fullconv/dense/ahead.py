"""Pixels that are read while others are computed with."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Given = TypeVar("Given")


def ahead(calls: Iterable[Callable[[], Given]]) -> Iterator[Given]:
    """Yield what calls return, in their order, the next one being under way already."""
    with ThreadPoolExecutor(1) as reading:
        coming: Future[Given] | None = None
        for call in calls:
            # What a search was told, as whether to go on, holds for its reading too.
            following = reading.submit(copy_context().run, call)
            if coming is not None:
                yield coming.result()
            coming = following
        if coming is not None:
            yield coming.result()
