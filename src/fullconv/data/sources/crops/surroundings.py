"""Larger pictures without labels, and pictures of nothing: as many as memory takes, at the scale that is needed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fullconv.data.arrays import Arrays
from fullconv.data.pictures.orientation import frame_of
from fullconv.data.sources.crops.decoding import by_picture, refuse_broken, within
from fullconv.data.sources.crops.places import Place, listed
from fullconv.data.sources.crops.rows import Rows
from fullconv.data.sources.crops.sides import cut, reduced, reduction
from fullconv.data.sources.crops.walk import is_picture, pictures_below
from fullconv.errors import InputError
from fullconv.nearest import meant_file
from fullconv.terminal.progress import counted

Pixels = npt.NDArray[np.uint8]

BYTES = 300_000_000  # of all together, as stored
_MEND = "Give data.scenes=DIR, a folder of larger pictures in which such objects occur; or leave it out."


def list_scenes(given: str) -> list[Place]:
    """Return the pictures that `data.scenes` names: those of a folder, or one.

    Raises:
        InputError: there are none.
    """
    path = Path(given).expanduser()
    if not path.exists():
        raise InputError("data.scenes", f"no file or folder {path}", meant_file(path) + _MEND)
    found = pictures_below(path, "data.scenes") if path.is_dir() else [path]
    if not found or not (path.is_dir() or is_picture(path)):
        raise InputError("data.scenes", f"no pictures in {path}", _MEND)
    root = path if path.is_dir() else path.parent
    return [Place(one, one.relative_to(root).as_posix(), "") for one in found]


def large_enough(scenes: Sequence[Place], span: float) -> tuple[list[Place], str | None]:
    """Return the scenes that are larger than a crop of `span` pixels, and what is told of the others.

    Raises:
        InputError: none is.
    """
    sizes = {one.name: _size(one) for one in scenes}
    small = [one.name for one in scenes if 0 < np.sqrt(np.prod(sizes[one.name])) <= span]
    if len(small) == len(scenes):
        height, width = sizes[small[0]]
        received = f"scenes as small as the crops: {small[0]} has {height}x{width} pixels, a crop about {span:.0f}"
        raise InputError("data.scenes", received, "Cut crops to the object, or give larger pictures as scenes.")
    told = f"{len(small)} scenes as small as crops ({listed(small)})" if small else None
    return [one for one in scenes if one.name not in set(small)], told


def sampled(places: Sequence[Place], channels: int, factor: float, seed: int) -> list[Place]:
    """Return as many pictures as fit, chosen by the seed, in their order; all where all fit."""
    sizes = [_bytes(one, channels, factor) for one in places]
    if sum(sizes) <= BYTES:
        return list(places)
    chosen: set[int] = set()
    room = BYTES
    for index in np.random.default_rng(seed).permutation(len(places)):
        if sizes[index] <= room or not chosen:
            chosen.add(int(index))
            room -= sizes[index]
    return [one for index, one in enumerate(places) if index in chosen]


def with_surroundings(
    arrays: Arrays, scenes: Sequence[Place], nothing: Sequence[Place], side: int, broken: float, seed: int
) -> tuple[Arrays, list[str]]:
    """Return arrays of crops with scenes and pictures of nothing beside them, and what is told of these.

    Raises:
        InputError: none of them serves, or more than a share `broken` of their files cannot be read.
    """
    crops = arrays.crops
    assert crops is not None
    channels = arrays.train_images.shape[3]
    span = float(np.median(np.sqrt(crops.train_sizes.prod(axis=1))))
    told: list[str] = []
    if scenes:
        scenes, small = large_enough(scenes, span if crops.unscaled else float(side))
        told += [small] if small else []
    # Where crops were resized nobody knows how large objects are in scenes.
    factor = reduction(crops.train_sizes, arrays.train_labels, side) if crops.unscaled else 1.0
    found: dict[str, tuple[Pixels, ...]] = {}
    for name, places, key in (("scenes", scenes, "data.scenes"), ("nothing", nothing, "data.background")):
        chosen = sampled(places, channels, factor, seed)
        if len(chosen) < len(places):
            told.append(f"{name}: {len(chosen)} of {len(places)} pictures, as {BYTES // 1_000_000} MB hold")
        bad: dict[str, str] = {}
        with Rows() as rows, counted(name, len({one.path for one in chosen})) as tick:
            found[name] = _read(chosen, rows, channels, factor, bad, tick)
        refused = refuse_broken(bad, len({one.path for one in chosen}), broken, key)
        told += [f"{name}: {refused}"] if refused else []
    return replace(arrays, crops=replace(crops, reduced=factor, scenes=found["scenes"], nothing=found["nothing"])), told


def _read(
    places: Sequence[Place],
    rows: Rows,
    channels: int,
    factor: float,
    broken: dict[str, str],
    tick: Callable[[object], None],
) -> tuple[Pixels, ...]:
    for pixels, here in by_picture(places, channels, broken, tick):
        for place in here:
            box = None if place.box is None else within(place.box, pixels)
            if place.box is None or box is not None:
                rows.add(reduced(pixels if box is None else cut(pixels, box, 0.0), factor))
    return tuple(rows.pictures())


def _size(place: Place) -> tuple[int, int]:
    frame = frame_of(place.path)
    return (0, 0) if frame is None else frame.upright


def _bytes(place: Place, channels: int, factor: float) -> int:
    height, width = _size(place) if place.box is None else (place.box[3], place.box[2])
    return round(height * width * factor**2) * channels
