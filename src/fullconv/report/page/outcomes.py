"""What became of objects and detections: charts, and the numbers behind them for those who cannot point at a mark."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fullconv.report.page.charts import Curve, Stack, stacked_shares, unit_chart
from fullconv.report.page.content import Row

# What can become of an object, and the style it is drawn in.
KINDS = {
    "found": "kind-right",
    "taken for another class": "kind-class",
    "missed": "kind-missed",
}
Curves = Mapping[str, Any]  # of each classifier by its name


def reliability(rows: Sequence[Row], curves: Curves) -> Markup:
    """Return the share of right detections over their score."""
    drawn = []
    for row in rows:
        bins = _bins(curves[row.name])
        notes = [f"{row.name}: {count} detections of score {at:.2f}, {right:.0%} right" for count, at, right in bins]
        drawn.append(Curve(row.name, row.colour, [one[1:] for one in bins], notes, row.dash))
    return unit_chart(drawn, "score", "share that is right", "Share of right detections over score", True)


def reliability_rows(rows: Sequence[Row], curves: Curves) -> list[tuple[str, ...]]:
    """Return classifier, mean score, detections and share that is right, of each range of scores that occurs."""
    return [
        (row.name, f"{score:.2f}", f"{count:,}", f"{right:.0%}")
        for row in rows
        for count, score, right in _bins(curves[row.name])
    ]


def _bins(curves: Mapping[str, Any]) -> list[tuple[int, float, float]]:
    one = curves["reliability"]
    return [each for each in zip(one["count"], one["confidence"], one["accuracy"], strict=True) if each[0]]


def errors(rows: Sequence[Row], curves: Curves) -> Markup:
    """Return what became of the objects, by their size."""
    groups = {
        size: [_stack(row, one) for row, one in zip(rows, counts, strict=True)]
        for size, counts in _sizes(rows, curves).items()
    }
    return stacked_shares(groups, KINDS, "What became of the objects, by size and classifier")


def error_rows(rows: Sequence[Row], curves: Curves) -> list[tuple[str, ...]]:
    """Return size, classifier, and the counts of each kind and of false alarms."""
    return [
        (size, row.name, *(f"{one[key]:,}" for key in ("found", "confused", "missed", "false_alarms")))
        for size, counts in _sizes(rows, curves).items()
        for row, one in zip(rows, counts, strict=True)
    ]


def _sizes(rows: Sequence[Row], curves: Curves) -> dict[str, list[Mapping[str, int]]]:
    """Return the counts of each classifier by the size of objects; sizes without an object are left out."""
    sides = [one["from"] for one in curves[rows[0].name]["sizes"]]
    ends = [f"to {end:g}" for end in sides[1:]] + ["and more"]
    counts = [[curves[row.name]["sizes"][place] for row in rows] for place in range(len(sides))]
    return {
        f"objects of {side:g} {end} pixels": found
        for side, end, found in zip(sides, ends, counts, strict=True)
        if any(one["found"] + one["confused"] + one["missed"] for one in found)
    }


def _stack(row: Row, counts: Mapping[str, int]) -> Stack:
    kinds = dict(zip(KINDS, (counts["found"], counts["confused"], counts["missed"]), strict=True))
    return Stack(row.name, row.colour, kinds, f"{counts['false_alarms']} false alarms")
