"""At which sizes a photo is searched."""

import math

from fullconv.config.schema import HeatmapConfig
from fullconv.convert.geometry import Pair
from fullconv.errors import InputError


def sizes_of(config: HeatmapConfig, size: Pair) -> list[Pair]:
    """Return the levels (h, w) in pixels of a photo of `size`, as `heatmap.sizes` or `heatmap.scales` say.

    Levels that enlarge the photo by more than `heatmap.enlarge` are left out, the smallest excepted.

    Raises:
        InputError: sizes or scales that are no numbers above 0, both of them, or neither.
    """
    if bool(config.sizes) == bool(config.scales):
        received = "both" if config.sizes else "neither"
        raise InputError("heatmap.sizes, heatmap.scales", f"{received} given", "Give one of them.")
    wanted = [_scaled(factor, size) for factor in config.scales] or [_sized(one, size) for one in config.sizes]
    least = min(wanted, key=lambda one: one[0] * one[1])
    return [one for one in wanted if one == least or _enlarges(one, size) <= config.enlarge]


def _enlarges(level: Pair, size: Pair) -> float:
    return math.sqrt(level[0] * level[1] / (size[0] * size[1]))


def _scaled(factor: float, size: Pair) -> Pair:
    if not (math.isfinite(factor) and factor > 0):
        raise InputError("heatmap.scales", f"{factor}", "Give factors above 0.")
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _sized(wanted: object, size: Pair) -> Pair:
    if isinstance(wanted, list) and len(wanted) == 2 and all(isinstance(side, int) and side > 0 for side in wanted):
        return wanted[0], wanted[1]
    if isinstance(wanted, int) and not isinstance(wanted, bool) and wanted > 0:
        return _scaled(wanted / min(size), size)
    raise InputError("heatmap.sizes", f"{wanted!r}", "Give pixels of the shorter side, or [height, width].")
