"""From scores to probabilities: what a finder learnt of how often its detections are right."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

Knots = tuple[tuple[float, float], ...]  # of a raw score its calibrated probability, from the lowest score up

_PAST = 1e-9  # beyond 0 and 1, so that knots may lie at these too


def calibrated(scores: npt.NDArray[np.floating[Any]], knots: Knots) -> npt.NDArray[np.float64]:
    """Return scores (…), 0..1, on the straight lines between knots; beyond the outermost these go on to 0 and to 1.

    Order is kept: a higher score is never given a lower probability. No knots: the scores as they are.
    """
    plain = np.asarray(scores, np.float64)
    if not knots:
        return plain
    raw, made = zip((-_PAST, 0.0), *knots, (1 + _PAST, 1.0), strict=True)
    probabilities: npt.NDArray[np.float64] = np.interp(plain, raw, made)
    return probabilities


def checked_knots(given: Any, where: str) -> Knots:
    """Return knots `[[raw, probability], …]` once they can be used.

    Raises:
        InputError: they are no pairs of numbers in 0..1, or one of the two falls.
    """
    mend = "Give [score, probability] pairs in 0..1, both rising; [] for none."
    try:
        knots = tuple((float(raw), float(made)) for raw, made in given)
    except (TypeError, ValueError) as error:
        raise InputError(where, f"no pairs of numbers ({error})", mend) from error
    if not all(0 <= value <= 1 for knot in knots for value in knot):
        raise InputError(where, "a number outside 0..1", mend)
    if any(after[0] <= before[0] or after[1] < before[1] for before, after in pairwise(knots)):
        raise InputError(where, "numbers that fall", mend)
    return knots
