"""What tells one search of a large image from any other: who goes on with it has to have the same."""

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.config.clusters import RUNNING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullconv.large.search import LargeSearch


def search_identity(search: "LargeSearch", image: "Mapping[str, Any]", dark: bool) -> dict[str, Any]:
    """Return what a search depends on, as JSON has it: the image, what searches, its knobs, its tiles."""
    finder = search.reader.finder
    digest = hashlib.sha256()
    for weights in [*finder.conversion.model.get_weights(), *_box_regression(finder.boxes)]:
        digest.update(str(weights.shape).encode())
        digest.update(np.ascontiguousarray(weights).tobytes())
    return {
        "image": {**image, "dark": dark},
        "weights": digest.hexdigest()[:16],
        "window": list(finder.conversion.window),
        "classes": [one.name for one in finder.sought],
        "channels": [list(one.channels) for one in finder.sought],
        "pixels": finder.pixels,
        "outputs": {"form": finder.outputs.form.value, "order": list(finder.outputs.order)},
        "dimensions": None if finder.dimensions is None else asdict(finder.dimensions),
        "calibration": [list(knot) for knot in finder.calibration],
        "locate": {key: value for key, value in asdict(finder.config).items() if key not in RUNNING},
        "tile": list(search.tiling.side),
    }


def _box_regression(boxes: Any) -> "list[np.ndarray[Any, Any]]":
    return [] if boxes is None else [np.asarray(one) for one in vars(boxes).values() if isinstance(one, np.ndarray)]
