"""Which engine, and which tiles: by modelled time, within a memory limit."""

from collections.abc import Iterator
from dataclasses import dataclass

from fullconv.convert.geometry import Pair
from fullconv.dense.cost import BYTES, Cost
from fullconv.dense.engines import Engine
from fullconv.dense.tiles import Frame, spans
from fullconv.errors import InputError

# Bytes beside the result where no limit is given.
WORKING_MEMORY = 2**30
# A tiling that is this much slower by the model is as good, if it needs less memory.
_AS_GOOD = 1.03
# Buffers of TensorFlow's own beside a pass's maps.
_BESIDE = 1.25
# Small images go together while their maps stay within so many bytes.
_TOGETHER = 6e7
_PARTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class Tiling:
    """An engine and the number of parts `(down, across)` of the dense map, with the modelled cost of one image.

    The cost's peak is that of one part. Each is computed in so many `bands`, from the top down, which compute nothing
    twice; parts compute what lies around them anew.
    """

    engine: str
    parts: Pair
    cost: Cost
    bands: int = 1


def tilings(engine: Engine, frame: Frame, size: Pair) -> Iterator[Tiling]:
    """Yield ways to compute a dense map of an image of `size` pixels, from the whole at once to small parts."""
    ways = [{_sides(frame, size, axis, parts): parts for parts in reversed(_PARTS)} for axis in (0, 1)]
    for (height, down), down_parts in ways[0].items():
        for (width, across), across_parts in ways[1].items():
            for bands in engine.bands(height) if down == 1 else [1]:
                cost = engine.cost((height, width), bands).times(down * across)
                yield Tiling(engine.name, (down_parts, across_parts), cost, bands)


def best(candidates: list[Tiling], limit: float) -> Tiling:
    """Return the quickest by the model that stays within `limit` bytes; of those about as quick, the smallest.

    Raises:
        InputError: none stays within the limit.
    """
    fitting = [tiling for tiling in candidates if tiling.cost.peak * _BESIDE <= limit]
    if not fitting:
        least = min(tiling.cost.peak for tiling in candidates) * _BESIDE
        raise InputError(
            "memory",
            f"{max(0, limit) / 2**20:,.0f} MiB are left beside the result, "
            f"and the smallest part needs {least / 2**20:,.0f} MiB",
            "Allow more, or ask for a coarser map with stride=….",
        )
    quickest = min(tiling.cost.seconds for tiling in fitting)
    good = (tiling for tiling in fitting if tiling.cost.seconds <= quickest * _AS_GOOD)
    return min(good, key=lambda tiling: (tiling.cost.peak, tiling.parts, tiling.engine, tiling.bands))


def left_for_work(memory: int | None, work: int, frame: Frame, size: Pair, images: int, classes: int) -> float:
    """Return the bytes that a pass may use beside the result: `work` where no limit is given for both."""
    rows, cols = frame.cells(size)
    return work if memory is None else memory - float(rows * cols * images * classes * BYTES)


def batch_of(tiling: Tiling, images: int, room: float) -> int:
    """Return how many images are computed together within `room` bytes; one where their memory is not known."""
    if tiling.parts != (1, 1) or tiling.bands > 1 or not tiling.cost.peak:
        return 1
    return max(1, min(images, int(min(_TOGETHER, room / _BESIDE) // tiling.cost.peak)))


def _sides(frame: Frame, size: Pair, axis: int, parts: int) -> Pair:
    """Return the pixels of the largest of so many parts along an axis, and how many there are."""
    ranges = [
        frame.pixels(axis, span, size[axis]) for span in spans(frame.cells(size)[axis], parts, frame.period(axis))
    ]
    return max(stop - start for start, stop in ranges), len(ranges)
