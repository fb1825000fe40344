"""From drawn windows to a box regression: they were laid there, so that their sizes and shapes are known."""

from typing import Any

import numpy as np

from fullconv.data.windows.windows import Windows
from fullconv.models.boxes import BoxRegression, Doubles, Floats, seen_by

DRAWN = 16_000  # windows to learn from, at most
_CERTAIN = 0.2  # of windows: what is near a peak
_RIDGES = (0.04, 0.13, 0.4, 1.3, 4.0)  # on standardized features, for each window
_LEAST_SPREAD = 1e-3  # of a feature
_BATCH = 256


def fitted_boxes(classifier: Any, drawn: Windows, held_out: Windows) -> BoxRegression | None:
    """Return the regression learnt from windows `drawn`; its ridge is the best on those `held_out`.

    None where too few windows hold an object whose frame is known.
    """
    see = seen_by(classifier)
    features, frames = _known(see, drawn)
    others, true = _known(see, held_out)
    if len(features) < features.shape[1] / 4 or not len(others):
        return None
    usual: Doubles = frames.mean(axis=0)
    middle: Doubles = features.mean(axis=0)
    spread: Doubles = features.std(axis=0) + _LEAST_SPREAD
    inputs: Doubles = (features - middle) / spread
    others = (others - middle) / spread
    products, targets = inputs.T @ inputs, inputs.T @ (frames - usual)
    best: Any = min(
        (_solved(products, targets, ridge * len(inputs)) for ridge in _RIDGES),
        key=lambda weights: _missed(others @ weights + usual, true),
    )
    weights: Doubles = best / spread[:, np.newaxis]
    return BoxRegression(weights.astype(np.float32), (usual - middle @ weights).astype(np.float32))


def _solved(products: Doubles, targets: Doubles, ridge: float) -> Doubles:
    return np.asarray(np.linalg.solve(products + ridge * np.eye(len(products)), targets), np.float64)


def _missed(read: Doubles, true: Doubles) -> float:
    """Return by how much what is read differs from what is true, each column in its own spread."""
    missed, spread = ((read - true) ** 2).mean(axis=0), true.var(axis=0)
    return float((missed / (spread + _LEAST_SPREAD**2)).sum())


def _known(see: Any, windows: Windows) -> tuple[Doubles, Doubles]:
    """Return the features (n, D) and the frames (n, 2) of windows that hold an object for sure."""
    assert windows.frames is not None
    assert windows.certainty is not None
    (rows,) = np.nonzero((windows.certainty > _CERTAIN) & np.isfinite(windows.frames).all(axis=1))
    images = windows.images[rows].astype(np.float32) / np.float32(255)
    parts = [flat(see, images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)]
    features = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
    return features.astype(np.float64), windows.frames[rows].astype(np.float64)


def flat(see: Any, images: Floats) -> Floats:
    """Return what is seen of images (n, h, w, C) in 0..1, as features (n, D)."""
    seen: Floats = np.asarray(see(images, training=False))
    return seen.reshape(len(seen), -1)
