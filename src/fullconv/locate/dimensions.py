"""How large objects of each class are: what was met in training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fullconv.errors import InputError


@dataclass(frozen=True)
class Dimensions:
    """Of each object class: its frame and its size.

    `frames` are the height and the width of an object of the window's own size, as shares of the window. `sizes` are
    the least, the usual and the greatest √(height·width) in pixels of scenes; none where sizes are not known.
    """

    frames: tuple[tuple[float, float], ...]
    sizes: tuple[tuple[float, float, float], ...] = ()

    def reduced(self, factor: float) -> "Dimensions":
        """Return the dimensions in pictures at `factor` times their size."""
        return replace(self, sizes=tuple((factor * a, factor * b, factor * c) for a, b, c in self.sizes))

    def as_dict(self, classes: tuple[str, ...]) -> dict[str, Any]:
        """Return what a file holds, by class."""
        return {
            "frames": dict(zip(classes, map(list, self.frames), strict=True)),
            "sizes": dict(zip(classes, map(list, self.sizes), strict=True)) if self.sizes else {},
        }


def dimensions_for(
    aspects: Sequence[float], sizes: Sequence[Sequence[float]], known: bool, shares: Sequence[float]
) -> Dimensions:
    """Return the dimensions of classes of an aspect, height over width, and of sizes, if these are `known` of scenes.

    `shares` are what √(height·width) of an object of the window's own size measures of the window's side.
    """
    pairs = zip(shares, map(math.sqrt, aspects), strict=True)
    frames = tuple((share * tall, share / tall) for share, tall in pairs)
    spans = tuple((float(low), float(usual), float(high)) for low, usual, high in sizes) if known else ()
    return Dimensions(frames, spans)


def dimensions_of(entry: Mapping[str, Any], classes: tuple[str, ...], where: str) -> Dimensions:
    """Return the dimensions that `Dimensions.as_dict` wrote.

    Raises:
        InputError: a class is missing, or what stands there are no such numbers.
    """
    mend = "Give the folder that fullconv train wrote, unchanged."
    try:
        frames = tuple((float(h), float(w)) for h, w in (entry["frames"][name] for name in classes))
        sizes = entry.get("sizes") or {}
        known = tuple((float(a), float(b), float(c)) for a, b, c in (sizes[name] for name in classes)) if sizes else ()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(where, f"no dimensions of every class ({error})", mend) from error
    if not all(0 < value < math.inf for one in (*frames, *known) for value in one):
        raise InputError(where, "a dimension that is no positive number", mend)
    if any(list(one) != sorted(one) for one in known):
        raise InputError(where, "a least size above the usual one, or that above the greatest", mend)
    return Dimensions(frames, known)
