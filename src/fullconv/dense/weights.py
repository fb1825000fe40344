"""The numbers that a convolution multiplies with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fullconv.dense.operations import Convolution

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Weights:
    """Kernels as the layer has them, but for a normalization that was drawn in; the ones a layer lacks are None."""

    kernel: Any  # (rows, columns, C, C'), by channel (rows, columns, C, multiplier)
    pointwise: Any  # (1, 1, C, C')
    bias: Any  # (C',)


def weights_of(convolution: Convolution) -> Weights:
    """Return a convolution's weights in the number format that it computes in."""
    layer, normalization = convolution.layer, convolution.normalization
    separable = hasattr(layer, "pointwise_kernel")
    kernel = layer.depthwise_kernel if separable else layer.kernel
    pointwise = layer.pointwise_kernel if separable else None
    bias = layer.bias if layer.use_bias else None
    if normalization is not None:
        scale, shift = _scale_and_shift(normalization)
        bias = shift if bias is None else np.asarray(bias) * scale + shift
        if separable:
            pointwise = np.asarray(pointwise) * scale
        else:
            # A depthwise kernel's last two axes, together, are the channels that it makes.
            across = np.shape(kernel)[2:] if convolution.by_channel else (-1,)
            kernel = np.asarray(kernel) * scale.reshape(across)
    made = (
        None if part is None else tf.cast(tf.convert_to_tensor(part), layer.compute_dtype)
        for part in (kernel, pointwise, bias)
    )
    return Weights(*made)


def _scale_and_shift(normalization: Any) -> tuple[Array, Array]:
    mean, variance = np.asarray(normalization.moving_mean), np.asarray(normalization.moving_variance)
    scale = 1 / np.sqrt(variance + normalization.epsilon)
    if normalization.scale:
        scale = scale * np.asarray(normalization.gamma)
    shift = -mean * scale
    if normalization.center:
        shift = shift + np.asarray(normalization.beta)
    return scale, shift
