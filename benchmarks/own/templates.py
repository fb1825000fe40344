"""Template matching by scikit-image: pictures of each class laid over every place, at several sizes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.own.boxes import Candidates, suppressed
from benchmarks.own.classifier import stretched
from benchmarks.own.material import Material, Pixels

Floats = npt.NDArray[np.float32]
CROPS = 3  # templates of a class that are single crops, beside the median of all
SCALES = (0.8, 1.0, 1.25)  # of the class's median size
LARGEST = 24.0  # pixels: pictures are reduced until the smallest class's median side is no more
LEAST = 0.2  # correlation of what is kept
OVERLAPS = (0.3, 0.5)


class Templates:
    """Variants: two overlaps of boxes."""

    def __init__(self, material: Material, seed: int) -> None:
        self.variants = list(OVERLAPS)
        self._last: tuple[Pixels, Candidates] | None = None
        classes = range(len(material.classes))
        sizes = [np.median(material.sizes[material.labels == label], axis=0) for label in classes]
        least = min(float(np.sqrt(size.prod())) for size in sizes)
        self.reduced = min(1.0, LARGEST / least)
        generator = np.random.default_rng(seed)
        self.templates = [
            (label, one)
            for label in classes
            for one in templates_of(
                [material.crops[place] for place in np.nonzero(material.labels == label)[0]],
                sizes[label] * self.reduced,
                generator,
            )
        ]

    def found(self, pixels: Pixels, variant: float) -> list[dict[str, Any]]:
        """Return detections: `label`, `bbox` and `score`."""
        if self._last is None or self._last[0] is not pixels:
            self._last = (pixels, self._candidates(pixels))
        return suppressed(*self._last[1], variant)

    def _candidates(self, pixels: Pixels) -> Candidates:
        image = reduced(grey(pixels), self.reduced)
        boxes, scores, labels = [], [], []
        for label, template in self.templates:
            if any(own > whole for own, whole in zip(template.shape, image.shape, strict=True)):
                continue
            for y, x, value in places(image, template):
                boxes.append([x, y, template.shape[1], template.shape[0]])
                scores.append(value)
                labels.append(label)
        in_picture = np.array(boxes, np.float32).reshape(-1, 4) / self.reduced
        return in_picture, np.array(scores, np.float32), np.array(labels, np.int64)


def templates_of(crops: list[Pixels], size: Floats, generator: np.random.Generator) -> list[Floats]:
    """Return templates of a class: the median of its crops and a few of them, at every scale of a height and width."""
    side = 48
    stack = grey(stretched(crops, side))
    chosen = generator.choice(len(crops), min(CROPS, len(crops)), replace=False)
    made = []
    for scale in SCALES:
        height, width = (max(3, round(float(one) * scale)) for one in size)
        made += [_resized(one, height, width) for one in (np.median(stack, axis=0), *stack[chosen])]
    return made


def grey(pixels: npt.NDArray[Any]) -> Floats:
    """Return the luminance (…, H, W) of pixels (…, H, W, 3), in 0..1."""
    scaled = pixels / np.float32(255) if pixels.dtype == np.uint8 else pixels
    return np.asarray(scaled @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def reduced(image: Floats, scale: float) -> Floats:
    """Return a picture (H, W) reduced to a share of its size."""
    return image if scale == 1 else _resized(image, *(max(1, round(side * scale)) for side in image.shape))


def places(image: Floats, template: Floats) -> list[tuple[int, int, float]]:
    """Return row, column and correlation of the local maxima of a template over a picture."""
    from skimage.feature import match_template, peak_local_max

    heat = match_template(image, template)
    apart = max(1, min(template.shape) // 3)
    peaks = peak_local_max(heat, min_distance=apart, threshold_abs=LEAST, exclude_border=False, num_peaks=300)
    return [(int(row), int(col), float(heat[row, col])) for row, col in peaks]


def _resized(image: Floats, height: int, width: int) -> Floats:
    from skimage.transform import resize

    return np.asarray(resize(image, (height, width), order=1, anti_aliasing=True), np.float32)
