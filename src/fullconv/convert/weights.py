"""What a layer knows, read from one layer and given to another.

Theano computes a true convolution, which reads its kernel from the last row and column to the first; Keras and
the frameworks of today compute a cross-correlation. Kernels of the one serve the other once both spatial axes
are turned round. Source: Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, section 1.
"""

from typing import Any

import keras
import numpy as np

# Their first weight is a kernel (rows, columns, …); the pointwise kernel of a separable one is 1×1.
_SPATIAL = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)


def weights_of(layer: Any, flip: bool = False) -> list[Any]:
    """Return a layer's weights as arrays; with `flip` a spatial kernel is turned round along both axes."""
    weights = list(layer.get_weights())
    if isinstance(layer, keras.layers.Normalization) and weights:
        # It computes with these two, which set_weights() leaves as they were.
        weights[:2] = [np.reshape(value, old.shape) for value, old in zip(moments(layer), weights[:2], strict=True)]
    if flip and isinstance(layer, _SPATIAL):
        weights[0] = weights[0][::-1, ::-1]
    return weights


def fill(layer: Any, weights: list[Any]) -> None:
    """Give a built layer its weights."""
    layer.set_weights(weights)
    if isinstance(layer, keras.layers.Normalization):
        layer.finalize_state()


def moments(layer: Any) -> tuple[Any, Any]:
    """Return the mean and variance that a Normalization layer computes with."""
    return tuple(np.asarray(keras.ops.convert_to_numpy(value)) for value in (layer.mean, layer.variance))  # type: ignore[return-value]
