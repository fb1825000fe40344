"""Advice on what counts as found: the threshold, overlaps, counts, scores."""

from collections.abc import Iterator, Sequence

from fullconv.evaluate.metrics.classwise import ClassFigures
from fullconv.report.advice.evidence import LEAST, Advice, Evidence

_TOUCHING, _MORE = 0.3, 1.3  # share of the missed objects, and as a multiple of that of all
_GAIN = 0.02  # of F1
_COUNT, _ENOUGH = 0.1, 10  # error of a count; objects that make one
_ECE = 0.15


def touching(evidence: Evidence) -> Iterator[Advice]:
    """Say whether neighbours take each other's boxes away."""
    figures = evidence.figures
    if figures is None:
        return
    missed, total = sum(row[-1] for row in figures.confusion[:-1]), sum(one.objects for one in figures.classes)
    share, usual = figures.touching_missed, figures.touching
    if missed >= LEAST and share >= _TOUCHING and share >= _MORE * usual:
        text = f"{share:.0%} of the {missed} missed objects overlap another, {usual:.0%} of all do: of two boxes on "
        text += "neighbours one is dropped. Let boxes overlap more: locate.overlap, up by 0.1."
        yield Advice(text, "locate.overlap", share * missed / max(total, 1))


def threshold(evidence: Evidence) -> Iterator[Advice]:
    """Say whether another threshold would do better."""
    figures = evidence.figures
    if figures is None or figures.best[1] - figures.F1 < _GAIN or min(figures.F1, figures.threshold) < 0:
        return
    best, reached = figures.best
    way = "low" if best > figures.threshold else "high"
    text = f"The threshold {figures.threshold:.2f} is too {way} for these pictures: F1 {figures.F1:.2f}, and "
    text += f"{reached:.2f} with locate.threshold={best:.2f}. Choose it on pictures that you do not measure on."
    yield Advice(text, "locate.threshold", reached - figures.F1)


def counts(evidence: Evidence) -> Iterator[Advice]:
    """Say which counts are off, where another threshold is not better anyway."""
    classes: Sequence[ClassFigures] = [] if evidence.figures is None else evidence.figures.classes
    off = [one for one in classes if one.objects >= _ENOUGH and abs(one.found / one.objects - 1) >= _COUNT]
    if not off or list(threshold(evidence)):
        return
    named = ", ".join(f"{one.found} {one.name} for {one.objects} ({one.found / one.objects - 1:+.0%})" for one in off)
    difference = sum(one.found - one.objects for one in off)
    text = f"Counts are off: {named}. A {'higher' if difference > 0 else 'lower'} locate.threshold comes nearer."
    weight = sum(abs(one.found - one.objects) for one in off) / sum(one.objects for one in classes) / 2
    yield Advice(text, "locate.threshold", min(weight, 1.0))


def calibration(evidence: Evidence) -> Iterator[Advice]:
    """Say whether scores are far from probabilities."""
    figures = evidence.figures
    if figures is not None and figures.ece >= _ECE:
        text = f"Scores are off by {figures.ece:.2f} from the share that is right: do not read them as probabilities, "
        text += "and choose locate.threshold on pictures like these."
        yield Advice(text, "locate.threshold", 0.05)
