"""Levels that are made of the whole image: made once, and read by every worker instead of the whole image."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fullconv.archives import array_file

if TYPE_CHECKING:
    from fullconv.large.search import LargeSearch

_FILE = "levels.npz"


def keep_levels(search: "LargeSearch", folder: Path) -> None:
    """Write the levels that a search reduces beforehand, where it has any and they are not there from a run before.

    Raises:
        InputError: the image cannot be read, or the folder not be written.
    """
    path = folder / _FILE
    if not search.tiling.sizes or path.exists():
        return
    with array_file(path) as add:
        for (height, width), pixels in search.reduced.items():
            add(f"{height}x{width}", pixels)


def take_levels(search: "LargeSearch", folder: Path) -> None:
    """Let a search use the levels that `keep_levels` wrote; those of one that has none are not looked for."""
    if not search.tiling.sizes:
        return
    with np.load(folder / _FILE, allow_pickle=False) as archive:
        search.reduced = {size: archive[f"{size[0]}x{size[1]}"] for size in search.tiling.sizes}
