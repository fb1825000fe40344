"""What the page says: reports of all classifiers → rows, and tables of every measure on every set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from fullconv.config.layout import report_file
from fullconv.config.schema import MosaicConfig
from fullconv.evaluate.scenes.sets import VALIDATION
from fullconv.figures.palette import classifier_colour
from fullconv.files import read_json
from fullconv.report.page.charts import dash
from fullconv.report.page.elements import element, line
from fullconv.report.page.measures import MEASURES, Measure


@dataclass(frozen=True)
class Row:
    """A classifier's reports: its colour and dash on the page, and what its stages wrote."""

    name: str
    colour: str
    dash: str
    metrics: Mapping[str, Mapping[str, Any]]
    intervals: Mapping[str, Mapping[str, Any]]
    threshold: float
    train: Mapping[str, Any]
    certificate: Mapping[str, Any]
    cost: Mapping[str, Any]

    @property
    def swatch(self) -> Markup:
        """A short line as the curves have it, for legends."""
        stroke = line(0, 5, 30, 5, stroke=self.colour, stroke_width=3, stroke_dasharray=self.dash)
        return element("svg", [stroke], viewBox="0 0 30 10", aria_hidden="true")


def read_row(name: str, place: int) -> Row:
    """Return the reports of the classifier at that place of the pipeline.

    Raises:
        InputError: a report is missing.
    """
    return Row(
        name,
        classifier_colour(place),
        dash(place),
        read_json(report_file(name, "evaluate.json")),
        read_json(report_file(name, "intervals.json")),
        float(read_json(report_file(name, "threshold.json"))["threshold"]),
        read_json(report_file(name, "train.json")),
        read_json(report_file(name, "convert.json")),
        read_json(report_file(name, "cost.json")),
    )


def ranked(rows: Sequence[Row]) -> list[Row]:
    """Return the best classifier first: by AP50 on the validation mosaics, so that no test chose it."""
    return sorted(rows, key=lambda row: -float(row.metrics.get(VALIDATION, {}).get("AP50", -1)))


def shown(value: Any, measure: Measure) -> str:
    """Return a number as the page shows it; nothing where nothing was measured."""
    if value is None or value < 0:
        return ""
    return f"{value:.2f}{measure.unit}" if measure.unit else f"{value:.3f}"


def interval(row: Row, scenes: str, measure: Measure) -> str:
    """Return a measure's interval as `[low, high]`; nothing where there is none."""
    ends = row.intervals[scenes].get(measure.key)
    if ends is None or min(ends) < 0:
        return ""
    return f"[{shown(ends[0], measure)}, {shown(ends[1], measure)}]"


def tables(rows: Sequence[Row], about: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one table a measure: a line for each set, a cell for each classifier, the best marked."""
    return [
        {
            "measure": measure,
            "rows": [
                {"set": scenes, "about": said, "cells": _cells(rows, scenes, measure)} for scenes, said in about.items()
            ],
        }
        for measure in MEASURES
        if any(measure.key in row.metrics[scenes] for row in rows for scenes in about)
    ]


def _cells(rows: Sequence[Row], scenes: str, measure: Measure) -> list[dict[str, Any]]:
    values = [row.metrics[scenes].get(measure.key, -1) for row in rows]
    known = [value for value in values if value >= 0]
    best = None if not known else min(known) if measure.lower_is_better else max(known)
    return [
        {
            "name": row.name,
            "value": shown(value, measure),
            "interval": interval(row, scenes, measure),
            "best": value == best,
        }
        for row, value in zip(rows, values, strict=True)
    ]


def described(config: MosaicConfig) -> str:
    """Return a set of mosaics in a line, from its knobs."""
    canvas = f"× {'×'.join(map(str, config.canvas))} px" if config.canvas else "canvases as the crops ask"
    objects = _range(config.objects) if config.objects else str(len(config.placements))
    sizes = f" of {_range(config.sizes)} px" if config.sizes else ""
    more = [
        f"on {config.ground}s" if config.ground == "photo" else "",
        f"noise up to {config.noise}" if config.noise else "",
        "in colour" if config.colour else "",
        f"turned by up to {config.rotation:g}°" if config.rotation else "",
        "dark on light" if config.inverted else "",
        f"overlap up to {config.overlap:g}" if 0 < config.overlap < 1 else "",
    ]
    extras = "".join(f", {one}" for one in more if one)
    return f"{config.images} {canvas}, {objects} objects{sizes}{extras}"


def _range(ends: Sequence[int]) -> str:
    low, high = min(ends), max(ends)
    return str(low) if low == high else f"{low} to {high}"
