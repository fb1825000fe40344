"""Whether a classifier reads its channels first or last."""

from collections.abc import Iterator
from typing import Any

import keras

from fullconv.convert.graph import graph_of, is_nested


def reads_channels_first(classifier: Any) -> bool:
    """Return whether images are `(N, C, h, w)`: the first layer that looks for the channels says so.

    A flatten layer says so only where it moves the channels; where no layer says anything they are last.
    """
    return next(_answers(classifier), False)


def _answers(model: Any) -> Iterator[bool]:
    for step in graph_of(model).steps:
        layer = step.layer
        if is_nested(layer):
            yield from _answers(layer)
        elif isinstance(layer, keras.layers.Permute) and tuple(layer.dims) in ((3, 1, 2), (2, 3, 1)):
            yield tuple(layer.dims) == (2, 3, 1)
        elif isinstance(layer, keras.layers.Flatten):
            if layer.data_format == "channels_first":
                yield True
        elif getattr(layer, "data_format", None) is not None:
            yield layer.data_format == "channels_first"
