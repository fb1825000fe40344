"""The frames and sizes of objects that a classifier of the pipeline learnt from crops, as `prepare` measured them."""

from collections.abc import Mapping
from typing import Any

from fullconv.config.schema import ClassifierConfig
from fullconv.data.windows.pasting import SHARE
from fullconv.locate.dimensions import Dimensions, dimensions_for


def dimensions_in(measures: Mapping[str, Any] | None, config: ClassifierConfig, in_scenes: bool) -> Dimensions | None:
    """Return what `measures_in` says, for a classifier's window; None where there are no crops.

    `in_scenes` are the pipeline's own, which are reduced; else sizes are in pixels of pictures as they come.
    """
    if measures is None:
        return None
    share = SHARE if config.background.windows else 1 / (1 + 2 * measures["margin"])
    dimensions = dimensions_for(measures["aspects"], measures["sizes"], measures["known"], share)
    return dimensions.reduced(measures["reduced"]) if in_scenes else dimensions
