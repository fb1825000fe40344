"""Advice on classes: which are confused, which have few crops."""

from collections.abc import Iterator

from fullconv.report.advice.evidence import LEAST, WELL, Advice, Evidence

_CONFUSED = 0.1  # share of a class
_FEW_CROPS = 20


def confused(evidence: Evidence) -> Iterator[Advice]:
    """Say which classes are taken for one another."""
    figures = evidence.figures
    if figures is None:
        return
    names, total = [one.name for one in figures.classes], sum(one.objects for one in figures.classes)
    for truth, row in enumerate(figures.confusion[:-1]):
        for said, count in enumerate(row[:-1]):
            there = figures.classes[truth].objects
            if said != truth and count >= LEAST and count >= _CONFUSED * there:
                text = f"{count} of {there} {names[truth]} are taken for {names[said]}. Compare the two rows of "
                text += "windows.png: add crops in which they look alike, mend wrong labels, or make them one class."
                yield Advice(text, "data.path", count / total)


def few_crops(evidence: Evidence) -> Iterator[Advice]:
    """Say which badly found classes have few crops."""
    known = {} if evidence.figures is None else {one.name: one for one in evidence.figures.classes}
    objects = sum(one.objects for one in known.values())
    for name, count in evidence.crops.items():
        figures = known.get(name)
        if count >= _FEW_CROPS or (figures is not None and (figures.objects == 0 or figures.AP50 >= WELL)):
            continue
        found = "" if figures is None else f", AP50 {figures.AP50:.2f}"
        weight = 0.1 if figures is None else figures.objects / max(objects, 1)
        text = (
            f"{name} has {count} crops{found}. Add some to data.path, {_FEW_CROPS} or more, as different as they come."
        )
        yield Advice(text, "data.path", weight)
