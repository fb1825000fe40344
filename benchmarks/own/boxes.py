"""Boxes of one class that stand for one object: the best of those that overlap."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Candidates = tuple[Floats, Floats, Ints]  # boxes (N, 4) as x, y, w, h; scores (N,); labels (N,)
BEFORE, MOST = 3000, 100  # candidates of a class in a picture, and detections, at most


def suppressed(boxes: Floats, scores: Floats, labels: Ints, overlap: float) -> list[dict[str, Any]]:
    """Return detections by greedy non-maximum suppression, class by class: `label`, `bbox` (x, y, w, h), `score`.

    Of boxes (N, 4) that overlap a better one by more than `overlap` (IoU) nothing is left.
    """
    import tensorflow as tf

    found: list[dict[str, Any]] = []
    for label in np.unique(labels):
        mine = np.nonzero(labels == label)[0]
        mine = mine[np.argsort(-scores[mine], kind="stable")[:BEFORE]]
        x, y, w, h = boxes[mine].T
        corners = np.stack([y, x, y + h, x + w], axis=1).astype(np.float32)
        kept = tf.image.non_max_suppression(corners, scores[mine].astype(np.float32), MOST, overlap).numpy()
        found += [
            {"label": int(label), "bbox": [float(v) for v in boxes[one]], "score": float(scores[one])}
            for one in mine[kept]
        ]
    return found
