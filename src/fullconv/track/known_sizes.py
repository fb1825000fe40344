"""The frames and sizes of objects that a classifier of the pipeline learnt from crops, as `prepare` measured them."""

from collections.abc import Mapping
from typing import Any

from fullconv.config.schema import ClassifierConfig
from fullconv.data.crops.measures import share_of
from fullconv.locate.dimensions import Dimensions, dimensions_for


def dimensions_in(measures: Mapping[str, Any] | None, config: ClassifierConfig, in_scenes: bool) -> Dimensions | None:
    """Return what `measures_in` says, for a classifier's window; None where there are no crops.

    `in_scenes` are the pipeline's own, which are reduced; else sizes are in pixels of pictures as they come.
    """
    if measures is None:
        return None
    windows, whole = config.background.windows > 0, 1 / (1 + 2 * measures["margin"])
    shares = [share_of(aspect) if windows else whole for aspect in measures["aspects"]]
    dimensions = dimensions_for(measures["aspects"], measures["sizes"], measures["known"], shares)
    return dimensions.reduced(measures["reduced"]) if in_scenes else dimensions
