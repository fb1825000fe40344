"""Which sizes of objects a set of images holds, from its first images."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from fullconv.config.schema import DERIVED, LocateConfig
from fullconv.locate.located import Located

# Share of the highest score from which an object counts: how high that is depends on the classifier's training.
_CONFIDENT = 2 / 3
# Where no score reaches this, the images show nothing that tells their sizes.
_HIGHEST = 0.3
# Objects outside these quantiles of the sizes do not count: some are false alarms. The inner ones tell whether all have
# one size, since estimates of it scatter.
_OUTER, _INNER = (0.02, 0.98), (0.1, 0.9)
# Median and inner quantiles of sizes, as ratios to the training size, that pass for the training size.
_MEDIAN, _SCATTER = 1.1, 1.15


def narrowed(config: LocateConfig, found: Iterable[Located], shares: tuple[float, float] = (1.0, 1.0)) -> LocateConfig:
    """Return the knobs with `sizes` narrowed to those of the objects found with confidence, and a level more each way.

    Where these have the training size, as far as estimates can tell, `sizes` is empty: one scale. Without a
    confident object the sizes stay. `probe` is 0 in the result: it is done.
    """
    config = replace(config, probe=0)
    images = list(found)
    objects = [one for image in images for one in image.objects]
    highest = max((one.score for one in objects), default=0.0)
    if config.sizes == [] or highest < _HIGHEST:
        return config
    least = _CONFIDENT * highest
    scales = [one.scale for one in objects if one.score >= least]
    low, high = np.quantile(scales, _INNER)
    median = float(np.median(scales))
    if 1 / _MEDIAN <= median <= _MEDIAN and low >= 1 / _SCATTER and high <= _SCATTER:
        return replace(config, sizes=[])
    window = max(images[0].window)
    # What the window measures, and of it the objects: so that the window measures as much again where they are sought.
    least_share, greatest_share = shares
    smallest, largest = (float(scale) * window for scale in np.quantile(scales, _OUTER))
    smallest, largest = smallest * greatest_share, largest * least_share
    low, high = (
        (min(config.sizes), max(config.sizes))
        if config.sizes != DERIVED
        else (window * greatest_share / config.enlarge, math.inf)
    )
    return replace(
        config,
        sizes=[
            max(low, smallest / config.spacing),
            min(high, largest * config.spacing),
        ],
    )
