"""Checks of how images are searched."""

import math

from fullconv.config.checks.requirement import require
from fullconv.config.clusters import place_of
from fullconv.config.schema import DERIVED, LocateConfig

HEADS = ("cell", "window")
FUSIONS = ("confident", "geometric", "mean", "max")
_CHOICES = (
    ("read", ("auto", "peaks", "regions")),
    ("head", ("auto", *HEADS)),
    ("search", ("auto", "whole", "coarse")),
    ("engine", ("auto", "stitch", "dilate", "fragment")),
    ("fuse", ("auto", *FUSIONS)),
    ("box", ("auto", "window", "tight")),
    ("dtype", ("float32", "float16")),
    ("skip", ("none", "blank")),
)


def check_locate(config: LocateConfig, at: str) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for key, choices in _CHOICES:
        received = getattr(config, key)
        require(received in choices, f"{at}.{key}", received, f"Choose one of {', '.join(choices)}.")
    require(0 <= config.floor <= 1, f"{at}.floor", config.floor, "Give a probability, 0 to 1.")
    above = config.floor > 0 or config.read == "regions"
    require(above, f"{at}.floor", config.floor, "Give a probability above 0, or locate.read=regions.")
    require(
        config.threshold is None or 0 <= config.threshold <= 1,
        f"{at}.threshold",
        config.threshold,
        "Give a probability, 0 to 1, or null for the best F1 on the validation mosaics.",
    )
    require(0 <= config.overlap <= 1, f"{at}.overlap", config.overlap, "Give an intersection over union, 0 to 1.")
    _check_levels(config, at)
    require(0 <= config.border < 0.5, f"{at}.border", config.border, "Give a share of the window below 0.5.")
    require(config.stride is None or config.stride > 0, f"{at}.stride", config.stride, "Give pixels, or [auto].")
    require(config.probe >= 0, f"{at}.probe", config.probe, "Give images, or 0 for none.")
    require(not config.probe or config.sizes != [], f"{at}.probe", config.probe, f"Give {at}.sizes for it to narrow.")
    place_of(config.cluster, f"{at}.cluster")
    options = config.cluster_options
    given = options is None or (isinstance(options, dict) and all(isinstance(key, str) for key in options))
    require(given, f"{at}.cluster_options", options, "Give {queue: NAME, cores: 16, memory: 32GB}, or null.")
    for key in ("batch_size", "top"):
        received = getattr(config, key)
        require(received > 0, f"{at}.{key}", received, "Give 1 or more.")


def _check_levels(config: LocateConfig, at: str) -> None:
    sizes = config.sizes
    require(
        sizes == DERIVED or (len(sizes) in (0, 2) and all(_is_size(size) for size in sizes)),
        f"{at}.sizes",
        sizes,
        "Give the smallest and the largest object in pixels, [] for the training size alone, or null.",
    )
    require(
        1.01 <= config.spacing < math.inf, f"{at}.spacing", config.spacing, "Give a ratio of 1.01 or more, say 1.19."
    )
    require(bool(config.levels or config.scales), f"{at}.levels", config.levels, "Give at least one, or a scale.")
    for level in [] if config.levels == DERIVED else config.levels:
        require(_is_level(level), f"{at}.levels", level, "Give pixels of the shorter side, or [height, width].")
    for factor in config.scales:
        require(math.isfinite(factor) and factor > 0, f"{at}.scales", factor, "Give factors above 0.")
    require(config.enlarge >= 1, f"{at}.enlarge", config.enlarge, "Give a factor of 1 or more.")
    require(config.memory is None or config.memory > 0, f"{at}.memory", config.memory, "Give bytes, or null for 1 GiB.")


def _is_size(size: object) -> bool:
    return isinstance(size, int | float) and type(size) is not bool and math.isfinite(size) and size > 0


def _is_level(level: object) -> bool:
    sides = level if isinstance(level, list) else [level, level]
    return len(sides) == 2 and all(type(side) is int and side > 0 for side in sides)
