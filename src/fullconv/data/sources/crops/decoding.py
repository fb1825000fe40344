"""Pictures as their places are cut out of them: each file is decoded once, and one at a time."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.images import decoded
from fullconv.data.pictures.orientation import frame_of
from fullconv.data.sources.crops.places import Box, Place, listed, shown
from fullconv.data.sources.crops.rows import Rows
from fullconv.data.sources.crops.sides import cut, stretched
from fullconv.errors import InputError

Pixels = npt.NDArray[np.uint8]

_INSIDE = 0.5  # share of a box that must lie in its picture
_NAMED = 3  # broken files that a message names
_SAMPLE = 2000  # places whose sizes tell how large objects are


@dataclass
class Cuts:
    """What came out of the pictures: parallel lists, the frames themselves in `rows`, always RGB."""

    rows: Rows
    frame: int  # pixels of a side
    places: list[Place] = field(default_factory=list)  # their boxes as they were cut
    sizes: list[tuple[float, float]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    grey: bool = True
    outside: int = 0
    tried: int = 0
    broken: dict[str, str] = field(default_factory=dict)


def read_pixels(place: Place, channels: int) -> Pixels:
    """Return a picture upright as uint8 (H, W, C), transparency over white.

    Raises:
        InputError: it cannot be read, or is not of the size that its annotations state.
    """
    pixels = decoded(place.path, channels, "white")
    if place.stated is not None and pixels.shape[:2] != place.stated:
        found, stated = ("{}x{}".format(*size) for size in (pixels.shape[:2], place.stated))
        received = f"{found} pixels where its annotations state {stated}"
        raise InputError(place.name, received, "Give the pictures that were annotated, at their own size.")
    pixels *= 255
    return np.rint(pixels, out=pixels).astype(np.uint8)


def by_picture(
    places: Sequence[Place], channels: int, broken: dict[str, str], tick: Callable[[object], None]
) -> Iterator[tuple[Pixels, list[Place]]]:
    """Yield each picture with its places; one that cannot be read goes to `broken`, with the reason."""
    for _, group in groupby(places, key=lambda one: one.path):
        here = list(group)
        try:
            pixels = read_pixels(here[0], channels)
        except InputError as error:
            broken[here[0].name] = error.received
        else:
            yield pixels, here
        tick(None)


def cut_places(
    places: Sequence[Place], rows: Rows, side: int, margin: float, clipped: bool, tick: Callable[[object], None]
) -> Cuts:
    """Write every place to `rows`, stretched to `side` pixels; boxes are `clipped` to their pictures.

    A picture without boxes shows its object and `margin` around it; a box is the object alone.
    """
    cuts = Cuts(rows, side, tried=len({one.path for one in places}))
    for pixels, here in by_picture(places, 3, cuts.broken, tick):
        for place in here:
            box = _whole(pixels) if place.box is None else within(place.box, pixels, clipped)
            if box is None:
                cuts.outside += 1
                continue
            crop = pixels if place.box is None else cut(pixels, box, margin)
            shown_more = 1 + 2 * margin if place.box is None else 1.0
            cuts.rows.add(stretched(crop, (side, side)))
            cuts.places.append(Place(place.path, place.name, place.label, place.split, box, place.id))
            cuts.sizes.append((box[3] / shown_more, box[2] / shown_more))
            cuts.digests.append(_digest(crop))
            cuts.grey = cuts.grey and _is_grey(crop)
    return cuts


def within(box: Box, pixels: Pixels, clipped: bool = True) -> Box | None:
    """Return the part of a box that lies in its picture, or the whole box; None where most of it lies outside."""
    x, y, w, h = box
    height, width = pixels.shape[:2]
    left, right = min(max(x, 0.0), width), min(max(x + w, 0.0), width)
    top, bottom = min(max(y, 0.0), height), min(max(y + h, 0.0), height)
    if (right - left) * (bottom - top) < _INSIDE * w * h and clipped:
        return None
    if not (right - left >= 1 and bottom - top >= 1):
        return None
    return (left, top, right - left, bottom - top) if clipped else box


def header_sizes(places: Sequence[Place], margin: float) -> npt.NDArray[np.float32]:
    """Return height and width (N, 2) of objects at places evenly chosen, from headers and boxes alone."""
    found = []
    for place in places[:: -(-len(places) // _SAMPLE)]:
        if place.box is not None:
            found.append((place.box[3], place.box[2]))
        elif (frame := frame_of(place.path)) is not None:
            found.append((frame.upright[0] / (1 + 2 * margin), frame.upright[1] / (1 + 2 * margin)))
    return np.array(found, np.float32).reshape(-1, 2)


def refuse_broken(broken: dict[str, str], tried: int, share: float, where: str) -> str | None:
    """Return what is told of files that cannot be read; None where all can.

    Raises:
        InputError: they are more than a share of all, or all.
    """
    if not broken:
        return None
    names = list(broken)
    reasons = "; ".join(
        f"{shown(name)}: {broken[name].removeprefix('cannot be read as an image ')[:60]}" for name in names[:_NAMED]
    )
    told = f"{len(broken)} of {tried} files cannot be read ({reasons}{' …' if len(names) > _NAMED else ''})"
    if len(broken) > share * tried or len(broken) == tried:
        mend = f"Mend or remove them, or allow it: data.broken={-(-100 * len(broken) // tried) / 100:g}."
        raise InputError(where, told, mend if len(broken) < tried else "Give files that can be read.")
    return told if len(names) <= _NAMED else f"{told}: {listed(names, 10)}"


def _whole(pixels: Pixels) -> Box:
    return 0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])


def _digest(pixels: Pixels) -> str:
    content = np.ascontiguousarray(pixels)
    return hashlib.blake2b(content.data, digest_size=16, salt=str(pixels.shape[0]).encode()[:16]).hexdigest()


def _is_grey(pixels: Pixels) -> bool:
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())
