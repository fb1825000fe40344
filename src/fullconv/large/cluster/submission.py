"""Tiles handed to workers, a few for each: of a million, a scheduler meets hundreds at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from fullconv.errors import InputError

if TYPE_CHECKING:
    from distributed import Client, Future

    from fullconv.convert.geometry import Pair
    from fullconv.large.tiling import Tile

# What a worker calls: rows, columns and the job that the tile belongs to, a path; what comes back is the tile's name.
Task = Callable[["Pair", "Pair", str], str]

PER_WORKER = 3  # tiles that are handed over and not yet finished, for each worker, at most
_LEFT = 2  # as many of them for each worker when more are handed over, together: one by one costs more
_LOOK = 2.0  # seconds after which workers are counted again


def on_workers(
    client: "Client", task: Task, tiles: Iterable["Tile"], job: str, tick: Callable[["Tile"], None] = lambda _: None
) -> None:
    """Have every tile computed by some worker. A tile whose worker dies goes to another one.

    `tick` is called with each that has come back.

    Raises:
        InputError: what a tile raised, the first of all; a tile's workers died again and again; or the scheduler has
            gone. What other tiles have finished stays finished.
    """
    waiting, room, names = iter(tiles), _Room(client), _keys()
    flying: dict[Future, Tile] = {}
    ended: SimpleQueue[Future] = SimpleQueue()
    while True:
        workers = room.workers()
        if len(flying) <= _LEFT * workers:
            for future, tile in _sent(
                client, task, list(islice(waiting, PER_WORKER * workers - len(flying))), job, names
            ):
                flying[future] = tile
                future.add_done_callback(ended.put)
        if not flying:
            return
        for future in _some(ended):
            tile = flying.pop(future)
            _check(future, tile, client)
            tick(tile)


def _sent(
    client: "Client", task: Task, tiles: "list[Tile]", job: str, keys: Iterator[str]
) -> "Iterator[tuple[Future, Tile]]":
    if not tiles:
        return iter(())
    names = [f"{next(keys)}-{tile.name}" for tile in tiles]
    futures = client.map(task, [one.rows for one in tiles], [one.cols for one in tiles], job=job, key=names, pure=False)
    return zip(futures, tiles, strict=True)


def _keys() -> Iterator[str]:
    """Yield names of tasks that no other client of the scheduler has, nor had."""
    run = uuid4().hex[:12]
    return (f"tile-{run}-{number}" for number in count())


def _some(ended: "SimpleQueue[Future]") -> "Iterator[Future]":
    """Yield what has ended, waiting for the first of it; nothing where that takes long."""
    try:
        yield ended.get(timeout=_LOOK)
        while True:
            yield ended.get_nowait()
    except Empty:
        return


def _check(future: "Future", tile: "Tile", client: "Client") -> None:
    from distributed.scheduler import KilledWorker

    if future.status == "cancelled":
        raise gone(client)
    if future.status != "error":
        return
    error = future.exception()
    if isinstance(error, KilledWorker):
        received = f"the tile {tile.name} was given to {error.allowed_failures + 1} workers, and each of them died"
        mend = (
            "They may need more memory: fewer workers on a machine, or a smaller locate.memory. What is finished stays."
        )
        raise InputError("locate.cluster", received, mend)
    raise error


def gone(client: "Client") -> InputError:
    """Return what is told where the scheduler has gone."""
    where = client.scheduler.address if client.scheduler is not None else "its address"
    received = f"the connection to the scheduler at {where} is lost"
    return InputError("locate.cluster", received, "Run the same command again: it goes on where this one ended.")


class _Room:
    """How many workers there are, looked at now and then: they come and go."""

    def __init__(self, client: "Client") -> None:
        self._client, self._workers, self._looked = client, 1, -_LOOK

    def workers(self) -> int:
        """Return their number, at least 1.

        Raises:
            InputError: the scheduler has gone.
        """
        if monotonic() - self._looked >= _LOOK:
            try:
                self._workers = max(1, len(self._client.nthreads()))
            except (OSError, AttributeError) as error:  # the latter: of a client that is connecting again
                raise gone(self._client) from error
            self._looked = monotonic()
        return self._workers
