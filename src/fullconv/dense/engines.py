"""The three engines behind one interface."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair
from fullconv.dense.cost import Cost, cost_of
from fullconv.dense.forward import Pass, compiled
from fullconv.dense.plan import Plan, plan_of
from fullconv.dense.stitch import shifts, stitch
from fullconv.dense.tiles import Frame
from fullconv.errors import InputError

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, H', W', K)

ENGINES = ("stitch", "dilate", "fragment")


class Engine(Protocol):
    """One way to a dense map."""

    @property
    def name(self) -> str:
        """One of ENGINES."""

    @property
    def step(self) -> Pair:
        """Pixels between the cells that the engine gives; they divide the stride that was asked for."""

    def cost(self, size: Pair) -> Cost:
        """Return what one image of `size` pixels costs."""

    def __call__(self, images: Images) -> Scores:
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

    def cost(self, size: Pair) -> Cost:
        """Return what one image costs: the network's own map, once for each shift; nothing where it is not known."""
        if self.coarse is None:
            return Cost(0, 0, 0, 0)
        return cost_of(self.coarse, self.name, size).times(len(list(shifts(self.frame.coarse, self.frame.stride))))

    def __call__(self, images: Images) -> Scores:
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

    def cost(self, size: Pair) -> Cost:
        """Return what one image costs."""
        return cost_of(self.plan, self.name, size)

    def __call__(self, images: Images) -> Scores:
        """Return the map that the pass gives."""
        places = self.frame.places(_size(images))
        if not self.plan.padded:
            # Whole strides make every reshaping free; what more pixels add is cut off.
            images = np.pad(images, ((0, 0), *(self._more(axis, places[axis]) for axis in (0, 1)), (0, 0)))
        scores: Scores = np.asarray(self._pass(images))
        rows, cols = (-(-count // step) for count, step in zip(places, self.step, strict=True))
        return scores[:, :rows, :cols]

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
