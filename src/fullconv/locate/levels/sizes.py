"""At which sizes an image is searched for regions."""

import math

from fullconv.config.schema import LocateConfig
from fullconv.convert.geometry import Pair


def sizes_of(config: LocateConfig, size: Pair) -> list[Pair]:
    """Return the levels (h, w) in pixels of an image of `size`, as `locate.scales` say, or else `locate.levels`.

    Levels that enlarge the image by more than `locate.enlarge` are left out, the smallest excepted.
    """
    sizes = [] if config.scales else config.levels
    factors = [*config.scales, *(side / min(size) for side in sizes if isinstance(side, int))]
    wanted = [(max(1, round(size[0] * factor)), max(1, round(size[1] * factor))) for factor in factors]
    wanted += [(side[0], side[1]) for side in sizes if not isinstance(side, int)]
    least = min(wanted, key=math.prod)
    return [one for one in wanted if one == least or _enlarged(one, size) <= config.enlarge]


def _enlarged(level: Pair, size: Pair) -> float:
    return math.sqrt(math.prod(level) / math.prod(size))
