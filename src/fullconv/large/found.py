"""What a search of a large image found, kept in its folder: the same command again has nothing left to compute."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fullconv.archives import array_file
from fullconv.errors import InputError
from fullconv.large.run import LargeLocated
from fullconv.locate.detections import Found
from fullconv.locate.located import best

if TYPE_CHECKING:
    from fullconv.large.search import LargeSearch

FOUND = "found.npz"


def write_found(folder: Path, located: LargeLocated) -> None:
    """Write what was found; once the file is there the search is finished.

    Raises:
        InputError: the folder cannot be written.
    """
    objects = located.objects
    with array_file(folder / FOUND) as add:
        add("labels", np.array([one.label for one in objects], np.int64))
        add("scores", np.array([one.score for one in objects], np.float64))
        add("boxes", np.array([one.bbox for one in objects], np.float64).reshape(-1, 4))
        add("scales", np.array([one.scale for one in objects], np.float64))
        add("highest", np.asarray(located.highest, np.float32))
        add("usual", np.array([located.usual], np.float64))
        add("broken", np.array(located.broken, np.int64).reshape(-1, 4))


def read_found(folder: Path, search: "LargeSearch") -> LargeLocated | None:
    """Return what the same search found before; None if it was not finished.

    Raises:
        InputError: the file is damaged.
    """
    path, finder = folder / FOUND, search.reader.finder
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            columns = [kept[key].tolist() for key in ("labels", "scores", "boxes", "scales")]
            highest, usual, broken = kept["highest"], float(kept["usual"].ravel()[0]), kept["broken"].tolist()
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, OSError) as error:
        raise InputError(str(path), f"damaged ({error})", "Delete it, then run the same command again.") from error
    return LargeLocated(
        size=search.size,
        labels=tuple(range(len(finder.sought))),
        background=search.reader.background,
        objects=[
            Found(label, score, (x, y, width, height), scale)
            for label, score, (x, y, width, height), scale in zip(*columns, strict=True)
        ],
        top=best(highest[: len(finder.channels.classes)], finder.config.top),
        window=finder.conversion.window,
        usual=usual,
        broken=[(x, y, width, height) for x, y, width, height in broken],
        highest=highest,
    )
