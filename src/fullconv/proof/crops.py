"""Cells of larger images against the classifier on the same crops."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Geometry, Pair
from fullconv.proof.decisions import Decision
from fullconv.proof.differences import BY_BEST, Differences, Scores

Images = npt.NDArray[np.float32]  # (N, H, W, C)


def size_for_crops(geometry: Geometry) -> Pair:
    """Return the (height, width) in pixels of an image with a few rows and columns of cells.

    The sides differ and are no multiples of the stride, so that rows and columns cannot be confused.
    """
    (height, width), (down, across) = geometry.window, geometry.stride
    return height + min(height, 4 * down) + 1, width + min(width * 3 // 2, 6 * across) + 3


def compare_crops(
    scores_of: Callable[[Images], Scores],
    conversion: Conversion,
    images: Images,
    most: int,
    batch: int,
    decision: Decision | None = BY_BEST,
) -> tuple[Differences, int]:
    """Return the differences on at most `most` cells in all, and how many cells there were.

    `scores_of` gives the classifier's scores `(N, K)` of crops; `batch` crops go through it at a time. Where
    there are more cells than `most`, each image's first and last and a random choice between are compared.
    """
    found, geometry = Differences(decision), conversion.geometry
    rng = np.random.default_rng(2)
    rows, cols = geometry.cells(*images.shape[1:3])
    each = max(2, most // len(images))
    for image in images:
        scores = conversion.forward(image[np.newaxis])[0]
        places = [divmod(int(place), cols) for place in _chosen(rows * cols, each, rng)]
        for start in range(0, len(places), batch):
            part = places[start : start + batch]
            boxes = (geometry.box(row, col) for row, col in part)
            crops = np.stack([image[y : y + height, x : x + width] for x, y, width, height in boxes])
            found.add(scores_of(crops), np.stack([scores[place] for place in part]))
    return found, rows * cols * len(images)


def _chosen(cells: int, most: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    if cells <= most:
        return np.arange(cells)
    between = 1 + rng.choice(cells - 2, most - 2, replace=False)
    return np.sort(np.concatenate([[0, cells - 1], between]))
