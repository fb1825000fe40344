"""Saved views of the dashboard: which runs, columns, charts and pictures a reviewer sees first.

MLflow keeps a saved view as a tag of the experiment, JSON with a deflated state; its pages list them under *Views*.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

NOTE = "mlflow.note.content"  # tag of an experiment, a run, a logged model: its description
TAG = "mlflow.sharedViewState."  # and the key that an address names: …/runs?viewStateShareKey=<key>
COLOUR = "mlflow.runColor"  # tag of a run: its colour in every chart
CLASSIFIERS = "fullconv-classifiers"
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
_NAME, _WIDTH = "attributes.`Run Name`", 130  # a column, and pixels of the others
_CURVES = ("val_accuracy", "val_loss", "accuracy", "loss")


_ABOUT = """Classifiers made fully convolutional: how faithful they are, and how well they find objects without boxes.

- *Views → Classifiers by AP50*: one run a classifier of the pipeline, the best on the test mosaics first.
- *Views → Jobs of sweeps by AP50*: one run a job, the best on the validation mosaics first.
- The run `photos`: a pretrained network that searches photos.

A run's description begins with its result; the page of all classifiers is its *Artifacts → report.html*."""


def first_tags() -> dict[str, str]:
    """Return what an experiment says from the beginning: its description and its saved views."""
    return {NOTE: _ABOUT} | saved_views()


def saved_views() -> dict[str, str]:
    """Return the experiment's tags: one view of the pipeline's classifiers, one of the jobs of sweeps."""
    # The run of photos is published, too, and has no such metric.
    classifiers = _state("tags.stage = 'published' and metrics.`test/AP50` >= 0", "test/AP50")
    return {
        f"{TAG}{CLASSIFIERS}": _packed("Classifiers by AP50", classifiers),
        f"{TAG}{JOBS}": _packed("Jobs of sweeps by AP50", _state("tags.stage = 'job'", "validation/AP50")),
    }


def _state(search: str, order: str) -> dict[str, Any]:
    charts, sections = _charts()
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


def _charts() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the charts in order, and their sections; MLflow adds the metrics that have none below them."""
    # No image of the validation set is drawn.
    localized = [_bar(f"{name}/AP50") for name in SETS]
    contents: dict[str, tuple[int, int, list[dict[str, Any]]]] = {  # charts a row, pixels of a card's height
        "Localization": (4, 360, [*localized, _bar("final/val_accuracy")]),
        "Training": (4, 360, [_line(metric) for metric in _CURVES]),
        "Heatmaps side by side": (
            1,
            700,
            [_images(f"heatmap/{name}") for name in SETS[1:]],
        ),
    }
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


def _images(key: str) -> dict[str, Any]:
    return {"type": "IMAGE", "imageKeys": [key], "displayName": key, "step": 0, "showRunParams": False}


def _packed(name: str, state: Mapping[str, Any]) -> str:
    deflated = base64.b64encode(zlib.compress(json.dumps(state, sort_keys=True).encode())).decode()
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": f"deflate;{deflated}"})
