"""Where an image shows nothing but its ground: told from a small copy, so that tiles of it may be left out."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.large.tiling import Tile, Tiling

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_LEVELS = 64  # of brightness, among which the ground is the commonest
# Pixels that differ from the ground by no more than this are noise of the file, whatever Otsu's threshold says.
_NOISE = 0.03


def shown_in(small: FloatArray, reach: "Pair") -> Flags:
    """Return which pixels of a small copy (h, w, C) of an image show something, or lie within `reach` of what does.

    The ground is the commonest brightness; what differs from it by more than Otsu's threshold (Otsu 1979, *A Threshold
    Selection Method from Gray-Level Histograms*) in any channel is something: tissue on glass, ink on a page.
    """
    from scipy.ndimage import maximum_filter
    from skimage.filters import threshold_otsu

    bright = np.clip((small.mean(axis=-1) * _LEVELS).astype(np.intp), 0, _LEVELS - 1)
    ground = small[bright == np.bincount(bright.ravel(), minlength=_LEVELS).argmax()].mean(axis=0)
    contrast = np.abs(small - ground).max(axis=-1)
    if float(np.ptp(contrast)) <= _NOISE:
        return np.zeros(contrast.shape, bool)
    otsu: float = threshold_otsu(contrast)
    something = contrast > max(_NOISE, 0.5 * otsu)
    shown: Flags = maximum_filter(something, size=(2 * reach[0] + 1, 2 * reach[1] + 1))
    return shown


def with_something(tiling: Tiling, small: FloatArray) -> list[Tile]:
    """Return the tiles in which a small copy (h, w, C) of the image shows something, or near them.

    Near is within what the window measures where the largest objects fill it.
    """
    size, levels = tiling.plan.size, tiling.plan.ladder.levels
    scale = [side / whole for side, whole in zip(small.shape[:2], size, strict=True)]
    reach = [round(max(level.object_size[axis] for level in levels) * scale[axis]) for axis in (0, 1)]
    shown = shown_in(small, (max(1, reach[0]), max(1, reach[1])))
    return [
        tile
        for tile in tiling
        if shown[
            _part(tiling.plan.borders(0, tile.rows), scale[0], shown.shape[0]),
            _part(tiling.plan.borders(1, tile.cols), scale[1], shown.shape[1]),
        ].any()
    ]


def _part(borders: tuple[float, float], scale: float, side: int) -> slice:
    low, high = (min(max(border * scale, 0.0), float(side)) for border in borders)
    start = min(int(low), side - 1)
    return slice(start, max(start + 1, int(np.ceil(high))))
