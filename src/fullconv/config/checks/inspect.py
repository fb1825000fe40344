"""Checks of what is shown of what a classifier has learnt."""

from fullconv.config.checks.requirement import require
from fullconv.config.schema import InspectConfig

PROJECTIONS = ("tsne", "pca")


def check_inspect(config: InspectConfig, at: str) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    require(config.neighbours >= 1, f"{at}.neighbours", config.neighbours, "Give 1 or more.")
    least = max(config.neighbours + 1, 3)
    mend = f"Give {least} or more: each image has {config.neighbours} others as neighbours."
    require(config.images >= least, f"{at}.images", config.images, mend)
    require(config.queries >= 1, f"{at}.queries", config.queries, "Give 1 or more.")
    require(config.image >= 0, f"{at}.image", config.image, "Give the place of a test image, from 0.")
    received = config.projection
    require(received in PROJECTIONS, f"{at}.projection", received, f"Choose {' or '.join(PROJECTIONS)}.")
