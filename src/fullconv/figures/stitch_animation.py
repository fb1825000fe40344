"""An animated picture of shift-and-stitch: pass after pass, how a dense map fills.

`docs/figures/shift_and_stitch.py` makes the one of the documentation.
"""

from collections.abc import Iterator
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair
from fullconv.dense.densify import densify
from fullconv.dense.stitch import shifts
from fullconv.errors import InputError
from fullconv.figures.indexed import indexed_images
from fullconv.figures.stitch import CUT, MARK, SCORES, UNFILLED, Filling, StitchFigure
from fullconv.figures.stitch_order import fill_order
from fullconv.files import whole_file

Array = npt.NDArray[Any]

_MOST_PASSES = 256
_LONGEST = 600  # seconds; a GIF counts hundredths in two bytes
_ROUNDING = 1e-5


def stitch_frames(
    conversion: Conversion, image: Any, class_index: int, *, name: str | None = None, stride: int | Pair = 1
) -> list[npt.NDArray[np.uint8]]:
    """Return frames `(height, 900, 3)` of an image `(H, W, C)` and the scores of a class, one a pass and the whole.

    Frame k shows the image with the windows of pass k, and the dense map as shift-and-stitch has filled it after
    that pass; the last frame shows the whole map without marks. `name` is the class's; `stride` is the map's in
    pixels, as in `densify`.

    Raises:
        InputError: what `densify` refuses, a class that the network does not have, scores outside 0..1, or more
            than 256 passes.
    """
    return list(_frames(stitch_filling(conversion, image, class_index, name, stride)))


def write_stitch_gif(
    path: Path,
    conversion: Conversion,
    image: Any,
    class_index: int,
    *,
    name: str | None = None,
    stride: int | Pair = 1,
    seconds: float = 0.5,
    hold: float = 2.0,
) -> None:
    """Write the frames of `stitch_frames` as an endless GIF: `seconds` a pass, the whole map for `hold` seconds.

    Whole or not at all; the same frames give the same bytes.

    Raises:
        InputError: as `stitch_frames`, times that a GIF cannot hold, or a folder that cannot be written.
    """
    if not all(0.01 <= time <= _LONGEST for time in (seconds, hold)):
        raise InputError("seconds, hold", f"received {seconds} and {hold}", f"Give 0.01 to {_LONGEST} seconds.")
    frames = stitch_frames(conversion, image, class_index, name=name, stride=stride)
    first, *others = indexed_images(frames, _kept_colours())
    times = [round(seconds * 100) * 10] * len(others) + [round(hold * 100) * 10]
    with whole_file(path) as temporary:
        first.save(temporary, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False)


def stitch_filling(
    conversion: Conversion, image: Any, class_index: int, name: str | None = None, stride: int | Pair = 1
) -> Filling:
    """Return the dense map of a class on an image `(H, W, C)`, and the pass that fills each cell.

    Raises:
        InputError: as `stitch_frames`.
    """
    dense = densify(conversion, "stitch", stride, pixels=None)
    coarse, classes = conversion.geometry.stride, conversion.model.output_shape[-1]
    passes = tuple(shifts(coarse, dense.stride))
    if len(passes) > _MOST_PASSES:
        mend = f"Give a coarser stride=…, a divisor of the network's {coarse}."
        raise InputError("stride", f"{dense.stride} takes {len(passes)} passes, more than {_MOST_PASSES}", mend)
    if not isinstance(class_index, Integral) or class_index not in range(classes):
        raise InputError("class_index", f"received {class_index!r}", f"Give a whole number from 0 to {classes - 1}.")
    scores = dense([image])[0, :, :, class_index]
    if not (scores.min() >= -_ROUNDING and scores.max() <= 1 + _ROUNDING):
        received = f"scores from {scores.min():.3g} to {scores.max():.3g}"
        raise InputError("conversion", received, "Let the classifier end in softmax or sigmoid, which give 0 to 1.")
    order = fill_order(coarse, dense.stride, (scores.shape[0], scores.shape[1]))
    return Filling(_picture(np.asarray(image)), scores, dense.geometry, order, passes, name or f"class {class_index}")


def _frames(filling: Filling) -> Iterator[Array]:
    figure = StitchFigure(filling)
    yield from (figure.show(number) for number in range(len(filling.shifts)))
    yield figure.show_whole()


def _picture(pixels: Array) -> Array:
    """Return an image `(H, W, C)` for people, from its darkest to its brightest pixel: in colour if C is 3."""
    values = pixels.astype(np.float64)
    shown = values if values.shape[-1] == 3 else values.mean(axis=-1)
    low, high = shown.min(), shown.max()
    return np.asarray((shown - low) / (high - low or 1.0))


def _kept_colours() -> Array:
    """Return the colours `(n, 3)` that keep their meaning: marks, and scores in 96 steps."""
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb

    scores = colormaps[SCORES](np.linspace(0, 1, 96))[:, :3]
    fixed = np.array([to_rgb(colour) for colour in ("white", "black", MARK, CUT, UNFILLED)])
    return np.asarray(np.rint(np.concatenate([fixed, scores]) * 255), np.uint8)
