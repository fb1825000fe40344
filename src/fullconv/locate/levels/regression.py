"""How large and how long objects are, by a second look at the windows around their peaks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.patches import Patches
from fullconv.locate.pause import may_go_on
from fullconv.models.boxes import BoxRegression, seen_by

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion

FloatArray = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
Doubles = npt.NDArray[np.float64]

_TOGETHER = 256  # windows in a forward pass
# Of the logarithms that are read, the most: what lies beyond was never drawn.
_MOST = np.array([0.4, 1.5])


class SecondLook:
    """Reads what a box regression says of the windows around cells."""

    def __init__(
        self, conversion: "Conversion", boxes: BoxRegression, scaled: Callable[[FloatArray], FloatArray]
    ) -> None:
        """Take the network that searches, and what makes of images in 0..1 what it reads.

        Raises:
            InputError: the network has no such layer.
        """
        self._boxes, self._scaled = boxes, scaled
        if "seen" not in conversion.kept:
            conversion.kept["seen"] = _traced(conversion)
        self._see = conversion.kept["seen"]

    def __call__(self, patches: Patches, maps: Indices, rows: Indices, cols: Indices) -> Doubles:
        """Return logarithms (n, 2): how much larger, and how much longer, the objects at cells (n,) are than usual.

        Than objects of their class usually are, on the level of the cell.
        """
        read = np.zeros((len(maps), 2))
        for start in range(0, len(maps), _TOGETHER):
            may_go_on()
            part = slice(start, start + _TOGETHER)
            seen = np.asarray(self._see(self._scaled(patches.windows(maps[part], rows[part], cols[part]))))
            read[part] = self._boxes(seen.reshape(len(seen), -1))
        return read.clip(-_MOST, _MOST)


def _traced(conversion: "Conversion") -> Any:
    from fullconv.convert.traced import traced

    see = seen_by(conversion.model)
    dtype = str(conversion.model.inputs[0].dtype)
    return traced(lambda images: see(images, training=False), conversion.model.input_shape[-1], dtype)
