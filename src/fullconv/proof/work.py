"""What one forward pass costs, so that a certificate stays quick for networks of any size."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Work:
    """One image at training size: multiply-adds, and bytes of the largest intermediate result."""

    operations: int
    memory: int

    def images_within(self, operations: float) -> int:
        """Return how many images that many multiply-adds are good for."""
        return int(operations // max(self.operations, 1))


def work_of(classifier: Any) -> Work:
    """Return the work of a classifier's convolutions and dense layers; a shared layer counts once."""
    operations, memory = 0, 0
    for layer, elements in _outputs(classifier):
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            # Each output element reads the kernel of one filter.
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            filters = math.prod(kernel.shape[2:]) if depthwise else kernel.shape[-1]
            operations += elements * math.prod(kernel.shape) // filters
        memory = max(memory, 4 * elements)
    return Work(operations, memory)


def _outputs(model: Any) -> Iterator[tuple[Any, int]]:
    """Yield each layer with the number of elements that it gives for one image."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _outputs(layer)
            continue
        try:
            shape = layer.output.shape
        except AttributeError:  # several outputs, or none: no kernel either
            continue
        if all(side is not None for side in shape[1:]):
            yield layer, math.prod(shape[1:])
