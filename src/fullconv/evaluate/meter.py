"""Every localization metric of a set of scenes, one image at a time."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.errors import InputError
from fullconv.evaluate.annotations import UNDEFINED, Coco, Detection, ScoreMap
from fullconv.evaluate.maps.records import MapRecords
from fullconv.evaluate.matching.greedy import IGNORED, RIGHT
from fullconv.evaluate.metrics.average_precision import average_precisions
from fullconv.evaluate.metrics.bootstrap import bootstrap_intervals
from fullconv.evaluate.metrics.calibration import Reliability, reliability
from fullconv.evaluate.metrics.counts import Counts, counted
from fullconv.evaluate.metrics.curves import curves
from fullconv.evaluate.metrics.distances import centre_distances, distance_metrics
from fullconv.evaluate.metrics.judgement import Judgement, judged
from fullconv.evaluate.metrics.operating import best_threshold, common, of_each
from fullconv.evaluate.metrics.sums import image_sums, shares
from fullconv.evaluate.tables import Floats, FoundRecords, Thresholds, checked_found, truth_of
from fullconv.locate.checks import checked_map

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


class Meter:
    """Measures a set image by image; of a score map only a few numbers are kept.

    Memory: 49 bytes an image, 46 a detection, 57 an object, beside the images' ids; matching, when numbers are
    asked for, takes about 500 more a detection. `docs/metrics.md` defines every metric.

    Raises:
        InputError: malformed annotations, an annotated category without a class, or a class that is the background.
    """

    def __init__(self, coco: Coco, class_of_category: Mapping[int, int], background: int | None) -> None:
        self._truth = truth_of(coco, class_of_category, background)
        self._background = background
        self._image = {image_id: place for place, image_id in enumerate(self._truth.images)}
        self._category = {category: place for place, category in enumerate(self._truth.categories)}
        self._seen = np.zeros(len(self._image), dtype=bool)
        self._maps = MapRecords(self._truth)
        self._found = FoundRecords()
        self._channels: int | None = None

    def add(self, image_id: int, scores: Any, geometry: "Geometry | None", detections: Sequence[Detection]) -> None:
        """Measure an image: its raw score map (H', W', K), the map's geometry and its COCO results.

        An image that could not be searched (smaller than the window) has the scores None, or a map without cells:
        everything in it is missed.

        Raises:
            InputError: an image that is unknown or was added before, a map of wrong rank or with NaN, of another
                number of channels than the maps before or than the classes need, or malformed detections.
        """
        place = self._image.get(image_id)
        if place is None or self._seen[place]:
            received = "no image of the annotations" if place is None else "added before"
            raise InputError(f"image {image_id}", received, "Add every image of the annotations once.")
        found = checked_found(detections, image_id, self._truth)
        searched = scores is not None and 0 not in np.shape(scores)[:2]
        if searched:
            if geometry is None:
                raise InputError(f"image {image_id}", "scores without a geometry", "Give the map's geometry.")
            self._maps.add(place, self._checked_scores(scores, image_id), geometry)
        else:
            self._maps.miss(place)
        self._found.add(place, found, self._category)
        self._seen[place] = True
        self.__dict__.pop("_judgement", None)

    def metrics(self, threshold: Thresholds) -> dict[str, float | int]:
        """Return every metric by its name; precision, recall, F1, distances and counts at a threshold, -1 for nothing.

        The threshold may be one for each class; it is -1 in the result if these differ.

        Raises:
            InputError: an image that was not added, or a threshold that is no finite number.
        """
        judgement = self.judged(threshold)
        sums = {name: column.sum(keepdims=True) for name, column in self._sums(threshold).items()}
        parts = {name: _known(value[0]) for name, value in shares(sums).items()}
        return {
            **average_precisions(judgement.ranked),
            **parts,
            **self._maps.single.metrics(),
            "ECE": self._reliability().error,
            "count_error": counted(judgement, self.of_each(threshold)).error,
            **distance_metrics(*centre_distances(*judgement.matched_boxes(self.of_each(threshold)))),
            "threshold": common(threshold),
            "images": len(self._truth.images),
            "objects": int(judgement.wanted.sum()),
            "detections": len(self._found),
        }

    def best_threshold(self) -> float:
        """Return the score threshold of the highest F1 at IoU .5; 0.5 where nothing is right.

        Ask it of validation scenes alone.

        Raises:
            InputError: an image that was not added.
        """
        judgement = self.judged(0.0)
        verdict = judgement.verdict(judgement.by_iou)
        return best_threshold(verdict, judgement.found.score, int(judgement.wanted.sum()))

    def counts(self, threshold: Thresholds) -> Counts:
        """Return how many objects of each image and category there are, and how many were found.

        Raises:
            InputError: as `metrics`.
        """
        return counted(self.judged(threshold), self.of_each(threshold))

    def by_class(self, threshold: Thresholds) -> dict[str, float]:
        """Return AP50, the share by which counts are off, and the threshold, each of each category by its name.

        Raises:
            InputError: as `metrics`.
        """
        names = self._truth.names
        columns = {
            "AP50": [average_precisions([one])["AP50"] for one in self.judged(threshold).ranked],
            "count_error": self.counts(threshold).errors.tolist(),
            "threshold": of_each(threshold, self._truth.labels).tolist(),
        }
        return {f"{key}_of/{name}": values[at] for key, values in columns.items() for at, name in enumerate(names)}

    def intervals(self, threshold: Thresholds, samples: int = 1000, seed: int = 0) -> dict[str, list[float]]:
        """Return 95 % intervals [low, high] by bootstrap over images, [-1, -1] where there is nothing to measure.

        Raises:
            InputError: an image that was not added, a threshold that is no finite number, or no sample.
        """
        if samples < 1:
            raise InputError("samples", f"{samples}", "Give 1 or more.")
        judgement = self.judged(threshold)
        return bootstrap_intervals(judgement.ranked, self._sums(threshold), samples, seed)

    def curves(self, threshold: Thresholds) -> dict[str, Any]:
        """Return what figures need, JSON-able; the keys stand in `docs/metrics.md`.

        Raises:
            InputError: an image that was not added, or a threshold that is no finite number.
        """
        judgement, each = self.judged(threshold), self.of_each(threshold)
        return {"threshold": common(threshold), **curves(judgement, self._reliability(), self._sums(threshold), each)}

    @cached_property
    def _judgement(self) -> Judgement:
        return judged(self._found.arrays(), self._truth)

    def judged(self, threshold: Thresholds) -> Judgement:
        """Return what became of every detection, for what asks of it at a score threshold.

        Raises:
            InputError: an image that was not added, or a threshold that is no finite number.
        """
        if not np.isfinite(threshold).all():
            raise InputError("threshold", f"{threshold}", "Give a finite score.")
        missing = [self._truth.images[place] for place in np.flatnonzero(~self._seen)[:5]]
        if missing:
            raise InputError("scores", f"{int((~self._seen).sum())} images not added: {missing} …", "Add each image.")
        return self._judgement

    def _sums(self, threshold: Thresholds) -> dict[str, Any]:
        return image_sums(self._judgement, self._maps.rows, self.of_each(threshold))

    def of_each(self, threshold: Thresholds) -> Floats:
        """Return the threshold of each detection (D,)."""
        return of_each(threshold, self._truth.labels[self._judgement.found.category])

    def _reliability(self) -> Reliability:
        verdict = self._judgement.verdict(self._judgement.by_iou)
        counted = verdict != IGNORED
        return reliability(self._judgement.found.score[counted], verdict[counted] == RIGHT)

    def _checked_scores(self, scores: Any, image_id: int) -> ScoreMap:
        where = f"scores of image {image_id}"
        array = checked_map(scores, where)
        channels = array.shape[-1]
        least = 1 + max(self._truth.labels.max(initial=-1), -1 if self._background is None else self._background)
        if channels < least or self._channels not in (None, channels):
            wanted = f"at least {least}" if self._channels is None else f"{self._channels}, as the maps before"
            raise InputError(where, f"{channels} channels", f"Give maps of {wanted}.")
        self._channels = channels
        return array


def _known(value: float) -> float:
    return UNDEFINED if np.isnan(value) else float(value)
