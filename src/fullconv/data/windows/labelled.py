"""Windows of unlabelled pictures, labelled by what a classifier found there so far."""

from collections.abc import Mapping, Sequence

import numpy as np

from fullconv.data.windows.parts import Finding
from fullconv.data.windows.windows import bell

# A finding from this score on is an object; one below the other is none; between them nobody knows.
SURE, NONE = 0.5, 0.15


def labels_at(
    findings: Sequence[Finding], y: float, x: float, size: float, place: float, spread: float
) -> tuple[int, float, bool]:
    """Return class, certainty and whether they are known, of a window whose object would be at `(y, x)`, `size` large.

    `place` is the tolerance in place as a share of an object's size, `spread` that of the logarithm of sizes.
    """
    if not findings:
        return 0, 0.0, True
    where = np.array([(one.y, one.x, one.size, one.score) for one in findings])
    off = ((where[:, 0] - y) ** 2 + (where[:, 1] - x) ** 2) / (place * size) ** 2
    off += (np.log(where[:, 2] / size) / spread) ** 2
    likely = bell(off)
    sure = where[:, 3] >= SURE
    certainty = np.where(sure, likely, 0)
    best = int(certainty.argmax())
    open_ones = likely[(where[:, 3] > NONE) & ~sure]
    known = bool(open_ones.max(initial=0.0) < 0.1)
    return findings[best].label, float(certainty[best]), known or certainty[best] > 0.5


def sure_ones(findings: Mapping[int, Sequence[Finding]]) -> list[tuple[int, Finding]]:
    """Return every finding that counts as an object, with the number of its picture."""
    return [(number, one) for number, those in sorted(findings.items()) for one in those if one.score >= SURE]
