"""One search at a time, a few that wait, and an end to each."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import Any, TypeVar

from fullconv.locate.pause import asking

Done = TypeVar("Done")


class RefusedError(Exception):
    """A request that is not worked on: the server is busy, or ends, or it took too long."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.says = says


_ENDS = "The server is being stopped."
_GLANCE = 0.2  # seconds between two looks at whether the server ends


class Gate:
    """Lets one search through at a time; `waiting` more may wait, and each may take `seconds`."""

    def __init__(self, waiting: int, seconds: float) -> None:
        self.seconds = seconds
        self._waiting = waiting
        self._inside = 0
        self._lock = asyncio.Lock()
        self._closed = threading.Event()
        self._search: Future[Any] | None = None  # the last that was begun

    def close(self) -> None:
        """End the search that runs, at its next step, and let no other through."""
        self._closed.set()

    def settled(self, seconds: float) -> bool:
        """Return whether no search runs any more, after `seconds` at most."""
        return self._search is None or bool(wait([self._search], seconds).done)

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
                self._search = search = _begun(partial(self._within, work, gone))
                return await self._done(asyncio.wrap_future(search))
        finally:
            self._inside -= 1
            if watch is not None:
                watch.cancel()

    async def _done(self, search: "asyncio.Future[Done]") -> Done:
        """Return what a search comes to; a server that ends does not wait for its next step."""
        while not search.done():
            await asyncio.wait({search}, timeout=_GLANCE)
            if self._closed.is_set():
                search.add_done_callback(lambda one: one.cancelled() or one.exception())  # nobody else asks
                raise RefusedError(503, _ENDS)
        return search.result()

    def _within(self, work: Callable[[], Done], gone: threading.Event) -> Done:
        until = time.monotonic() + self.seconds

        def ask() -> None:
            if self._closed.is_set():
                raise RefusedError(503, _ENDS)
            if gone.is_set():
                raise RefusedError(499, "The connection was closed.")
            if time.monotonic() > until:
                raise RefusedError(504, f"It took more than serve.seconds={self.seconds:g}. Give a smaller picture.")

        ask()
        with asking(ask):
            return work()


def _begun(work: Callable[[], Done]) -> Future[Done]:
    """Begin work in a thread that does not keep the process from ending."""
    done: Future[Done] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done


async def _set_after(left: Callable[[], Awaitable[None]], gone: threading.Event) -> None:
    await left()
    gone.set()
