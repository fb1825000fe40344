"""What crops are laid on: parts of scenes and of pictures of nothing, or what crops show at their own borders."""

import math

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import GroundsConfig
from fullconv.data.windows.backdrops import checked_shares, noise_grounds, photo_grounds
from fullconv.data.windows.parts import Part
from fullconv.data.windows.windows import Floats

_ABOUT = 0.15  # spread of the logarithm of a scene's scale around what the crop's size says
_UNKNOWN = (0.25, 4.0)  # its range, where crops were resized and sizes say nothing


class CropGrounds:
    """Draws grounds of the kinds that there are pictures for, with the weights of the configuration."""

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        spans: npt.NDArray[np.float64],
        config: GroundsConfig,
        scenes: Part,
        nothing: Part,
        unscaled: bool,
    ) -> None:
        """Take crops (N, S, S, C) and what the window spans (N,) in pixels of scenes where each has its true size.

        `unscaled` says whether sizes are those of scenes.
        """
        self._images, self._spans, self._unscaled = images, spans, unscaled
        self._scenes, self._nothing = scenes, nothing
        self.shape = (scenes.window, scenes.window, int(images.shape[-1]))
        known = {"scene": bool(len(scenes)), "nothing": bool(len(nothing))}
        shares = checked_shares(config)
        kept = {kind: share for kind, share in shares.items() if known.get(kind, True)} or {"dim": 1.0}
        self._kinds = {kind: share / sum(kept.values()) for kind, share in kept.items()}

    def of(self, chosen: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Return grounds (N, H, W, C) for the crops `chosen` (N,) to lie on."""
        kinds = rng.choice(list(self._kinds), len(chosen), p=list(self._kinds.values()))
        grounds = np.empty((len(chosen), *self.shape), np.float32)
        for kind in self._kinds:
            rows = np.flatnonzero(kinds == kind)
            if kind == "photo":
                grounds[rows] = photo_grounds(len(rows), self.shape, rng)
            elif kind == "noise":
                grounds[rows] = noise_grounds(len(rows), self.shape, rng)
            elif kind in ("scene", "nothing"):
                self._of_pictures(grounds, rows, chosen, self._scenes if kind == "scene" else self._nothing, rng)
            else:
                self._of_crops(grounds, rows, chosen, kind, rng)
        return grounds

    def _of_pictures(
        self,
        grounds: Floats,
        rows: npt.NDArray[np.int64],
        chosen: npt.NDArray[np.int64],
        pictures: Part,
        rng: np.random.Generator,
    ) -> None:
        """Fill grounds with parts of pictures, about at the scale at which the chosen objects have their true sizes."""
        for row in rows:
            number = int(rng.integers(len(pictures)))
            spread = rng.normal() * _ABOUT if self._unscaled else rng.uniform(*np.log(_UNKNOWN))
            side = self._spans[chosen[row]] * math.exp(spread)
            side = min(float(side), float(min(pictures.size(number))))
            grounds[row] = pictures.cut(number, *pictures.anywhere(number, side, rng), side)

    def _of_crops(
        self,
        grounds: Floats,
        rows: npt.NDArray[np.int64],
        chosen: npt.NDArray[np.int64],
        kind: str,
        rng: np.random.Generator,
    ) -> None:
        """Fill grounds with the crops' borders, stretched (`plain`, with grain `dim`), or with a blown-up part."""
        side, smooth = self._images.shape[1], kind != "crops"
        for row in rows:
            which = int(chosen[row]) if smooth else int(rng.integers(len(self._images)))
            crop = np.rot90(self._images[which], int(rng.integers(4)))
            if smooth:
                part = crop[: max(2, side // 8)]
            else:
                length = int(rng.integers(max(2, side // 5), side // 2 + 1))
                top, left = rng.integers(0, side - length + 1, 2)
                part = crop[top : top + length, left : left + length]
            whole = Part([np.ascontiguousarray(part)], self.shape[0], self.shape[2])
            grounds[row] = whole.stretched()
            if kind == "dim":
                grounds[row] += rng.standard_normal((*self.shape[:2], 1), np.float32) * np.float32(rng.uniform(0, 8))
