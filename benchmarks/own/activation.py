"""Class activation maps of a classifier of crops on the whole picture, and boxes around what stands out in them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.own.boxes import suppressed
from benchmarks.own.classifier import side_of, trained
from benchmarks.own.material import Material, Pixels
from benchmarks.sides.saliency import activation_map, image_scorer

Floats = npt.NDArray[np.float32]
CUTS = (0.2, 0.4, 0.6)  # of a map's highest value: what lies above is an object
SCALES = (0.5, 0.75, 1.0)  # times that at which the median crop has the classifier's input side
LARGEST = 900  # pixels: a picture's longer side is not enlarged beyond
OVERLAP = 0.5
LAYER = "conv_3"


class Activation:
    """Variants: how high a map is cut and at which scale the picture is read; the better classifier of two."""

    def __init__(self, material: Material, seed: int) -> None:
        self.classes = len(material.classes)
        self.scale = side_of(material) / float(np.median(np.sqrt(material.sizes.prod(axis=1))))
        kinds = (True,) if self.classes == 1 else (False, True)
        self.models = {kind: trained(material, kind, seed) for kind in kinds}
        self.variants = [(kind, cut, scale) for kind in kinds for scale in SCALES for cut in CUTS]
        self._last: tuple[Pixels, bool, float, Floats, Floats] | None = None
        self._explained: dict[tuple[bool, tuple[int, int]], Any] = {}

    def found(self, pixels: Pixels, variant: tuple[bool, float, float]) -> list[dict[str, Any]]:
        """Return detections: `label`, `bbox` and `score`."""
        background, cut, scale = variant
        if self._last is None or self._last[0] is not pixels or self._last[1:3] != (background, scale):
            self._last = (pixels, background, scale, *self._maps(pixels, background, scale * self.scale))
        maps, chances = self._last[3:]
        boxes, scores, labels = [], [], []
        for label in range(self.classes):
            for place, height in standing_out(maps[..., label], cut):
                boxes.append(place)
                scores.append(height * chances[label])
                labels.append(label)
        box = np.array(boxes, np.float32).reshape(-1, 4)
        return suppressed(box, np.array(scores, np.float32), np.array(labels, np.int64), OVERLAP)

    def _maps(self, pixels: Pixels, background: bool, scale: float) -> tuple[Floats, Floats]:
        """Return each class's map over a picture (H, W, K) read at a scale, and its score of each class (K,)."""
        import tensorflow as tf

        scale = min(scale, max(1.0, LARGEST / max(pixels.shape[:2])))
        least = self.models[background].input_shape[1]
        size = tuple(max(least, round(side * scale)) for side in pixels.shape[:2])
        image = tf.image.resize(pixels / np.float32(255), size, antialias=True).numpy()
        explain, scorer = self._network(background, size)
        maps = tf.image.resize(explain(image), pixels.shape[:2]).numpy()
        return maps, np.asarray(scorer(image[np.newaxis]))[0]

    def _network(self, background: bool, size: tuple[int, int]) -> Any:
        """Return what explains a picture of a size, and what scores it."""
        key = (background, size)
        if key not in self._explained:
            model = self.models[background]
            logits, chances = (image_scorer(model, size, logits=one) for one in (True, False))
            if len(self._explained) > 8:
                self._explained.clear()
            self._explained[key] = (activation_map("gradcam", logits, LAYER, self.classes), chances)
        return self._explained[key]


def standing_out(heat: Floats, cut: float) -> list[tuple[tuple[float, ...], float]]:
    """Return boxes (x, y, w, h) around what is above `cut` of a map's (H, W) highest value.

    The second is how high each reaches, as a share of the highest.
    """
    from scipy.ndimage import find_objects, label, maximum

    positive = np.maximum(heat, 0)
    highest = float(positive.max())
    if highest <= 0:
        return []
    parts, count = label(positive >= cut * highest)
    heights = np.atleast_1d(maximum(positive, parts, range(1, count + 1))) / highest
    boxes = [
        (float(cols.start), float(rows.start), float(cols.stop - cols.start), float(rows.stop - rows.start))
        for rows, cols in find_objects(parts)
    ]
    return list(zip(boxes, heights.tolist(), strict=True))
