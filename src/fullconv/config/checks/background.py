"""What the knobs of the background must be."""

import math

from fullconv.config.checks.requirement import require
from fullconv.config.schema import BackgroundConfig


def check_background(config: BackgroundConfig, where: str) -> None:
    """Check the knobs of one classifier's background; `where` is their key.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for key in ("train", "test", "windows", "up_to", "neighbours"):
        require(getattr(config, key) >= 0, f"{where}.{key}", getattr(config, key), "Give a count of 0 or more.")
    if not config.windows:
        return
    require(config.train == 0, f"{where}.train", config.train, "Give 0: windows hold their own background.")
    require(config.test > 0, f"{where}.test", config.test, "Give at least 1 window to validate on.")
    for key in ("share", "empty", "company", "overlap", "contrast", "inverted"):
        require(0 <= getattr(config, key) <= 1, f"{where}.{key}", getattr(config, key), "Give a share from 0 to 1.")
    for key in ("reach", "place", "size", "rotation", "stretch"):
        value = getattr(config, key)
        require(0 <= value < math.inf, f"{where}.{key}", value, "Give a finite number, 0 or more.")
    for key in ("place_tolerance", "size_tolerance"):
        value = getattr(config, key)
        require(0 < value < math.inf, f"{where}.{key}", value, "Give a finite number above 0.")
    require(0 < config.resolution <= 1, f"{where}.resolution", config.resolution, "Give a share above 0, at most 1.")
    looks = list(config.looks)
    require(all(0 < one < 1 for one in looks), f"{where}.looks", looks, "Give shares of the epochs, such as [0.5].")
    require(1 <= config.hardest < math.inf, f"{where}.hardest", config.hardest, "Give 1 (no mining) or more.")
    sizes = list(config.sizes)
    require(
        len(sizes) == 2 and 0 < sizes[0] <= sizes[1] < math.inf,
        f"{where}.sizes",
        sizes,
        "Give the least and the greatest size as multiples of the image's, such as [0.4, 3].",
    )
    for kind, weight in vars(config.grounds).items():
        require(0 <= weight < math.inf, f"{where}.grounds.{kind}", weight, "Give a weight of 0 or more.")
    require(sum(vars(config.grounds).values()) > 0, f"{where}.grounds", "weights of 0", "Give one of them a weight.")
