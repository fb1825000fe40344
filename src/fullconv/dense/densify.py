"""One interface to dense score maps: any image, any engine, bounded memory."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.first_layers import range_read
from fullconv.convert.geometry import Geometry, Pair
from fullconv.convert.given import require_conversion
from fullconv.dense.checks import checked_images, checked_memory, checked_stride
from fullconv.dense.choice import Tiling, batch_of, best, left_for_work, tilings
from fullconv.dense.engines import ENGINES, Engine, engines_of
from fullconv.dense.tiles import Span, frame_of, spans
from fullconv.models.pixels import AUTO

__all__ = ["ENGINES", "Dense", "densify"]

Scores = npt.NDArray[np.float32]  # (N, H', W', K)


def densify(
    conversion: Conversion,
    engine: str = "auto",
    stride: int | Pair = 1,
    memory: int | None = None,
    pixels: str | None = AUTO,
) -> "Dense":
    """Return a function of images `(N, H, W, C)` that gives dense score maps `(N, H', W', K)`.

    `engine` is `stitch` (shift-and-stitch, the oracle), `dilate` (strides removed, later kernels dilated), `fragment`
    (max-pooling fragments) or `auto`: the quickest by a cost model. `stride` is in pixels, `y` and `x` where two are
    given, and divides the network's own. `memory` limits the bytes of the result and the work together; it is kept by
    computing the map in parts, and the numbers are those of the whole. Images are in 0..1, or integers of 0..255;
    `pixels` is the range that the network reads them in, a key of `fullconv.models.pixels.RANGES`: `auto` is what its
    first layers ask for, else 0..1, and real numbers outside 0..1 are handed on as they are. None hands on all images.

    Raises:
        InputError: no conversion, an unknown engine, one that cannot run the network (it names the layer), a stride
            that is no divisor, a limit that is no number of bytes, or a range that there is not.
    """
    require_conversion(conversion)
    strides = checked_stride(stride, conversion.geometry.stride)
    engines = engines_of(conversion, frame_of(conversion, strides), engine)
    read = None if pixels is None else range_read(conversion.model, pixels)
    return Dense(conversion, engines, strides, checked_memory(memory, engines), read, pixels != AUTO)


class Dense:
    """Dense score maps of a conversion; made by `densify`.

    `H'` is `ceil((H − h + 1) / stride)`: at stride 1 every window of the image has a cell, and `geometry` says which.
    """

    def __init__(
        self,
        conversion: Conversion,
        engines: tuple[Engine, ...],
        stride: Pair,
        memory: int | None,
        pixels: str | None,
        given: bool,
    ) -> None:
        self.conversion = conversion
        self.pixels = pixels
        self._given = given
        self.stride = stride
        self.memory = memory
        self.geometry = Geometry(conversion.geometry.window, stride, conversion.geometry.offset)
        self._engines = {engine.name: engine for engine in engines}
        self._frame = frame_of(conversion, stride)
        self._tiling = cache(self._choose)

    @property
    def engine(self) -> str:
        """The engine's name; with `auto` that for one image twice as large as the window."""
        height, width = self.conversion.window
        return self.tiling(2 * height, 2 * width).engine

    def tiling(self, height: int, width: int, images: int = 1) -> Tiling:
        """Return the engine and the parts in which images of `height` × `width` pixels are computed.

        Raises:
            InputError: the memory limit cannot be kept.
        """
        # Without a limit the number of images changes nothing: the choice is made once a size.
        return self._tiling((height, width), 1 if self.memory is None else images)

    def __call__(self, images: Any) -> Scores:
        """Return the dense score maps of images `(N, H, W, C)` in 0..1, or of integers in 0..255.

        Raises:
            InputError: images of another shape, not numbers, not finite, in another range, or smaller than the window;
                or the memory limit cannot be kept.
        """
        pixels = checked_images(images, self.conversion, self.pixels, self._given)
        count, size = len(pixels), (pixels.shape[1], pixels.shape[2])
        tiling = self.tiling(*size, images=count)
        together = batch_of(tiling, count, self._room(size, count))
        scores = np.empty((count, *self._frame.cells(size), self.conversion.model.output_shape[-1]), np.float32)
        for first in range(0, count, together):
            part = slice(first, first + together)
            for rows in self._spans(0, size, tiling):
                for cols in self._spans(1, size, tiling):
                    scores[part, slice(*rows), slice(*cols)] = self._part(tiling, pixels[part], rows, cols)
        return scores

    def _choose(self, size: Pair, images: int) -> Tiling:
        ways = [way for engine in self._engines.values() for way in tilings(engine, self._frame, size)]
        return best(ways, self._room(size, images))

    def _room(self, size: Pair, images: int) -> float:
        return left_for_work(self.memory, self._frame, size, images, self.conversion.model.output_shape[-1])

    def _spans(self, axis: int, size: Pair, tiling: Tiling) -> list[Span]:
        return list(spans(self._frame.cells(size)[axis], tiling.parts[axis], self._frame.period(axis)))

    def _part(self, tiling: Tiling, images: Any, rows: Span, cols: Span) -> Scores:
        """Return a part of the dense map, from no more pixels than it depends on."""
        engine, ranges, cuts = self._engines[tiling.engine], [], []
        for axis, span in enumerate((rows, cols)):
            start, stop = self._frame.pixels(axis, span, images.shape[1 + axis])
            ranges.append(slice(start, stop))
            step = engine.step[axis]
            first, every = (span[0] * self.stride[axis] - start) // step, self.stride[axis] // step
            cuts.append(slice(first, first + (span[1] - span[0] - 1) * every + 1, every))
        return engine(images[:, ranges[0], ranges[1]], tiling.bands)[:, cuts[0], cuts[1]]
