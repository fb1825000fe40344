"""A conversion at a stride: maps of images, and where their cells lie."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.outputs import PROBABILITIES, Outputs
from fullconv.locate.pause import may_go_on

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Pair
    from fullconv.dense.densify import Dense, Read
    from fullconv.dense.tiles import Frame

FloatArray = npt.NDArray[np.float32]


def _shared(conversion: "Conversion", engine: str, stride: "int | Pair") -> "Dense":
    """Return the dense network, planned and traced once: each set of scenes has a reader of its own."""
    from fullconv.dense.densify import densify

    key = ("dense", engine, stride)
    if key not in conversion.kept:
        conversion.kept[key] = densify(conversion, engine, stride, pixels=None)
    made: Dense = conversion.kept[key]
    return made


class Network:
    """Score maps (N, H', W', K) of images (N, H, W, C), as coarse as the conversion or denser.

    `geometry` says which pixels a cell stands for, `window` the classifier's `(h, w)`: the frame of an object.
    """

    def __init__(
        self,
        conversion: "Conversion",
        stride: "int | Pair | None" = None,
        engine: str = "auto",
        scaled: Callable[[FloatArray], FloatArray] | None = None,
        outputs: Outputs = PROBABILITIES,
    ) -> None:
        """Take the conversion's own stride, or a divisor of it that an engine of `fullconv.densify` computes.

        `scaled` makes of images in 0..1 what the network reads; not given, it reads them as they are. `outputs` makes
        probabilities of its scores.

        Raises:
            InputError: the stride is no divisor, or the engine is unknown or cannot run the network.
        """
        self.window = conversion.window
        self.channels: int = conversion.model.input_shape[-1]
        self.classes: int = outputs.classes(conversion.model.output_shape[-1])
        self._conversion = conversion
        self._scaled, self._outputs = scaled, outputs
        self._dense: Any = None
        self._cells: dict[Pair, Pair] = {}
        if stride is None:
            self.geometry = conversion.geometry
        else:
            self._dense = _shared(conversion, engine, stride)
            self.geometry = self._dense.geometry

    @cached_property
    def _frame(self) -> "Frame":
        from fullconv.dense.tiles import frame_of

        return frame_of(self._conversion, self.geometry.stride)

    @property
    def least(self) -> "Pair":
        """The smallest image that has a cell."""
        return self.geometry.window if tuple(self.geometry.offset) == (0, 0) else self.window

    def cells(self, size: "Pair") -> "Pair":
        """Return the cells of the map of an image of `size` pixels."""
        if size not in self._cells:
            self._cells[size] = self._count(size)
        return self._cells[size]

    def _count(self, size: "Pair") -> "Pair":
        if not self._conversion.cellwise:
            return self.geometry.cells(*size)
        if self._dense is not None:
            rows, cols = self._frame.cells(size)
        else:
            model = self._conversion.model
            _, rows, cols, _ = model.compute_output_shape((1, *size, model.input_shape[-1]))
        return int(rows), int(cols)

    def pixels(self, axis: int, cells: "Pair", size: int) -> "Pair":
        """Return the first pixel, and one past the last, that a span of cells needs to be as in the whole image."""
        return self._frame.pixels(axis, cells, size)

    def period(self, axis: int) -> int:
        """Return how many cells lie from one of the network's own cells to the next: parts of a map begin there."""
        return self._frame.period(axis)

    def begun(self, axis: int, cells: "Pair") -> "Pair":
        """Return a span of cells that begins where a part of a map may: at one of the network's own cells."""
        return cells[0] - cells[0] % self.period(axis), cells[1]

    def __call__(self, images: FloatArray, batch_size: int) -> FloatArray:
        """Return the score maps, computed by `batch_size` images at a time."""
        rows, cols = self.cells((images.shape[1], images.shape[2]))
        forward = self._conversion.forward if self._dense is None else self._dense
        read = images if self._scaled is None else self._scaled(images)
        parts = []
        for start in range(0, len(read), batch_size):
            may_go_on()
            parts.append(forward(read[start : start + batch_size])[:, :rows, :cols])
        return self._outputs.probabilities(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def of_regions(self, read: "Read", size: "Pair", room: int) -> FloatArray:
        """Return the score map (1, H', W', K) of an image of `size` pixels, so that the work takes `room` bytes.

        `read` gives the pixels (1, h, w, C) of rows and columns, from the first up to one past the last, when they are
        needed.

        Raises:
            InputError: there is too little room.
        """

        def scaled(rows: "Pair", cols: "Pair") -> FloatArray:
            may_go_on()
            given: FloatArray = read(rows, cols)
            return given if self._scaled is None else self._scaled(given)

        down, across = self.cells(size)
        return self._outputs.probabilities(self.within(room).of_regions(scaled, size)[:, :down, :across])

    def within(self, room: int) -> "Dense":
        """Return the dense network whose work takes `room` bytes."""
        dense: Dense = self._dense or _shared(self._conversion, "auto", self.geometry.stride)
        return dense.within(room)
