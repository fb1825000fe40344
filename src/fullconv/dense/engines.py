"""The three engines behind one interface."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair
from fullconv.dense.bands import ends_of
from fullconv.dense.carried import Carried
from fullconv.dense.cost import Cost, Costs
from fullconv.dense.forward import Pass, compiled
from fullconv.dense.plan import Plan, plan_of
from fullconv.dense.stitch import shifts, stitch
from fullconv.dense.tiles import Frame
from fullconv.errors import InputError

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, H', W', K)

ENGINES = ("stitch", "dilate", "fragment")
_BANDS = (1, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Engine(Protocol):
    """One way to a dense map."""

    @property
    def name(self) -> str:
        """One of ENGINES."""

    @property
    def step(self) -> Pair:
        """Pixels between the cells that the engine gives; they divide the stride that was asked for."""

    def bands(self, height: int) -> list[int]:
        """Return in how many bands of rows images of `height` pixels can be computed, each going on from the last."""

    def cost(self, size: Pair, bands: int = 1) -> Cost:
        """Return what one image of `size` pixels costs."""

    def __call__(self, images: Images, bands: int = 1) -> Scores:
        """Return the map of every place of the images, `step` pixels apart."""


@dataclass(frozen=True)
class Stitch:
    """Shift-and-stitch; it runs any network, as it is.

    `coarse` is the plan of the network's own map; None where a layer's reach is not known, nor then its memory.
    """

    conversion: Conversion
    frame: Frame
    coarse: Plan | None
    name: str = "stitch"

    @property
    def step(self) -> Pair:
        """The stride that was asked for."""
        return self.frame.stride

    def bands(self, height: int) -> list[int]:
        """Return that the network computes images as they are."""
        return [1]

    def cost(self, size: Pair, bands: int = 1) -> Cost:
        """Return what one image costs: the network's own map, once for each shift; nothing where it is not known."""
        if self._costs is None:
            return Cost(0, 0, 0, 0)
        return self._costs(size).times(len(list(shifts(self.frame.coarse, self.frame.stride))))

    @cached_property
    def _costs(self) -> Costs | None:
        return None if self.coarse is None else Costs(self.coarse, self.name)

    def __call__(self, images: Images, bands: int = 1) -> Scores:
        """Return the stitched map."""
        return stitch(self.conversion, images, self.frame.places(_size(images)), self.frame.stride)


@dataclass(frozen=True)
class Planned:
    """Dilation or fragments: one pass over the network laid out for every place."""

    name: str
    plan: Plan
    frame: Frame
    dtype: str

    @property
    def step(self) -> Pair:
        """The stride that the plan takes; a divisor of what was asked for."""
        return self.plan.layout.skipped

    @cached_property
    def _pass(self) -> Pass:
        return compiled(self.plan, self.name, self.dtype)

    @cached_property
    def _carried(self) -> Carried:
        return Carried(self.plan, self.dtype)

    @cached_property
    def _costs(self) -> Costs:
        return Costs(self.plan, self.name)

    def bands(self, height: int) -> list[int]:
        """Return in how many bands the plan can go down images; fragments lie apart, and have no next row."""
        if self.name != "dilate":
            return [1]
        return sorted({len(ends_of(self.plan, height, bands)) for bands in _BANDS})

    def cost(self, size: Pair, bands: int = 1) -> Cost:
        """Return what one image costs."""
        return self._costs(size, bands)

    def __call__(self, images: Images, bands: int = 1) -> Scores:
        """Return the map that the pass gives."""
        places = self.frame.places(_size(images))
        if not self.plan.padded:
            # Whole strides make every reshaping free; what more pixels add is cut off.
            down = (0, 0) if bands > 1 else self._more(0, places[0])
            images = np.pad(images, ((0, 0), down, self._more(1, places[1]), (0, 0)))
        rows, cols = (-(-count // step) for count, step in zip(places, self.step, strict=True))
        if bands > 1:
            return self._banded(images, bands, (rows, cols))
        scores: Scores = np.asarray(self._pass(images))
        return scores[:, :rows, :cols]

    def _banded(self, images: Images, bands: int, cells: Pair) -> Scores:
        scores = np.empty((len(images), *cells, self.plan.channels[1]), np.float32)
        first = 0
        ends = ends_of(self.plan, images.shape[1], bands)
        for part in self._carried(lambda start, stop: images[:, start:stop], _size(images), ends):
            rows = part[:, : cells[0] - first, : cells[1]]
            scores[:, first : first + rows.shape[1]] = rows
            first += rows.shape[1]
        return scores

    def _more(self, axis: int, places: int) -> Pair:
        whole = self.step[axis] * self.plan.layout.spacing[axis]
        return 0, -places % whole


def engines_of(conversion: Conversion, frame: Frame, engine: str) -> tuple[Engine, ...]:
    """Return the engines that `engine` lets one choose from: one, or with `auto` all that can run the network.

    Raises:
        InputError: the name is unknown, or the engine cannot run the network.
    """
    names = ENGINES if engine == "auto" else (engine,)
    if not set(names) <= set(ENGINES):
        raise InputError("engine", f"received {engine!r}", f"Choose one of auto, {', '.join(ENGINES)}.")
    try:
        plan, coarse = plan_of(conversion, frame.stride), plan_of(conversion, frame.coarse)
    except InputError:
        if "stitch" not in names:
            raise
        return (Stitch(conversion, frame, None),)
    dtype = str(conversion.model.inputs[0].dtype)
    return tuple(
        Stitch(conversion, frame, coarse) if name == "stitch" else Planned(name, plan, frame, dtype) for name in names
    )


def _size(images: Any) -> Pair:
    return int(images.shape[1]), int(images.shape[2])
