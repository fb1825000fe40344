"""At which sizes an image is searched: as it is said, or as the window asks for, and never enlarged beyond reason."""

import math

from fullconv.config.schema import DERIVED, LocateConfig
from fullconv.convert.geometry import Pair
from fullconv.locate.dimensions import Dimensions

# Of objects, as a share of the image's shorter side.
_SMALLEST, _SMALLER = 1 / 8, 1 / 16
# Shorter sides of an image for regions, as multiples of the window: things as large as the image, down to an eighth.
_LEVELS = tuple(side / 224 for side in (200, 400, 800, 1600))


def sizes_of(config: LocateConfig, size: Pair, window: Pair = (224, 224)) -> list[Pair]:
    """Return the levels (h, w) in pixels of an image of `size`, as `locate.scales` or `locate.levels` say.

    Where neither does, they follow from the `window`. Levels that enlarge the image by more than `locate.enlarge` are
    left out, the smallest excepted.
    """
    sides = [round(each * min(window)) for each in _LEVELS] if config.levels == DERIVED else config.levels
    sizes = [] if config.scales else sides
    factors = [*config.scales, *(side / min(size) for side in sizes if isinstance(side, int))]
    wanted = [(max(1, round(size[0] * factor)), max(1, round(size[1] * factor))) for factor in factors]
    wanted += [(side[0], side[1]) for side in sizes if not isinstance(side, int)]
    least = min(wanted, key=math.prod)
    return [one for one in wanted if one == least or _enlarged(one, size) <= config.enlarge]


def sought_sizes(config: LocateConfig, size: Pair, window: Pair, dimensions: Dimensions | None = None) -> list[float]:
    """Return what the window measures at the first and the last level for peaks, in pixels.

    `locate.sizes` are those of objects, which fill the window as far as `dimensions` say, else all of it. Where these
    are `[auto]`: what the sizes of the classes ask for, and a level more each way. Where no such sizes are known, from
    an eighth of the image's shorter side, of crops that tell no sizes a sixteenth, but no smaller than
    `locate.enlarge` allows, to all of it.
    """
    if config.sizes != DERIVED:
        if not config.sizes or dimensions is None:
            return list(config.sizes)
        least, greatest = dimensions.shares
        return [min(config.sizes) / greatest, max(config.sizes) / least]
    if dimensions is not None and dimensions.sizes:
        low, high = windows_of(dimensions)
        return [low / config.spacing, high * config.spacing]
    shorter, least = float(min(size)), max(window) / config.enlarge
    if dimensions is None:
        return [max(least, _SMALLEST * shorter), max(least, shorter)]
    low, high = dimensions.shares
    return [max(least, _SMALLER * shorter / high), max(least, shorter / low)]


def windows_of(dimensions: Dimensions) -> tuple[float, float]:
    """Return what the window measures, in pixels of the image, where the least and the greatest objects fill it."""
    shares = [math.sqrt(height * width) for height, width in dimensions.frames]
    pairs = list(zip(dimensions.sizes, shares, strict=True))
    return min(sizes[0] / share for sizes, share in pairs), max(sizes[2] / share for sizes, share in pairs)


def _enlarged(level: Pair, size: Pair) -> float:
    return math.sqrt(math.prod(level) / math.prod(size))
