"""The classifier as its conversion reads it: the other side of every comparison."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.graph import graph_of, is_nested
from fullconv.convert.subclasses import plain
from fullconv.convert.weights import fill, weights_of

Images = npt.NDArray[np.float32]  # (N, h, w, C)
Scores = npt.NDArray[np.float32]  # (N, K)


class _Turned(keras.layers.Conv2D):  # type: ignore[misc]  # keras has no types
    """A convolution with its channels first that TensorFlow computes with channels last.

    Without oneDNN TensorFlow has no convolution with channels first on a processor. Keras turns the maps of pools and
    of depthwise convolutions itself; here those of all others are turned likewise, so that every machine compares the
    same.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Return `(N, F, H', W')` for maps `(N, C, H, W)`, without bias."""
        maps = keras.ops.transpose(inputs, (0, 2, 3, 1))
        maps = keras.ops.conv(maps, kernel, self.strides, self.padding, "channels_last", self.dilation_rate)
        return keras.ops.transpose(maps, (0, 3, 1, 2))


def reference(classifier: Any, conversion: Conversion) -> Callable[[Images], Scores]:
    """Return the function from images `(N, h, w, C)`, channels last, to the classifier's scores `(N, K)`.

    A classifier that reads its channels first gets them first, in its own graph and order. Where TensorFlow may lack a
    kernel for that, or the conversion turned its kernels round, a copy computes; the classifier is left as it was.
    """
    own = not (conversion.flipped or _convolves_channels_first(classifier))
    model = classifier if own else _copied(classifier, conversion.flipped)

    def scores(images: Images) -> Scores:
        given = np.moveaxis(images, -1, 1) if conversion.channels_first else images
        return np.asarray(model(given, training=False), dtype=np.float32)

    return scores


def _turns(layer: Any) -> bool:
    return type(plain(layer)) is keras.layers.Conv2D and layer.data_format == "channels_first"


def _convolves_channels_first(model: Any) -> bool:
    # Within a network whose images have their channels last, too: Permute may turn them.
    layers = (step.layer for step in graph_of(model).steps)
    return any(_convolves_channels_first(layer) if is_nested(layer) else _turns(layer) for layer in layers)


def _copied(classifier: Any, flip: bool) -> Any:
    pairs: list[tuple[Any, Any]] = []

    def copied(layer: Any) -> Any:
        own = plain(layer)
        cls = _Turned if _turns(own) else type(own)
        pairs.append((layer, cls.from_config(own.get_config())))
        return pairs[-1][1]

    # Keras remembers what it has copied: a layer or a nested model that is called twice stays one.
    copy = keras.models.clone_model(classifier, clone_function=copied, recursive=True)
    for layer, new in pairs:
        if isinstance(layer, keras.Layer):  # an operator of keras.ops has no weights
            fill(new, weights_of(layer, flip))
    return copy
