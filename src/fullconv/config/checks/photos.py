"""Checks of the photos that a pretrained network is measured on."""

from fullconv.config.checks.locate import FUSIONS, HEADS, check_locate
from fullconv.config.checks.requirement import require
from fullconv.config.schema import PhotosConfig


def check_photos(config: PhotosConfig, at: str) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for key, choices in (("heads", HEADS), ("fusions", FUSIONS)):
        for received in getattr(config, key):
            require(received in choices, f"{at}.{key}", received, f"Choose among {', '.join(choices)}.")
    check_locate(config.locate, f"{at}.locate")
    for key, choices in (("head", HEADS), ("fuse", FUSIONS)):
        received = getattr(config.locate, key)
        require(received in choices, f"{at}.locate.{key}", received, f"Choose one of {', '.join(choices)}.")
    read = config.locate.read
    require(read == "regions", f"{at}.locate.read", read, "Give regions: what is measured is their extent.")
    for side in config.collages:
        require(side > 1, f"{at}.collages", side, "Give 2 cells a side or more.")
    for key, least in (("tile", 1), ("arrangements", 1), ("seed", 0)):
        received = getattr(config, key)
        require(received >= least, f"{at}.{key}", received, f"Give {least} or more.")
    require(0 <= config.recognised <= 1, f"{at}.recognised", config.recognised, "Give a probability, 0 to 1.")
