"""All detections of a set judged in the three ways that metrics need."""

from dataclasses import dataclass

import numpy as np

from fullconv.evaluate.matching.greedy import AREAS, RIGHT, THRESHOLDS, Matches, match
from fullconv.evaluate.matching.overlap import centre_in_box, iou
from fullconv.evaluate.metrics.average_precision import Ranking, rankings
from fullconv.evaluate.metrics.operating import Verdicts, counts_by_image
from fullconv.evaluate.tables import Flags, Floats, Found, Ints, Truth


@dataclass(frozen=True)
class Judgement:
    """Detections, and what became of them by overlap, by their centre, and whatever their category."""

    found: Found
    truth: Truth
    by_iou: Matches
    by_centre: Matches
    any_category: Matches
    ranked: list[Ranking]

    @property
    def wanted(self) -> Ints:
        """How many objects, no crowds, each image has (N,)."""
        objects = self.truth.objects
        return np.bincount(objects.image[~objects.crowd], minlength=len(self.truth.images))

    def verdict(self, matches: Matches) -> Verdicts:
        """Return the verdict (D,) at the first threshold whatever the size, in the order of the table."""
        verdict = np.empty(len(matches.order), np.int8)
        verdict[matches.order] = matches.verdict[:, 0, 0]
        return verdict

    def counts(self, matches: Matches, threshold: Floats) -> tuple[Ints, Ints]:
        """Return how many detections of each image (N,) are right and wrong at the threshold (D,) of each."""
        verdict = self.verdict(matches)
        return counts_by_image(verdict, self.found.score, self.found.image, threshold, len(self.truth.images))

    def kept(self, threshold: Floats) -> Flags:
        """Return which detections (D,) reach the threshold (D,) of each."""
        reach: Flags = self.found.score >= threshold
        return reach

    def matched_boxes(self, threshold: Floats) -> tuple[Floats, Floats]:
        """Return the boxes of detections right at IoU .5 and a score threshold, and of the objects they found."""
        matches = self.by_iou
        chosen = self.kept(threshold)[matches.order] & (matches.verdict[:, 0, 0] == RIGHT)
        return self.found.box[matches.order[chosen]], self.truth.objects.box[matches.target[chosen]]


def judged(found: Found, truth: Truth) -> Judgement:
    """Judge detections: by IoU .50 to .95 and range of areas, by centre, and by IoU .5 among all categories."""
    objects, categories = truth.objects, len(truth.categories)
    groups = found.image * categories + found.category
    object_groups = objects.image * categories + objects.category
    everything = [AREAS["all"]]
    half = THRESHOLDS[:1]
    by_iou = match(found, objects, groups, object_groups, iou, THRESHOLDS, list(AREAS.values()))
    return Judgement(
        found,
        truth,
        by_iou,
        match(found, objects, groups, object_groups, centre_in_box, half, everything),
        match(found, objects, found.image, objects.image, iou, half, everything),
        rankings(by_iou, found, objects, len(truth.images), categories),
    )
