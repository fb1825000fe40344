"""One search at a time, a few that wait, and an end to each."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fullconv.locate.pause import asking

Done = TypeVar("Done")


class RefusedError(Exception):
    """A request that is not worked on: the server is busy, or ends, or it took too long."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.says = says


class Gate:
    """Lets one search through at a time; `waiting` more may wait, and each may take `seconds`."""

    def __init__(self, waiting: int, seconds: float) -> None:
        self.seconds = seconds
        self._waiting = waiting
        self._inside = 0
        self._lock = asyncio.Lock()
        self._closed = threading.Event()

    def close(self) -> None:
        """End the search that runs, at its next step, and let no other through."""
        self._closed.set()

    async def __call__(self, work: Callable[[], Done], left: Callable[[], Awaitable[None]] | None = None) -> Done:
        """Return what `work` returns, done in a thread; it ends early when `left` returns: nobody waits any more.

        Raises:
            RefusedError: too many wait already, it took too long, the server ends, or nobody waits.
        """
        if self._inside > self._waiting:
            raise RefusedError(503, f"{self._inside} pictures are searched or wait already. Try again in a moment.")
        gone = threading.Event()
        watch = None if left is None else asyncio.ensure_future(_set_after(left, gone))
        self._inside += 1
        try:
            async with self._lock:
                return await asyncio.to_thread(self._within, work, gone)
        finally:
            self._inside -= 1
            if watch is not None:
                watch.cancel()

    def _within(self, work: Callable[[], Done], gone: threading.Event) -> Done:
        until = time.monotonic() + self.seconds

        def ask() -> None:
            if self._closed.is_set():
                raise RefusedError(503, "The server is being stopped.")
            if gone.is_set():
                raise RefusedError(499, "The connection was closed.")
            if time.monotonic() > until:
                raise RefusedError(504, f"It took more than serve.seconds={self.seconds:g}. Give a smaller picture.")

        ask()
        with asking(ask):
            return work()


async def _set_after(left: Callable[[], Awaitable[None]], gone: threading.Event) -> None:
    await left()
    gone.set()
