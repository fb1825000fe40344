"""What a worker of a cluster does: it opens what a job names, once, and searches the tiles that it is handed.

A job is a JSON file in the folder of unfinished tiles, on a file system that the workers share. It is called by its
content, so what a worker has opened for a name stays right.
"""

import json
import os
import platform
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from fullconv.config.cores import THREADS
from fullconv.config.quiet import load_tensorflow
from fullconv.errors import InputError
from fullconv.files import read_json
from fullconv.large.cluster.versions import check_versions, versions
from fullconv.sweeps.side_by_side import thread_environment

if TYPE_CHECKING:
    from fullconv.config.schema import ExperimentConfig
    from fullconv.convert.geometry import Pair
    from fullconv.large.search import LargeSearch
    from fullconv.large.sources.source import Source
    from fullconv.large.store.progress import Ledger
    from fullconv.large.store.scores import ScoreStore
    from fullconv.locate.finder import Finder

_ONE = Lock()  # one tile at a time: each may take all the memory and all the threads that the process has
_SHARED = "Workers open the same files: image, classifier and out have to lie where all of them reach them, as shared."


def search_tile(rows: "Pair", cols: "Pair", job: str) -> str:
    """Search a tile of the job's image, write what it shows, and return its name.

    Raises:
        InputError: a file cannot be read or written here, or this worker has other versions or another search.
    """
    with _ONE:
        search, store, ledger = _opened(job)
        from fullconv.large.run import searched_tile
        from fullconv.large.tiling import Tile

        tile = Tile((rows[0], rows[1]), (cols[0], cols[1]))
        searched_tile(search, store, ledger, tile)
    return tile.name


@lru_cache(maxsize=1)
def _opened(path: str) -> "tuple[LargeSearch, ScoreStore, Ledger]":
    """Return the search of a job, its store and its ledger; of the last job alone."""
    job, unfinished = _read(Path(path)), Path(path).parent
    # Before TensorFlow is imported, which most modules do.
    _limit_threads()
    load_tensorflow()
    from fullconv.large.cluster.levels import take_levels
    from fullconv.large.identity import search_identity
    from fullconv.large.pixels import Pixels
    from fullconv.large.run import SCORES
    from fullconv.large.search import search_of
    from fullconv.large.store.progress import Ledger
    from fullconv.large.store.scores import ScoreStore
    from fullconv.locate.reading import reader_of

    settings, finder = _finder(json.dumps(job["finder"], sort_keys=True))
    finder = _as_used(finder, job["used"])
    source = _source(settings, finder, Path(job["image"]))
    search = search_of(reader_of(finder, finder.config.box), Pixels(source, job["dark"]))
    mine = json.loads(json.dumps(search_identity(search, source.identity(), job["dark"])))
    other = [key for key in sorted(mine.keys() | job["identity"].keys()) if mine.get(key) != job["identity"].get(key)]
    if other:
        raise InputError(job["image"], f"searched on {platform.node()} it differs in {', '.join(other)}", _SHARED)
    take_levels(search, unfinished)
    return search, ScoreStore.open(unfinished.parent / SCORES), Ledger(unfinished)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(str(path), f"no such file on {platform.node()}", _SHARED)
    job: dict[str, Any] = read_json(path)
    check_versions(job["versions"], versions(), f"the worker {platform.node()}")
    return job


@lru_cache(maxsize=1)
def _finder(text: str) -> "tuple[ExperimentConfig, Finder]":
    """Return what searches, as `fullconv locate` makes it; one that searches many images is loaded once."""
    from omegaconf import OmegaConf

    import hydra_plugins.fullconv_schema  # noqa: F401  names of pretrained networks, which Hydra registers elsewhere
    from fullconv.config.load import settings_from
    from fullconv.track.finders import finder_of

    told = json.loads(text)
    settings = settings_from(OmegaConf.create(told["settings"]), told["given"])
    try:
        with chdir(told["folder"]):  # that paths are relative to
            return settings, finder_of(settings)
    except FileNotFoundError as error:
        raise InputError(str(error.filename), f"no such file or folder on {platform.node()}", _SHARED) from error


def _as_used(finder: "Finder", used: Mapping[str, Any]) -> "Finder":
    """Return a finder with what was settled of it where the image was looked at first."""
    from fullconv.config.schema import LocateConfig

    return replace(finder, pixels=used["pixels"], because=used["because"], config=LocateConfig(**used["config"]))


def _source(settings: "ExperimentConfig", finder: "Finder", image: Path) -> "Source":
    from fullconv.evaluate.scenes.sets import samples_of
    from fullconv.large.sources.opening import open_image

    channels = int(finder.conversion.model.input_shape[-1])
    return open_image(image, channels, samples_of(settings.dataset), settings.dataset.axes)


def _limit_threads() -> None:
    """Let TensorFlow have the threads that Dask has in this process, where whoever started it has not said how many."""
    from distributed import get_worker

    if THREADS not in os.environ:
        for name, value in thread_environment(get_worker().state.nthreads).items():
            os.environ.setdefault(name, value)
