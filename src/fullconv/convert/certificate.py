"""The measured difference between a classifier and its conversion."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, K)

BATCH = 256  # images or crops per forward pass at training size
RANDOM_IMAGES = 64


@dataclass(frozen=True)
class Certificate:
    """What was compared and how far apart it was; differences are between scores, without unit.

    At training size: `images`, the largest and mean absolute difference and the share of images with the same
    best class. On larger images, each cell against the classifier on its window: the same with `crop`. All
    of these are None where `comparable` is false: a head on each feature cell alone is not the classifier.
    `exact` says whether equality on crops is expected, `notes` why not.
    """

    comparable: bool
    images: int
    max_difference: float | None
    mean_difference: float | None
    argmax_agreement: float | None
    crops: int
    crop_max_difference: float | None
    crop_mean_difference: float | None
    crop_argmax_agreement: float | None
    parameters: dict[str, int]
    exact: bool
    notes: tuple[str, ...]
    geometry: Geometry

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain values, fit for JSON."""
        return asdict(self) | {"notes": list(self.notes), "geometry": self.geometry.as_dict()}

    def rows(self) -> list[tuple[str, str]]:
        """Return what a person wants to read, as pairs of words and figures."""
        geometry = self.geometry
        return [
            ("window (pixels)", _by(geometry.window)),
            ("stride (pixels)", _by(geometry.stride)),
            ("offset (pixels)", f"{geometry.offset[0]}, {geometry.offset[1]}"),
            ("parameters: classifier", f"{self.parameters['classifier']:,}"),
            ("parameters: conversion", f"{self.parameters['conversion']:,}"),
            ("images at training size", str(self.images)),
            ("  largest difference", _figure(self.max_difference)),
            ("  mean difference", _figure(self.mean_difference)),
            ("  same best class", _share(self.argmax_agreement)),
            ("cells of larger images against crops", str(self.crops)),
            ("  largest difference", _figure(self.crop_max_difference)),
            ("  mean difference", _figure(self.crop_mean_difference)),
            ("  same best class", _share(self.crop_argmax_agreement)),
            ("a cell equals the classifier on its crop", "yes" if self.exact else "no"),
            *(("  because", note) for note in self.notes),
        ]


def certify(
    classifier: Any, conversion: Conversion, images: Images | None = None, larger: Images | None = None
) -> Certificate:
    """Compare a conversion with its classifier, at training size and on crops of larger images.

    `images` are `(N, h, w, C)` at training size, `larger` `(N, H, W, C)` at least as large, both as the
    classifier reads them (0..1 for those of this project); random ones stand in for None.

    Raises:
        InputError: images of another shape, not finite, or none at all.
    """
    window, channels = conversion.window, int(classifier.inputs[0].shape[-1])
    rng = np.random.default_rng(0)
    if images is None:
        images = rng.random((RANDOM_IMAGES, *window, channels), dtype=np.float32)
    if larger is None:
        # Sides that differ and are no multiple of the stride, so that rows and columns cannot be confused.
        height, width = window[0] * 2 + 1, window[1] * 5 // 2 + 3
        larger = rng.random((1, height, width, channels), dtype=np.float32)
    _check("images", images, channels)
    _check("larger", larger, channels)
    if images.shape[1:3] != window:
        raise InputError("images", f"received {_by(images.shape[1:3])} pixels", f"Give {_by(window)}.")
    if larger.shape[1] < window[0] or larger.shape[2] < window[1]:
        raise InputError("larger", f"received {_by(larger.shape[1:3])} pixels", f"Give at least {_by(window)}.")
    at_size, on_crops = _Difference(), _Difference()
    if not conversion.cellwise:
        for batch in _batches(images):
            at_size.add(_scores(classifier, batch), _scores(conversion.model, batch).reshape(len(batch), -1))
        for image in larger:
            _compare_crops(classifier, conversion, image, on_crops)
    return Certificate(
        comparable=not conversion.cellwise,
        images=at_size.count,
        max_difference=at_size.largest,
        mean_difference=at_size.mean,
        argmax_agreement=at_size.agreement,
        crops=on_crops.count,
        crop_max_difference=on_crops.largest,
        crop_mean_difference=on_crops.mean,
        crop_argmax_agreement=on_crops.agreement,
        parameters={"classifier": classifier.count_params(), "conversion": conversion.model.count_params()},
        exact=conversion.exact,
        notes=conversion.notes,
        geometry=conversion.geometry,
    )


class _Difference:
    """Differences of two sets of scores `(N, K)`, gathered batch by batch."""

    def __init__(self) -> None:
        self.count = 0
        self._largest = 0.0
        self._sum = 0.0
        self._agreeing = 0

    def add(self, one: Scores, other: Scores) -> None:
        difference = np.abs(one.astype(np.float64) - other)
        # NaN would hide in max(): it is as far from equal as can be.
        difference[np.isnan(difference)] = np.inf
        self.count += len(one)
        self._largest = max(self._largest, float(difference.max()))
        self._sum += float(difference.mean(axis=1).sum())
        self._agreeing += int((one.argmax(axis=1) == other.argmax(axis=1)).sum())

    @property
    def largest(self) -> float | None:
        return self._largest if self.count else None

    @property
    def mean(self) -> float | None:
        return self._sum / self.count if self.count else None

    @property
    def agreement(self) -> float | None:
        return self._agreeing / self.count if self.count else None


def _compare_crops(classifier: Any, conversion: Conversion, image: Images, difference: _Difference) -> None:
    scores = _scores(conversion.model, image[np.newaxis])[0]
    rows, cols = conversion.geometry.cells(*image.shape[:2])
    places = [(row, col) for row in range(rows) for col in range(cols)]
    for start in range(0, len(places), BATCH):
        part = places[start : start + BATCH]
        boxes = (conversion.geometry.box(row, col) for row, col in part)
        crops = np.stack([image[y : y + height, x : x + width] for x, y, width, height in boxes])
        difference.add(_scores(classifier, crops), np.stack([scores[place] for place in part]))


def _scores(model: Callable[..., Any], images: Images) -> Scores:
    return np.asarray(model(images, training=False), dtype=np.float32)


def _batches(images: Images) -> Iterator[Images]:
    for start in range(0, len(images), BATCH):
        yield images[start : start + BATCH]


def _check(name: str, images: Images, channels: int) -> None:
    if images.ndim != 4 or images.shape[-1] != channels or not len(images):
        raise InputError(name, f"received shape {images.shape}", f"Give (images, height, width, {channels}).")
    if not np.issubdtype(images.dtype, np.floating):
        raise InputError(name, f"received {images.dtype}", "Give floating-point numbers as the classifier reads them.")
    if not np.isfinite(images).all():
        raise InputError(name, "holds NaN or infinity", "Give finite numbers.")


def _by(sides: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in sides)


def _figure(value: float | None) -> str:
    return "not comparable" if value is None else f"{value:.2e}"


def _share(value: float | None) -> str:
    return "not comparable" if value is None else f"{value:.2%}"
