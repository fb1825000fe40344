"""A picture that is put together of others, read picture by picture; any other as it would be without this."""

import logging
from collections.abc import Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry
from fullconv.locate.checks import checked_probabilities
from fullconv.locate.detections import Found
from fullconv.locate.evidence import probability_map
from fullconv.locate.levels.resize import resized
from fullconv.locate.levels.scores import checked_images
from fullconv.locate.located import LevelScores, Located, best
from fullconv.locate.panels.seams import edges_of, panels_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.locate.finder import Finder

log = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]


class Otherwise(Protocol):
    """What reads a picture that shows one scene."""

    def fits(self, height: int, width: int) -> bool:
        """Return whether an image of that many pixels is large enough for a level."""

    def __call__(self, images: Any, wanted: Sequence[int] | None = None) -> list[Located]:
        """Return what is in images (N, H, W, C) in 0..1; `wanted` are the places in `Finder.sought` to look for."""


class PanelReader:
    """Searches contact sheets and collages: the classifier names each of their pictures, and a box is one of them."""

    def __init__(self, finder: "Finder", otherwise: Otherwise) -> None:
        """Take what searches, and what reads a picture that is not put together."""
        self.finder = finder
        self._otherwise = otherwise

    def fits(self, height: int, width: int) -> bool:
        """Return whether an image of that many pixels is large enough for a level."""
        return self._otherwise.fits(height, width)

    def __call__(self, images: Any, wanted: Sequence[int] | None = None) -> list[Located]:
        """Return what is in images (N, H, W, C) in 0..1; `wanted` are the places in `Finder.sought` to look for.

        Raises:
            InputError: pixels that cannot be, no probabilities, or as what reads other pictures.
        """
        pixels = checked_images(images, int(self.finder.conversion.model.input_shape[-1]))
        panels = [panels_of(one) for one in pixels]
        if all(one == (1, 1) for one in panels):
            return self._otherwise(pixels, wanted)
        places = list(range(len(self.finder.sought))) if wanted is None else list(wanted)
        return [
            self._otherwise(one[np.newaxis], wanted)[0] if of == (1, 1) else self._located(one, of, places)
            for one, of in zip(pixels, panels, strict=True)
        ]

    def _located(self, image: FloatArray, panels: "Pair", places: list[int]) -> Located:
        told = "%d×%d pictures put together: each is read by itself; locate.read=regions searches them as one scene"
        log.info(told, *panels)
        size = (image.shape[0], image.shape[1])
        down, across = (edges_of(side, count) for side, count in zip(size, panels, strict=True))
        spans = list(product(pairwise(down), pairwise(across)))
        window = self.finder.conversion.window
        crops = [resized(image[np.newaxis, top:end, left:right], *window) for (top, end), (left, right) in spans]
        named = self.finder.named(np.concatenate(crops))
        checked_probabilities(named[np.newaxis])
        background = self.finder.channels.background
        heats = [probability_map(named, self.finder.sought[place].channels) for place in places]
        if background is not None:
            heats.append(named[:, background])
        scores = np.stack(heats, axis=-1)
        side = (round(size[0] / panels[0]), round(size[1] / panels[1]))
        geometry, last = Geometry(side, side, (0, 0)), None if background is None else len(places)
        step = (float(side[0]), float(side[1]))
        whole = scores.reshape(*panels, -1)
        level = LevelScores((panels[0] * window[0], panels[1] * window[1]), whole, geometry.center(0, 0), step, last)
        found = [
            Found(places[label], float(score), (float(left), float(top), float(right - left), float(end - top)))
            for label, score, ((top, end), (left, right)) in zip(scores.argmax(-1), scores.max(-1), spans, strict=True)
            if label != last and score >= self.finder.config.floor
        ]
        return Located(
            size=size,
            scores=_one_thing_each(whole),
            geometry=geometry,
            labels=tuple(places),
            background=last,
            objects=sorted(found, key=lambda one: -one.score),
            levels=[level],
            top=best(named[:, : len(self.finder.channels.classes)].max(axis=0), self.finder.config.top),
            window=window,
            panels=panels,
        )


def _one_thing_each(scores: FloatArray) -> FloatArray:
    """Return scores (R, C, K) in which a panel shows its best thing, and the others only as far as it does not."""
    best_one = scores.max(axis=-1, keepdims=True)
    return np.where(scores == best_one, scores, scores * (1 - best_one)).astype(np.float32)
