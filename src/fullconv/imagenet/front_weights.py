"""What ImageNet taught the first blocks of EfficientNet-Lite0, for a network that is made of them."""

from pathlib import Path
from typing import Any

import numpy as np

from fullconv.imagenet.networks import LITE0, build_network
from fullconv.models.bottlenecks import EPSILON


def fill_front(model: Any, weights: str = "imagenet") -> int:
    """Give a network's blocks the trained weights of EfficientNet-Lite0, its normalizations folded in; return how many.

    `weights` as `build_network` has them.

    Raises:
        InputError: the weights are not installed, or the file does not hold them.
    """
    trained = build_network(LITE0, weights)
    known = {layer.name for layer in trained.layers}
    layers = [layer for layer in model.layers if layer.name in known and layer.weights]
    for layer in layers:
        (kernel,), (scale, shift, mean, variance) = (
            trained.get_layer(name).get_weights() for name in (layer.name, f"{layer.name}_norm")
        )
        factor = scale / np.sqrt(variance + EPSILON)
        # Of a depthwise kernel (h, w, channel, 1) the channel is the third axis, of others (h, w, in, out) the last.
        along = factor[:, np.newaxis] if layer.name.endswith("_depthwise") else factor
        layer.set_weights([kernel * along, shift - mean * factor])
    return len(layers)


def has_weights() -> bool:
    """Return whether the trained weights are installed."""
    from fullconv.errors import InputError
    from fullconv.imagenet.lite0_weights import packaged_file

    try:
        return Path(packaged_file()).is_file()
    except InputError:
        return False
