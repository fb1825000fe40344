"""A search that may be ended from outside: between two forward passes it asks whether to go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_asked: ContextVar[Callable[[], None] | None] = ContextVar("asked", default=None)


@contextmanager
def asking(ask: Callable[[], None]) -> Iterator[None]:
    """Call `ask` before each forward pass of the searches in this block; what it raises ends them."""
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)


def may_go_on() -> None:
    """Ask whether to go on, if somebody wants to be asked."""
    ask = _asked.get()
    if ask is not None:
        ask()
