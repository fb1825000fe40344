"""What an image of any size costs, from what one of twice the window's costs: it grows with the area."""

from functools import cached_property
from math import prod

from fullconv.convert.conversion import Conversion
from fullconv.convert.cost.network import cost
from fullconv.convert.cost.table import CostTable
from fullconv.convert.geometry import Pair

# Layers whose outputs are in memory at once: what a layer reads and writes, and a branch beside it.
_TOGETHER = 3
_NUMBER = 4  # bytes


class ByArea:
    """About what a conversion's own map of one image takes; no layer needs to be known."""

    def __init__(self, conversion: Conversion) -> None:
        """Take the conversion."""
        self._conversion = conversion

    @property
    def least(self) -> Pair:
        """Twice the window, in pixels: the image whose costs are counted."""
        height, width = self._conversion.window
        return 2 * height, 2 * width

    def bytes_of(self, size: Pair) -> float:
        """Return about how many bytes the activations of an image of `size` pixels take."""
        outputs = [prod(side or 1 for side in layer.output_shape) for layer in self._table.layers]
        most = max(sum(outputs[start : start + _TOGETHER]) for start in range(len(outputs)))
        return _NUMBER * most * self._times(size)

    def work_of(self, size: Pair) -> float:
        """Return about how many multiply–accumulates an image of `size` pixels takes."""
        return self._table.multiply_accumulates * self._times(size)

    @cached_property
    def _table(self) -> CostTable:
        return cost(self._conversion, (*self.least, int(self._conversion.model.input_shape[-1])))

    def _times(self, size: Pair) -> float:
        return size[0] * size[1] / prod(self.least)
