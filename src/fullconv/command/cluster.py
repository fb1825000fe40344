"""Tiles of a large picture on the workers that `locate.cluster` asks for, as `fullconv locate` hands them over."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.config.clusters import NONE, place_of
from fullconv.config.literal import as_yaml
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.large.size import is_large

if TYPE_CHECKING:
    from distributed import Client

    from fullconv.large.search import LargeSearch
    from fullconv.large.store.progress import Ledger
    from fullconv.large.tiling import Tile

# Seconds until a file that a worker has written is to be seen here: file systems of a network keep what they know.
_SEEN = 90.0


@dataclass(frozen=True)
class Workers:
    """Workers that search the tiles of one large picture after another, as the settings say."""

    client: "Client"
    settings: ExperimentConfig

    def search(
        self,
        search: "LargeSearch",
        image: Path,
        dark: bool,
        ledger: "Ledger",
        identity: Mapping[str, Any],
        tick: Callable[["Tile"], None] = lambda _: None,
    ) -> None:
        """Have the tiles of a picture searched that are not finished; the score store is there already.

        Raises:
            InputError: as `on_workers`; or a worker's files are not to be seen here.
        """
        from fullconv.command.cluster_job import search_tile
        from fullconv.large.cluster.levels import keep_levels
        from fullconv.large.cluster.submission import on_workers

        keep_levels(search, ledger.folder)
        job = _written(self._job(search, image, dark, identity), ledger.folder)
        unseen: list[Tile] = []

        def left() -> "Iterator[Tile]":
            for tile in search.tiles:
                if not ledger.done(tile.name):
                    yield tile
                else:
                    tick(tile)

        def finished(tile: "Tile") -> None:
            if not ledger.done(tile.name):
                unseen.append(tile)
            tick(tile)

        on_workers(self.client, search_tile, left(), str(job), finished)
        for tile in unseen:
            _wait_for(tile, ledger)

    def _job(self, search: "LargeSearch", image: Path, dark: bool, identity: Mapping[str, Any]) -> dict[str, Any]:
        from fullconv.large.cluster.versions import versions

        finder = search.reader.finder
        # Not of one picture, so that a worker loads what searches a thousand of them once.
        settings = {**asdict(self.settings), "image": None, "out": None}
        return {
            "versions": versions(),
            "finder": {"settings": as_yaml(settings), "given": sorted(self.settings.given), "folder": str(Path.cwd())},
            "used": {"pixels": finder.pixels, "because": finder.because, "config": asdict(finder.config)},
            "image": str(image.absolute()),
            "dark": dark,
            "identity": identity,
        }


@contextmanager
def workers_of(settings: ExperimentConfig, images: Sequence[Path]) -> "Iterator[Workers | None]":
    """Yield the workers that `locate.cluster` asks for; None: it asks for none, or no picture has tiles.

    Raises:
        InputError: they cannot be had.
    """
    place = place_of(settings.locate.cluster)
    if place.kind == NONE or not any(is_large(path) for path in images):
        yield None
        return
    from fullconv.large.cluster.connection import connected
    from fullconv.sweeps.side_by_side import thread_environment

    with connected(place, settings.locate.cluster_options or {}, thread_environment) as client:
        yield Workers(client, settings)


def _written(job: Mapping[str, Any], folder: Path) -> Path:
    """Write a job under the name that its content gives it."""
    from fullconv.files import write_json

    digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:16]
    path = folder.absolute() / f"job-{digest}.json"
    write_json(path, job)
    return path


def _wait_for(tile: "Tile", ledger: "Ledger") -> None:
    until = time.monotonic() + _SEEN
    while not ledger.done(tile.name):
        if time.monotonic() > until:
            received = f"a worker has finished the tile {tile.name}, and it is not to be seen here"
            raise InputError(str(ledger.folder), received, "Give an `out` on a file system that the workers share.")
        time.sleep(0.5)
