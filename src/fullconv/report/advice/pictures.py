"""Advice on what the network saw beside objects: scenes, background."""

from collections.abc import Iterator

from fullconv.report.advice.evidence import LEAST, WELL, Advice, Evidence, mean_precision

_ALARMS = 0.15  # share of all detections


def alarms(evidence: Evidence) -> Iterator[Advice]:
    """Say what is found where nothing is, and what would teach better."""
    figures = evidence.figures
    if figures is None:
        return
    total, count = (sum(each) for each in zip(*((one.found, one.astray) for one in figures.classes), strict=True))
    if count < LEAST or count < _ALARMS * total:
        return
    most = max(figures.classes, key=lambda one: one.astray).name
    text = f"{count} of {total} detections ({count / total:.0%}) lie where nothing is, most of them called {most}. "
    if evidence.scenes <= 0:
        yield Advice(
            text + "Give pictures in which objects occur, without labels: data.scenes=DIR.",
            "data.scenes",
            count / total,
        )
    else:
        text += "Put windows of what was taken for objects into a class folder and name it: data.background=NAME."
        yield Advice(text, "data.background", count / total)


def scenes(evidence: Evidence) -> Iterator[Advice]:
    """Say that pictures without labels would help, where false alarms have not said so."""
    figures = evidence.figures
    mean = mean_precision(figures)
    if evidence.scenes == 0 and evidence.nothing <= 0 and mean < WELL and not list(alarms(evidence)):
        found = "" if mean < 0 else f" (AP50 {mean:.2f})"
        text = f"It has seen no picture of the kind it searches{found}. Give some without labels: data.scenes=DIR."
        yield Advice(text, "data.scenes", 0.15)
