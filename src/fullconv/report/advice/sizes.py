"""Advice on sizes: boxes larger or smaller than objects, objects of sizes that were never met."""

import math
from collections.abc import Iterator, Sequence

from fullconv.evaluate.metrics.classwise import ClassFigures
from fullconv.report.advice.evidence import LEAST, WELL, Advice, Evidence

_OFF = math.log(1.2)


def sizes_off(evidence: Evidence) -> Iterator[Advice]:
    """Say whose boxes are too large or too small."""
    classes = [] if evidence.figures is None else evidence.figures.classes
    off = [one for one in classes if one.central >= LEAST and abs(one.size) >= _OFF]
    total = sum(one.objects for one in classes)
    for larger in (True, False):
        some = [one for one in off if (one.size > 0) is larger]
        if not some:
            continue
        named = _listed([f"{one.name} ({math.exp(one.size):.2f} times)" for one in some])
        weight = sum(one.objects for one in some) / max(total, 1)
        if larger:
            usual = math.exp(sum(one.size for one in some) / len(some))
            margin = (usual * (1 + 2 * max(evidence.margin, 0)) - 1) / 2
            text = f"Boxes are larger than the objects: {named}. Where crops show more than the object, say how much: "
            text += f"data.margin={margin:.2f}."
            yield Advice(text, "data.margin", weight)
        else:
            text = f"Boxes are smaller than the objects: {named}. Cut crops out to the objects' edges, or say "
            text += f"the objects' sizes in pixels: locate.sizes={_range(some)}."
            yield Advice(text, "locate.sizes", weight)


def none_right(evidence: Evidence) -> Iterator[Advice]:
    """Say that nothing at all was found, and what is most often the reason."""
    classes = [] if evidence.figures is None else evidence.figures.classes
    objects, central = sum(one.objects for one in classes), max((one.central for one in classes), default=0)
    # Where places are right, the other rules on sizes say more.
    if objects >= LEAST and central < LEAST and not any(one.right for one in classes):
        text = (
            f"Not one of {objects} objects is found right. See whether windows.png looks like these pictures; then say "
        )
        text += f"how large the objects are, in pixels: locate.sizes={_range(classes)}."
        yield Advice(text, "locate.sizes", 1.0)


def other_sizes(evidence: Evidence) -> Iterator[Advice]:
    """Say whose sizes were not met in training."""
    classes = [] if evidence.figures is None else evidence.figures.classes
    total = sum(one.objects for one in classes)
    for one in classes:
        met = evidence.sizes.get(one.name)
        if met is None or one.side <= 0 or one.recall >= WELL or met[0] / 1.2 <= one.side <= met[-1] * 1.2:
            continue
        text = f"{one.name} is {one.side:.0f} pixels large here, and was {met[0]:.0f} to {met[-1]:.0f} in training. "
        text += f"Say so: locate.sizes={_range([one])}."
        yield Advice(text, "locate.sizes", one.objects / total)


def _range(classes: Sequence[ClassFigures]) -> str:
    sides = [one.side for one in classes if one.side > 0] or [0.0]
    return f"[{min(sides) * 0.8:.0f},{max(sides) * 1.25:.0f}]"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
