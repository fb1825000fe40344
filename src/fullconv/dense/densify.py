"""One interface to dense score maps: any image, any engine, bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.first_layers import range_read
from fullconv.convert.geometry import Geometry, Pair
from fullconv.convert.given import require_conversion
from fullconv.dense.ahead import ahead
from fullconv.dense.checks import checked_images, checked_memory, checked_stride
from fullconv.dense.choice import WORKING_MEMORY, Tiling, batch_of, best, left_for_work, tilings
from fullconv.dense.engines import ENGINES, Engine, Rows, engines_of
from fullconv.dense.tiles import Span, frame_of, spans
from fullconv.models.pixels import AUTO

__all__ = ["ENGINES", "Dense", "densify"]

Scores = npt.NDArray[np.float32]  # (N, H', W', K)
Read = Callable[[Span, Span], Any]  # rows and columns, from the first up to one past the last: (N, h, w, C)


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
        self._work = WORKING_MEMORY
        self._others: dict[int, Dense] = {}
        self._tiling = cache(self._choose)

    def within(self, work: int) -> "Dense":
        """Return the same network, whose work beside the result takes `work` bytes; `memory` was not given."""
        if work not in self._others:
            other = copy(self)
            other._work, other._tiling = work, cache(other._choose)
            self._others[work] = other
        return self._others[work]

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
        together = batch_of(self.tiling(*size, images=count), count, self._room(size, count))
        scores = np.empty((count, *self._frame.cells(size), self.conversion.model.output_shape[-1]), np.float32)
        for first in range(0, count, together):
            self._into(scores[first : first + together], partial(_region, pixels[first : first + together]), size)
        return scores

    def of_regions(self, read: Read, size: Pair) -> Scores:
        """Return the dense score map of an image of `size` pixels, `(1, H', W', K)`, which is read as it is needed.

        `read` gives the pixels `(1, h, w, C)` of rows and columns in the range that the network reads. What several
        parts of the map depend on is asked for several times, and what comes next while others are computed with.

        Raises:
            InputError: the memory limit cannot be kept.
        """
        if (tiling := self.tiling(*size)).parts == (1, 1):
            ((_, made),) = self._made(tiling, read, size)
            return made
        scores = np.empty((1, *self._frame.cells(size), self.conversion.model.output_shape[-1]), np.float32)
        self._into(scores, read, size)
        return scores

    def _into(self, scores: Scores, read: Read, size: Pair) -> None:
        for (down, across), made in self._made(self.tiling(*size, images=len(scores)), read, size):
            scores[:, slice(*down), slice(*across)] = made

    def _made(self, tiling: Tiling, read: Read, size: Pair) -> Iterator[tuple[tuple[Span, Span], Scores]]:
        """Yield rows and columns of cells, and their scores, that cover the map."""
        parts = list(product(self._spans(0, size, tiling), self._spans(1, size, tiling)))
        regions = [
            (self._frame.pixels(0, down, size[0]), self._frame.pixels(1, across, size[1])) for down, across in parts
        ]
        given = (_as_needed if tiling.bands > 1 else _at_once)(read, regions)
        for cells, region, rows in zip(parts, regions, given, strict=True):
            held = (region[0][1] - region[0][0], region[1][1] - region[1][0])
            made = self._engines[tiling.engine](rows, held, tiling.bands)
            cut = (self._cut(tiling, axis, cells[axis], region[axis][0]) for axis in (0, 1))
            yield cells, made[(slice(None), *cut)]

    def _choose(self, size: Pair, images: int) -> Tiling:
        ways = [way for engine in self._engines.values() for way in tilings(engine, self._frame, size)]
        return best(ways, self._room(size, images))

    def _room(self, size: Pair, images: int) -> float:
        classes = self.conversion.model.output_shape[-1]
        return left_for_work(self.memory, self._work, self._frame, size, images, classes)

    def _spans(self, axis: int, size: Pair, tiling: Tiling) -> list[Span]:
        return list(spans(self._frame.cells(size)[axis], tiling.parts[axis], self._frame.period(axis)))

    def _cut(self, tiling: Tiling, axis: int, cells: Span, start: int) -> slice:
        """Return which of the cells that an engine makes of pixels from `start` on are the ones that were asked for."""
        step = self._engines[tiling.engine].step[axis]
        first, every = (cells[0] * self.stride[axis] - start) // step, self.stride[axis] // step
        return slice(first, first + (cells[1] - cells[0] - 1) * every + 1, every)


def _region(images: Any, rows: Span, cols: Span) -> Any:
    return images[:, slice(*rows), slice(*cols)]


def _at_once(read: Read, regions: Sequence[tuple[Span, Span]]) -> Iterator[Rows]:
    """Yield what gives rows of regions, each of which is held; the next one is read meanwhile."""
    for pixels in ahead(partial(read, rows, cols) for rows, cols in regions):
        yield partial(_rows, pixels)


def _rows(pixels: Any, start: int, stop: int) -> Any:
    return pixels[:, start:stop]


def _as_needed(read: Read, regions: Sequence[tuple[Span, Span]]) -> Iterator[Rows]:
    """Yield what reads rows of regions."""
    for (top, _), cols in regions:
        yield partial(_rows_read, read, top, cols)


def _rows_read(read: Read, top: int, cols: Span, start: int, stop: int) -> Any:
    return read((top + start, top + stop), cols)
