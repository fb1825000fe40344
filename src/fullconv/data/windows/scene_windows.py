"""Windows of scenes that were searched: real surroundings, labelled by what was found there."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import BackgroundConfig
from fullconv.data.crops.balance import Shares, drawn_as_often
from fullconv.data.crops.measures import SHARE
from fullconv.data.windows.labelled import labels_at, sure_ones
from fullconv.data.windows.parts import Finding, Part
from fullconv.data.windows.windows import Floats

FRAME = 28  # pixels of an object's frame that the knobs in pixels are meant for
_TRIES = 50  # places that are drawn until it is known what is there


class SceneWindows:
    """Draws windows of scenes, once something was found there for sure."""

    def __init__(
        self,
        scenes: Part,
        sides: npt.NDArray[np.float64],
        labels: npt.NDArray[np.int32],
        shares: Shares,
        shares_of_window: Sequence[float],
        config: BackgroundConfig,
    ) -> None:
        """Take crops' sides (N,) in pixels of the scenes, their classes (N,) and how often each is drawn (N,).

        `shares_of_window` are what √(height·width) of an object of each class measures of the window's side.
        """
        self._scenes, self._sides, self._labels, self._shares = scenes, sides, labels, shares
        self._shares_of_window, self._config = shares_of_window, config
        self._found: Mapping[int, Sequence[Finding]] = {}
        self._searched: list[int] = []
        self._objects: list[tuple[int, Finding]] = []

    def __len__(self) -> int:
        """Return how many objects were found for sure."""
        return len(self._objects)

    def learn(self, found: Mapping[int, Sequence[Finding]]) -> None:
        """Take what a classifier found in some of the scenes, by their number: their windows are labelled by it now."""
        self._found, self._searched = found, sorted(found)
        self._objects = sure_ones(found)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int32], Floats]:
        """Return windows (N, H, W, C) on 0..255, classes (N,) and certainties (N,): half around what was found."""
        config = self._config
        place, spread = config.place_tolerance / FRAME, config.size_tolerance
        weights = drawn_as_often(np.array([one.label for _, one in self._objects], np.int32), 0.7)
        windows = np.empty((count, *self._scenes.shape), np.float32)
        labels, certainty = np.zeros(count, np.int32), np.zeros(count, np.float32)
        for row in range(count):
            for _ in range(_TRIES):
                number, middle, size, asked = self._somewhere(weights, row % 2 == 0, rng)
                label, sure, known = labels_at(self._found[number], *middle, size, place, spread)
                if known:
                    break
            labels[row], certainty[row] = label, sure
            windows[row] = self._scenes.cut(number, *middle, size / self._shares_of_window[asked])
        return windows, labels, certainty

    def _somewhere(
        self, weights: Shares, near: bool, rng: np.random.Generator
    ) -> tuple[int, tuple[float, float], float, int]:
        """Return a scene, the middle of a window there, the size and the class that its object would have.

        `near` an object that was found, or anywhere.
        """
        config = self._config
        if near:
            number, one = self._objects[int(rng.choice(len(self._objects), p=weights))]
            off = rng.standard_normal(2) * config.place / FRAME * one.size
            return number, (one.y + off[0], one.x + off[1]), one.size * math.exp(rng.normal() * config.size), one.label
        number = self._searched[int(rng.integers(len(self._searched)))]
        crop = int(rng.choice(len(self._sides), p=self._shares))
        size = float(self._sides[crop]) * math.exp(rng.normal() * 0.3)
        size = min(size, SHARE * min(self._scenes.size(number)))
        return number, self._scenes.anywhere(number, size, rng), size, int(self._labels[crop])
