"""A classifier of crops slid over the picture, window by window, at several sizes, as a script does it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.own.boxes import Candidates, suppressed
from benchmarks.own.classifier import trained
from benchmarks.own.material import Material, Pixels, resized

Floats = npt.NDArray[np.float32]
SIZES = 4  # of windows: the middles of so many clusters of the crops' heights and widths
STEP = 3  # windows begin every third of their side
BATCH = 2048
LEAST = 0.05  # probability of what is kept
OVERLAPS = (0.3, 0.5)


class Sliding:
    """Variants: with pieces of the scenes as a class of their own or without, and two overlaps of boxes."""

    def __init__(self, material: Material, seed: int) -> None:
        self.classes = len(material.classes)
        self.windows = window_sizes(material.sizes)
        # A distribution over one class says nothing: a set of one class needs the pieces.
        kinds = (True,) if self.classes == 1 else (False, True)
        self.models = {kind: trained(material, kind, seed) for kind in kinds}
        self._last: tuple[Pixels, bool, Candidates] | None = None
        self.variants = [(kind, overlap) for kind in kinds for overlap in OVERLAPS]

    def found(self, pixels: Pixels, variant: tuple[bool, float]) -> list[dict[str, Any]]:
        """Return detections: `label`, `bbox` and `score`."""
        background, overlap = variant
        if self._last is None or self._last[0] is not pixels or self._last[1] != background:
            self._last = (pixels, background, self._candidates(pixels, background))
        return suppressed(*self._last[2], overlap)

    def _candidates(self, pixels: Pixels, background: bool) -> Candidates:
        """Return the windows (N, 4) that show a class, their scores and the classes."""
        each = [scored(self.models[background], pixels, window) for window in self.windows]
        boxes = np.concatenate([box for box, _ in each])
        chances = np.concatenate([chance[:, : self.classes] for _, chance in each])
        best = chances.max(axis=1)
        kept = best >= LEAST
        return boxes[kept], best[kept], chances.argmax(axis=1)[kept]


def window_sizes(sizes: Floats, count: int = SIZES) -> list[tuple[float, float]]:
    """Return heights and widths of windows: the middles of clusters of the crops' (N, 2), in logarithms."""
    from sklearn.cluster import KMeans

    logs = np.log(sizes)
    count = min(count, len(np.unique(logs, axis=0)))
    middles = KMeans(count, random_state=0, n_init=4).fit(logs).cluster_centers_
    return [(float(height), float(width)) for height, width in np.exp(middles)]


def scored(model: Any, pixels: Pixels, window: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the boxes (N, 4) of all windows of one size in a picture, and the classifier's scores (N, K)."""
    side = model.input_shape[1]
    step = side // STEP
    scale = [side / min(own, whole) for own, whole in zip(window, pixels.shape[:2], strict=True)]
    height, width = (max(side, round(own * by)) for own, by in zip(pixels.shape[:2], scale, strict=True))
    image = resized(pixels, height, width)
    views = np.lib.stride_tricks.sliding_window_view(image, (side, side), axis=(0, 1))[::step, ::step]
    rows, cols = views.shape[:2]
    row, col = (each.ravel() for each in np.indices((rows, cols)))
    y, x = row * step / scale[0], col * step / scale[1]
    boxes = np.stack([x, y, np.full(len(x), side / scale[1]), np.full(len(y), side / scale[0])], axis=1)
    scores = [_probabilities(model, part) for part in _batches(views, row, col)]
    return boxes.astype(np.float32), np.concatenate(scores)


def _batches(views: Any, row: Any, col: Any) -> Iterator[Floats]:
    for start in range(0, len(row), BATCH):
        part = views[row[start : start + BATCH], col[start : start + BATCH]]
        yield np.moveaxis(part, 1, -1).astype(np.float32) / 255


def _probabilities(model: Any, images: Floats) -> Floats:
    """Return scores (n, K), computed at one of a few sizes of batch so that TensorFlow compiles few."""
    count = len(images)
    size = min(BATCH, 1 << (count - 1).bit_length())
    padded = np.concatenate([images, np.zeros((size - count, *images.shape[1:]), np.float32)])
    return np.asarray(_compiled(model)(padded))[:count]


def _compiled(model: Any) -> Any:
    import tensorflow as tf

    if not hasattr(model, "scored"):
        model.scored = tf.function(lambda images: model(images, training=False), reduce_retracing=True)
    return model.scored
