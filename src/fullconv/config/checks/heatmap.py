"""Checks of how photos are searched."""

import math

from fullconv.config.checks.requirement import require
from fullconv.config.schema import HeatmapConfig

HEADS = ("cell", "window")
FUSIONS = ("confident", "geometric", "mean", "max")


def check_heatmap(config: HeatmapConfig, at: str) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for key, choices in (("head", HEADS), ("fuse", FUSIONS)):
        received = getattr(config, key)
        require(received in choices, f"{at}.{key}", received, f"Choose one of {', '.join(choices)}.")
    require(bool(config.sizes or config.scales), f"{at}.sizes", config.sizes, "Give at least one, or a scale.")
    for size in config.sizes:
        require(_is_size(size), f"{at}.sizes", size, "Give pixels of the shorter side, or [height, width].")
    for factor in config.scales:
        require(math.isfinite(factor) and factor > 0, f"{at}.scales", factor, "Give factors above 0.")
    require(config.enlarge >= 1, f"{at}.enlarge", config.enlarge, "Give a factor of 1 or more.")
    require(config.stride is None or config.stride > 0, f"{at}.stride", config.stride, "Give pixels, or null.")
    require(0 <= config.floor <= 1, f"{at}.floor", config.floor, "Give a probability, 0 to 1.")
    require(config.top > 0, f"{at}.top", config.top, "Give 1 or more.")


def _is_size(size: object) -> bool:
    sides = size if isinstance(size, list) else [size, size]
    return len(sides) == 2 and all(type(side) is int and side > 0 for side in sides)
