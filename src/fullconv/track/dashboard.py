"""Saved views of the dashboard: which runs, columns, charts and pictures a reviewer sees first.

MLflow keeps a saved view as a tag of the experiment, JSON with a deflated state; its pages list them under *Views*.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

NOTE = "mlflow.note.content"  # tag of an experiment, a run, a logged model: its description
TAG = "mlflow.sharedViewState."  # and the key that an address names: …/runs?viewStateShareKey=<key>
COLOUR = "mlflow.runColor"  # tag of a run: its colour in every chart
CLASSIFIERS = "fullconv-classifiers"
HEATMAPS = "fullconv-heatmaps"
JOBS = "fullconv-jobs"
SETS = ("validation", "test", "sizes", "scales", "photo", "colour", "dark")  # of mosaics, as a reviewer reads them
_COLUMNS = (
    "validation/AP50",
    "test/AP50",
    "test/AP",
    "test/pointing",
    "final/val_accuracy",
    "certificate/max_difference",
)
_PICTURES = "Heatmaps side by side"
_Contents = dict[
    str, tuple[int, int, list[dict[str, Any]]]
]  # section → charts a row, pixels of a card's height, charts
_NAME, _WIDTH = "attributes.`Run Name`", 130  # a column, and pixels of the others
# Axes of the parallel coordinates: what tells the pipeline's classifiers apart, and what conf/sweep varies.
KNOBS = ("model.architecture", "background.train", "background.windows", "augment.epochs", "train.epochs")
SWEPT = (
    *("model.architecture", "convert.head", "background.share", "background.hardest"),
    *("train.learning_rate", "locate.stride"),
)
_CURVES = ("val_accuracy", "val_loss", "accuracy", "loss")


_ABOUT = """Classifiers made fully convolutional: how faithful they are, and how well they find objects without boxes.

- *Views → Classifiers by AP50*: one run a classifier of the pipeline, the best on the test mosaics first.
- *Views → Heatmaps*: the same, the pictures of the best first.
- *Views → Jobs of sweeps by AP50*: one run a job, the best on the validation mosaics first.
- The run `photos`: a pretrained network that searches photos.

A run's description begins with its result; the page of all classifiers is its *Artifacts → report.html*."""


def first_tags() -> dict[str, str]:
    """Return what an experiment says from the beginning: its description and its saved views."""
    return {NOTE: _ABOUT} | saved_views()


def saved_views() -> dict[str, str]:
    """Return the experiment's tags: two views of the pipeline's classifiers, one of the jobs of sweeps."""
    # The run of photos is published, too, and has no such metric.
    published = "tags.stage = 'published' and metrics.`test/AP50` >= 0"
    contents = _contents(KNOBS)
    pictures = dict(sorted(contents.items(), key=lambda item: item[0] != _PICTURES))
    # MLflow's grids of images run against the table's order: the best comes first where the table ends with it.
    heatmaps = _state(published, "test/AP50", pictures) | {"orderByAsc": True}
    jobs = _state("tags.stage = 'job'", "validation/AP50", _contents(SWEPT))
    return {
        f"{TAG}{CLASSIFIERS}": _packed("Classifiers by AP50", _state(published, "test/AP50", contents)),
        f"{TAG}{HEATMAPS}": _packed("Heatmaps", heatmaps),
        f"{TAG}{JOBS}": _packed("Jobs of sweeps by AP50", jobs),
    }


def _state(search: str, order: str, contents: _Contents) -> dict[str, Any]:
    charts, sections = _charts(contents)
    columns = [f"metrics.`{metric}`" for metric in _COLUMNS]
    return {
        "searchFilter": search,
        "orderByKey": f"metrics.`{order}`",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": [_NAME, *columns],
        "columnWidths": {_NAME: 300} | dict.fromkeys(columns, _WIDTH),
        "runsHiddenMode": "FIRST_20_RUNS",
        "compareRunCharts": charts,
        "compareRunSections": sections,
        "isAccordionReordered": True,  # else MLflow sorts the sections by name
        "hideEmptyCharts": True,
        "useGroupedValuesInCharts": True,
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
        "groupBy": None,
        "groupsExpanded": {},
    }


def _contents(knobs: Sequence[str]) -> _Contents:
    localized = [_bar(f"{name}/AP50") for name in SETS]
    return {
        "Localization": (4, 360, [*localized, _bar("final/val_accuracy")]),
        "Training": (4, 360, [_line(metric) for metric in _CURVES]),
        "Knobs": (1, 400, [_parallel(knobs, "test/AP50")]),
        _PICTURES: (1, 700, [_images(f"heatmap/{name}") for name in SETS[1:]]),  # none of the validation set is drawn
    }


def _charts(contents: _Contents) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the charts in order, and their sections; MLflow adds the metrics that have none below them."""
    charts = [
        {**chart, "uuid": f"{section}/{number}", "metricSectionId": section, "deleted": False, "isGenerated": False}
        for section, (_, _, listed) in contents.items()
        for number, chart in enumerate(listed)
    ]
    shown = {"display": True, "isReordered": True, "deleted": False, "isGenerated": False}
    sections = [
        {"uuid": section, "name": section, "columns": columns, "cardHeight": height, **shown}
        for section, (columns, height, _) in contents.items()
    ]
    return charts, sections


def _bar(metric: str) -> dict[str, Any]:
    return {"type": "BAR", "metricKey": metric, "displayName": metric, "runsCountToCompare": 20}


def _line(metric: str) -> dict[str, Any]:
    return {
        "type": "LINE",
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "displayName": metric,
        "lineSmoothness": 0,
        "xAxisKey": "step",
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "range": {},
        "ignoreOutliers": False,
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
        "runsCountToCompare": 20,
    }


def _parallel(knobs: Sequence[str], metric: str) -> dict[str, Any]:
    return {
        "type": "PARALLEL",
        "chartName": "Parallel Coordinates",
        "displayName": f"Knobs and {metric}",
        "selectedParams": list(knobs),
        "selectedMetrics": [metric],
        "showAllRuns": False,
        "runsCountToCompare": 20,
    }


def _images(key: str) -> dict[str, Any]:
    return {"type": "IMAGE", "imageKeys": [key], "displayName": key, "step": 0, "showRunParams": False}


def _packed(name: str, state: Mapping[str, Any]) -> str:
    deflated = base64.b64encode(zlib.compress(json.dumps(state, sort_keys=True).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{deflated}"})
