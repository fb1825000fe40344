"""What one forward pass costs, so that a certificate stays quick for networks of any size."""

import math
from dataclasses import dataclass
from typing import Any

from fullconv.convert.conversion import Conversion
from fullconv.convert.cost.network import cost
from fullconv.convert.geometry import Pair
from fullconv.proof.crops import size_for_crops


@dataclass(frozen=True)
class Work:
    """One image at training size: multiply–accumulates, and bytes of the largest intermediate result."""

    operations: int
    memory: int

    def images_within(self, operations: float) -> int:
        """Return how many images that many multiply–accumulates are good for."""
        return int(operations // max(self.operations, 1))


def work_of(classifier: Any) -> Work:
    """Return the work of a classifier's layers, as far as it is known."""
    table = cost(classifier)
    shapes = [*table.input_shape, *(layer.output_shape for layer in table.layers)]
    largest = max(math.prod(side for side in shape if side is not None) for shape in shapes)
    return Work(table.multiply_accumulates, 4 * largest)


def costs(classifier: Any, conversion: Conversion, size: Pair | None = None) -> dict[str, Any]:
    """Return the tables of a classifier at training size and of its conversion at `size`, as plain values.

    `size` is `(height, width)` in pixels; None stands for that of the random images that a certificate compares
    crops of.
    """
    channels = int(conversion.model.input_shape[-1])
    sides = size_for_crops(conversion.geometry) if size is None else size
    return {"classifier": cost(classifier).as_dict(), "conversion": cost(conversion, (*sides, channels)).as_dict()}
