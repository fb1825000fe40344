"""The three engines behind one interface."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair
from fullconv.dense.bands import ends_of
from fullconv.dense.carried import Carried
from fullconv.dense.cost import Cost, Costs, rough_costs
from fullconv.dense.forward import Pass, compiled
from fullconv.dense.plan import Plan, plan_of
from fullconv.dense.stitch import shifts, stitch
from fullconv.dense.tiles import Frame
from fullconv.errors import InputError

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, H', W', K)
Rows = Callable[[int, int], Images]  # from a row of pixels up to one past the last

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

    def __call__(self, rows: Rows, size: Pair, bands: int = 1) -> Scores:
        """Return the map of every place of images of `size` pixels, `step` pixels apart; `rows` gives their rows."""


@dataclass(frozen=True)
class Stitch:
    """Shift-and-stitch; it runs any network, as it is.

    `coarse` is the plan of the network's own map; None where a layer's reach is not known: costs are rough then.
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
        """Return what one image costs: the network's own map, once for each shift."""
        return self._costs(size).times(len(list(shifts(self.frame.coarse, self.frame.stride))))

    @cached_property
    def _costs(self) -> Callable[[Pair], Cost]:
        return rough_costs(self.conversion) if self.coarse is None else Costs(self.coarse, self.name)

    def __call__(self, rows: Rows, size: Pair, bands: int = 1) -> Scores:
        """Return the stitched map."""
        return stitch(self.conversion, rows(0, size[0]), self.frame.places(size), self.frame.stride)


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

    def __call__(self, rows: Rows, size: Pair, bands: int = 1) -> Scores:
        """Return the map that the pass gives."""
        places = self.frame.places(size)
        down, across = (0, 0), (0, 0)
        if not self.plan.padded:
            # Whole strides make every reshaping free; what more pixels add is cut off.
            down, across = (0, 0) if bands > 1 else self._more(0, places[0]), self._more(1, places[1])

        def wider(start: int, stop: int) -> Images:
            given = rows(start, stop)
            return np.pad(given, ((0, 0), down, across, (0, 0))) if any((*down, *across)) else given

        cells = (-(-places[0] // self.step[0]), -(-places[1] // self.step[1]))
        if bands > 1:
            return self._banded(wider, (size[0], size[1] + across[1]), bands, cells)
        scores: Scores = np.asarray(self._pass(wider(0, size[0])))
        return scores[:, : cells[0], : cells[1]]

    def _banded(self, rows: Rows, size: Pair, bands: int, cells: Pair) -> Scores:
        scores: Scores | None = None
        first = 0
        for part in self._carried(rows, size, ends_of(self.plan, size[0], bands)):
            if scores is None:
                scores = np.empty((len(part), *cells, part.shape[-1]), np.float32)
            made = part[:, : cells[0] - first, : cells[1]]
            scores[:, first : first + made.shape[1]] = made
            first += made.shape[1]
        assert scores is not None
        return scores

    def _more(self, axis: int, places: int) -> Pair:
        whole = self.step[axis] * self.plan.layout.spacing[axis]
        return 0, -places % whole


def engines_of(conversion: Conversion, frame: Frame, engine: str) -> tuple[Engine, ...]:
    """Return the engines that `engine` lets one choose from: one, or with `auto` all that can run the network.

    Raises:
        InputError: the name is unknown, or the engine cannot run the network.
    """
    names: tuple[str, ...] = ENGINES if engine == "auto" else (engine,)
    if not set(names) <= set(ENGINES):
        raise InputError("engine", f"received {engine!r}", f"Choose one of auto, {', '.join(ENGINES)}.")
    try:
        plan, coarse = plan_of(conversion, frame.stride), plan_of(conversion, frame.coarse)
    except InputError:
        if "stitch" not in names:
            raise
        return (Stitch(conversion, frame, None),)
    if engine == "auto" and plan.padded and frame.stride != frame.coarse:
        # Shifts move the border that padding sees. What is chosen must not show in the numbers.
        names = tuple(name for name in names if name != "stitch")
    dtype = str(conversion.model.inputs[0].dtype)
    return tuple(
        Stitch(conversion, frame, coarse) if name == "stitch" else Planned(name, plan, frame, dtype) for name in names
    )
