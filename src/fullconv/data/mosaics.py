"""Mosaics: larger canvases with objects of known class in known places."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays, test_split
from fullconv.errors import InputError

_RESTARTS = 100  # canvases begun anew before a random placement is given up
_CANDIDATES = (16, 256, 4096)  # places drawn for the next object: few, and more where most are taken

_Placement = tuple[int, int, int]  # row and column of the upper left pixel, index of the test image


@dataclass(frozen=True)
class Placed:
    """An object on a canvas: its class index and its box `(x, y, w, h)` in pixels."""

    label: int
    bbox: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Scene:
    """A canvas uint8 `(H, W, C)` and the objects on it, in the order in which they were placed."""

    name: str
    image: npt.NDArray[np.uint8]
    objects: tuple[Placed, ...]


def make_scenes(config: MosaicConfig, arrays: Arrays, validation_share: float, where: str) -> list[Scene]:
    """Draw the canvases of one set from the test images of its split; training images are never used.

    Fixed `placements` are `[row, column, index]` with an index into all test images. Otherwise `objects` different
    images are placed at random, fully inside, their centres at least `spacing` pixels apart along one axis: each
    object's place is uniform among those that the objects before it leave free. Objects join the canvas by the
    pixel-wise maximum. Image i depends on `[seed, i]` alone, so a longer set begins with the shorter one.

    `where` is the key of the set, for messages. `arrays` must not hold background images.

    Raises:
        InputError: sizes that are negative or do not fit, an unknown or empty split, an index of the other split,
            more objects than the canvas or the split holds.
    """
    size = (arrays.test_images.shape[1], arrays.test_images.shape[2])
    canvas = _canvas(config, size, where)
    _check_counts(config, where)
    split: Any = config.split
    if split not in ("validation", "test"):
        raise InputError(f"{where}.split", f"{split!r}", "Choose validation or test.")
    indices = test_split(len(arrays.test_images), validation_share, split)
    if config.placements:
        fixed = _fixed(config, canvas, size, indices, where)
    else:
        fixed = None
        _check_fit(config, canvas, size, len(indices), where)
    scenes = []
    for number, rng in enumerate(_generators(config)):
        placements = fixed if fixed is not None else _random(config, canvas, size, indices, rng, where)
        scenes.append(_scene(f"{number + 1:04d}", arrays, placements, canvas, config.noise, rng))
    return scenes


def _generators(config: MosaicConfig) -> Iterator[np.random.Generator]:
    return (np.random.default_rng([config.seed, number]) for number in range(config.images))


def _canvas(config: MosaicConfig, size: tuple[int, int], where: str) -> tuple[int, int]:
    canvas = list(config.canvas)
    if len(canvas) != 2 or not all(isinstance(length, int) and length > 0 for length in canvas):
        raise InputError(f"{where}.canvas", f"{canvas}", "Give height and width in whole pixels, both more than 0.")
    if canvas[0] < size[0] or canvas[1] < size[1]:
        raise InputError(
            f"{where}.canvas",
            f"{canvas[0]}x{canvas[1]} pixels, smaller than the window of {size[0]}x{size[1]}",
            "Give a canvas at least as large as one image.",
        )
    return canvas[0], canvas[1]


def _check_counts(config: MosaicConfig, where: str) -> None:
    for key, least in (("images", 1), ("objects", 0), ("spacing", 0), ("noise", 0), ("seed", 0), ("figures", 0)):
        if getattr(config, key) < least:
            raise InputError(f"{where}.{key}", f"{getattr(config, key)}", f"Give {least} or more.")
    if config.noise > 255:
        raise InputError(f"{where}.noise", f"{config.noise}", "Give the largest pixel value, 0..255.")
    if bool(config.placements) == bool(config.objects):
        received = "both are given" if config.placements else "neither is given"
        mend = "Give a number of objects to place at random, or a list of fixed placements."
        raise InputError(f"{where}.objects, {where}.placements", received, mend)


def _fixed(
    config: MosaicConfig, canvas: tuple[int, int], size: tuple[int, int], indices: npt.NDArray[np.int64], where: str
) -> list[_Placement]:
    allowed = set(indices.tolist())
    fixed: list[_Placement] = []
    for number, placement in enumerate(config.placements):
        key = f"{where}.placements[{number}]"
        if len(placement) != 3:
            raise InputError(key, f"{list(placement)}", "Give [row, column, index of the test image].")
        row, column, index = placement
        if not (0 <= row <= canvas[0] - size[0] and 0 <= column <= canvas[1] - size[1]):
            raise InputError(
                key,
                f"row {row}, column {column} puts the object outside the canvas of {canvas[0]}x{canvas[1]}",
                f"Rows reach from 0 to {canvas[0] - size[0]}, columns from 0 to {canvas[1] - size[1]}.",
            )
        if index not in allowed:
            raise InputError(key, f"test image {index}", f"The split {config.split} holds {_span(indices)}.")
        fixed.append((row, column, index))
    return fixed


def _span(indices: npt.NDArray[np.int64]) -> str:
    return f"the test images {indices[0]}..{indices[-1]}" if len(indices) else "no images (see data.validation_share)"


def _check_fit(config: MosaicConfig, canvas: tuple[int, int], size: tuple[int, int], images: int, where: str) -> None:
    if config.objects > images:
        raise InputError(
            f"{where}.objects",
            f"{config.objects} different ones on a canvas, from {images} in the split {config.split}",
            "Give fewer objects or change data.validation_share.",
        )
    # A square of spacingxspacing places holds one object at most, and one in the corner of each square fits.
    step = max(1, config.spacing)
    rows, columns = (-(-(whole - part + 1) // step) for whole, part in zip(canvas, size, strict=True))
    if config.spacing and config.objects > rows * columns:
        raise InputError(
            f"{where}.objects",
            f"too many objects for the canvas: {config.objects}, and at most {rows * columns} fit",
            f"Give fewer, a larger canvas than {canvas[0]}x{canvas[1]}, or less spacing than {config.spacing}.",
        )


def _random(
    config: MosaicConfig,
    canvas: tuple[int, int],
    size: tuple[int, int],
    indices: npt.NDArray[np.int64],
    rng: np.random.Generator,
    where: str,
) -> list[_Placement]:
    free = (canvas[0] - size[0] + 1, canvas[1] - size[1] + 1)
    for _ in range(_RESTARTS):
        corners = _corners(config.objects, free, config.spacing, rng)
        if corners is not None:
            chosen = rng.choice(indices, config.objects, replace=False)
            return [(*corner, int(index)) for corner, index in zip(corners, chosen, strict=True)]
    raise InputError(
        f"{where}.objects",
        f"too many objects for the canvas: {config.objects} found no random places in {_RESTARTS} attempts",
        f"Give fewer, a larger canvas than {canvas[0]}x{canvas[1]}, or less spacing than {config.spacing}.",
    )


def _corners(count: int, free: tuple[int, int], spacing: int, rng: np.random.Generator) -> list[tuple[int, int]] | None:
    """Upper left pixels of `count` objects, or None when one of them found no place.

    All objects have one size, so their corners are as far apart as their centres.
    """
    corners: list[tuple[int, int]] = []
    for _ in range(count):
        for candidates in (rng.integers(0, free, (number, 2)) for number in _CANDIDATES):
            taken = np.array(corners, dtype=np.int64).reshape(-1, 2)
            gaps = np.abs(candidates[:, np.newaxis] - taken).max(axis=2)
            far = candidates[(gaps >= spacing).all(axis=1)]
            if len(far):
                corners.append((int(far[0, 0]), int(far[0, 1])))
                break
        else:
            return None
    return corners


def _scene(
    name: str,
    arrays: Arrays,
    placements: list[_Placement],
    canvas: tuple[int, int],
    noise: int,
    rng: np.random.Generator,
) -> Scene:
    height, width, channels = arrays.test_images.shape[1:]
    image = rng.integers(0, noise, (*canvas, channels), dtype=np.uint8, endpoint=True)
    objects = []
    for row, column, index in placements:
        place = image[row : row + height, column : column + width]
        np.maximum(place, arrays.test_images[index], out=place)
        objects.append(Placed(int(arrays.test_labels[index]), (column, row, width, height)))
    return Scene(name, image, tuple(objects))
