"""What searches, loaded once and warmed up; and a picture from elsewhere, searched by it."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.figures.palette import class_colour, ink
from fullconv.locate.finder import Finder
from fullconv.locate.picture import searched
from fullconv.locate.reading import search
from fullconv.locate.threshold import Threshold, of_picture
from fullconv.models.pixels import PLAIN
from fullconv.serve.answers import Entry, above, coco_of, heat_colours, view_of
from fullconv.track.finders import finder_of
from fullconv.track.thresholds import threshold_of

log = logging.getLogger(__name__)

_SMALLEST = 256  # pixels a side of the picture that warms up: what most levels see something of


@dataclass(frozen=True)
class Searcher:
    """Searches pictures that come as bytes and lie in `folder` while they are read; `most` pixels each at most."""

    finder: Finder
    threshold: Threshold | None  # None: each picture has its own
    polarity: str
    most: int
    folder: Path

    @property
    def about(self) -> Entry:
        """What a page says of it before there is a picture."""
        return {
            "classifier": Path(self.finder.name).name,
            "read": self.finder.read,
            "floor": self.finder.config.floor,
            "heat": heat_colours(),
            "categories": [
                {**one.entry, "colour": class_colour(one.category - 1), "ink": ink(class_colour(one.category - 1))}
                for one in self.finder.sought
            ],
        }

    def __call__(self, content: bytes, name: str, score: float | None = None, view: bool = False) -> Entry:
        """Return a picture's COCO JSON with the boxes from `score` up, or from the threshold; with what a page draws.

        Raises:
            InputError: it cannot be read, or not be searched; it is called `name` there.
        """
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            path = Path(folder) / "picture"
            path.write_bytes(content)
            try:
                with _at_most(self.most):
                    self._check_size(path)
                    shown, located = searched(self.finder, path, self.polarity)
            except InputError as error:
                where = name if error.where == str(path) else error.where
                received = error.received.replace(str(path), name)
                raise InputError(where, received, error.mend) from error
        threshold = of_picture(self.threshold, self.finder, located)
        coco = above(coco_of(self.finder, located, name, threshold), score)
        return {**coco, "view": view_of(self.finder, located, shown)} if view else coco

    def _check_size(self, path: Path) -> None:
        try:
            with Image.open(path) as image:
                width, height = image.size
        except Exception:  # said by what reads it in earnest
            return
        if width * height > self.most:
            received = f"{width} × {height} pixels, more than serve.pixels={self.most}"
            raise InputError(str(path), received, "Make it smaller first.")


@contextmanager
def _at_most(pixels: int) -> Iterator[None]:
    """Let every decoder refuse larger pictures before it unpacks them; searches run one at a time."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = (pixels + 1) // 2  # an error from twice the number on
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def load_searcher(settings: ExperimentConfig, folder: Path) -> Searcher:
    """Return what `classifier=WHAT` searches with, after a first search; pictures lie in `folder` while they are read.

    Raises:
        InputError: it cannot be loaded.
    """
    finder = finder_of(settings)
    threshold = threshold_of(settings, finder)
    _warm_up(finder)
    return Searcher(finder, threshold, settings.dataset.polarity, settings.serve.pixels, folder)


def _warm_up(finder: Finder) -> None:
    shape: Any = finder.conversion.model.input_shape
    height, width = (max(2 * side, _SMALLEST) for side in finder.conversion.window)
    if finder.unsettled:  # which is no matter of a black picture
        finder = replace(finder, pixels=PLAIN)
    try:
        search(finder, np.zeros((height, width, shape[-1]), np.float32))
    except InputError as error:
        log.warning("a picture of %d × %d pixels cannot be searched: %s", width, height, error)
