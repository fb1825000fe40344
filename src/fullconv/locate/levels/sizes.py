"""At which sizes a photo is searched."""

import math

from fullconv.config.schema import HeatmapConfig
from fullconv.convert.geometry import Pair


def sizes_of(config: HeatmapConfig, size: Pair) -> list[Pair]:
    """Return the levels (h, w) in pixels of a photo of `size`, as `heatmap.scales` say, or else `heatmap.sizes`.

    Levels that enlarge the photo by more than `heatmap.enlarge` are left out, the smallest excepted.
    """
    sizes = [] if config.scales else config.sizes
    factors = [*config.scales, *(side / min(size) for side in sizes if isinstance(side, int))]
    wanted = [(max(1, round(size[0] * factor)), max(1, round(size[1] * factor))) for factor in factors]
    wanted += [(side[0], side[1]) for side in sizes if not isinstance(side, int)]
    least = min(wanted, key=math.prod)
    return [one for one in wanted if one == least or _enlarged(one, size) <= config.enlarge]


def _enlarged(level: Pair, size: Pair) -> float:
    return math.sqrt(math.prod(level) / math.prod(size))
