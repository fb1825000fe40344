"""Where objects lie on a canvas: frames in fixed places, or of random size in random places, apart as asked."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

_CANDIDATES = (16, 256, 4096)  # frames drawn for the next object: few, and more where most places are taken

Integers = npt.NDArray[np.int64]


def frame_sizes(image: tuple[int, int], heights: list[int]) -> Integers:
    """Return every size `(height, width)` in pixels that a frame may have, shape `(S, 2)`.

    `image` is the objects' own size; `heights` are the least and the most, both included, or empty for that size
    alone. Widths follow in proportion.
    """
    least, most = heights or (image[0], image[0])
    tall = np.arange(least, most + 1)
    wide = np.maximum(1, np.rint(tall * image[1] / image[0])).astype(np.int64)
    return np.stack([tall, wide], axis=1)


def most_that_fit(sizes: Integers, canvas: tuple[int, int], spacing: int, overlap: float) -> int | None:
    """Return a bound on the objects of one canvas, or None where nothing bounds them.

    A square of `spacing` holds one centre at most; frames that do not overlap lie on different points of a lattice
    of the smallest frame.
    """
    bounds = []
    if spacing:
        bounds.append([(whole - part) // spacing + 1 for whole, part in zip(canvas, sizes[0], strict=True)])
    if overlap == 0:
        bounds.append([whole // part for whole, part in zip(canvas, sizes[0], strict=True)])
    return min((int(rows * columns) for rows, columns in bounds), default=None)


def random_frames(
    count: int, sizes: Integers, canvas: tuple[int, int], spacing: int, overlap: float, rng: np.random.Generator
) -> Integers | None:
    """Place `count` frames, one after the other: `(count, 4)` rows of `[row, column, height, width]`, in pixels.

    Each is drawn uniformly from the sizes and places that those before it leave free, so a crowded canvas holds more
    small ones. None when one of them found no place.
    """
    frames = np.empty((0, 4), np.int64)
    for _ in range(count):
        found = _free(sizes, canvas, frames, spacing, overlap, rng)
        if found is None:
            return None
        frames = np.concatenate([frames, found])
    return frames


def sized_frames(
    sizes: Integers, canvas: tuple[int, int], overlap: float, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Place frames of given sizes `(N, 2)`, the largest first: `(M, 4)` frames and which of the sizes each has `(M,)`.

    One that finds no place is left out; the first always finds one. No size exceeds the canvas.
    """
    frames, which = np.empty((0, 4), np.int64), []
    for number in np.argsort(-sizes.prod(axis=1), kind="stable"):
        found = _free(sizes[number : number + 1], canvas, frames, 0, overlap, rng)
        if found is not None:
            frames = np.concatenate([frames, found])
            which.append(int(number))
    return frames, np.array(which, np.int64)


def _free(
    sizes: Integers, canvas: tuple[int, int], frames: Integers, spacing: int, overlap: float, rng: np.random.Generator
) -> Integers | None:
    """Return one frame `(1, 4)` that those before it leave free; None where none was found."""
    for number in _CANDIDATES:
        drawn = _drawn(number, sizes, canvas, rng)
        free = drawn[_fit(drawn, frames, spacing, overlap)]
        if len(free):
            return free[:1]
    return None


def _drawn(number: int, sizes: Integers, canvas: tuple[int, int], rng: np.random.Generator) -> Integers:
    chosen = sizes[rng.integers(0, len(sizes), number)]
    corners = rng.integers(0, np.array(canvas) - chosen + 1)
    return np.concatenate([corners, chosen], axis=1)


def _fit(drawn: Integers, frames: Integers, spacing: int, overlap: float) -> npt.NDArray[np.bool_]:
    """Which of the drawn frames lie apart from all that are placed."""
    starts, sides, placed, lengths = drawn[:, None, :2], drawn[:, None, 2:], frames[None, :, :2], frames[None, :, 2:]
    # Twice the distance of two centres is a whole number.
    apart = np.abs(2 * starts + sides - 2 * placed - lengths).max(axis=2) >= 2 * spacing
    shared = (np.minimum(starts + sides, placed + lengths) - np.maximum(starts, placed)).clip(0).prod(axis=2)
    union = sides.prod(axis=2) + lengths.prod(axis=2) - shared
    fit: npt.NDArray[np.bool_] = (apart & (shared <= overlap * union)).all(axis=1)
    return fit


def fixed_frames(
    placements: Sequence[Sequence[int]], size: Integers, canvas: tuple[int, int], indices: Integers, where: str
) -> tuple[Integers, Integers]:
    """Return frames of one size `(height, width)` at given places, and the images in them, `(N, 4)` and `(N,)`.

    `placements` are `[row, column, index of the test image]`, `indices` those that may be used, in order.

    Raises:
        InputError: a placement outside the canvas, or of an image that may not be used.
    """
    rows, columns = (np.array(canvas) - size).tolist()
    allowed = set(indices.tolist())
    for number, placement in enumerate(placements):
        key = f"{where}.placements[{number}]"
        if len(placement) != 3:
            raise InputError(key, f"{list(placement)}", "Give [row, column, index of the test image].")
        row, column, index = placement
        if not (0 <= row <= rows and 0 <= column <= columns):
            received = f"row {row}, column {column} puts the object outside the canvas of {canvas[0]}x{canvas[1]}"
            raise InputError(key, received, f"Rows reach from 0 to {rows}, columns from 0 to {columns}.")
        if index not in allowed:
            usable = f"{indices[0]}..{indices[-1]}" if len(indices) else "none (see data.validation_share)"
            raise InputError(key, f"test image {index}", f"This split's test images are {usable}.")
    places = np.array(placements, dtype=np.int64)
    return np.concatenate([places[:, :2], np.tile(size, (len(places), 1))], axis=1), places[:, 2]
