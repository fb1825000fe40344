"""All classifiers side by side: one table, one file for plots, one figure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fullconv.config.layout import MOSAICS, report_file
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import classes_of
from fullconv.evaluate.scenes.sets import SceneSet, scene_sets
from fullconv.figures.scenes import SceneView, results_figure, save_figure
from fullconv.files import read_json
from fullconv.locate.channels import channels_of
from fullconv.report.flat import flat
from fullconv.report.tables import write_table
from fullconv.report.views import reported, scene_view

LOCALIZATION = ("AP", "AP50", "AP75", "AR", "F1_center", "F1_iou50", "pointing", "centre")


def summarize(name: str, sets: Sequence[str]) -> dict[str, Any]:
    """Return what a reader compares first: accuracy, cost, faithfulness, neighbours, localization on each set.

    Raises:
        InputError: a report is missing.
    """
    train = read_json(report_file(name, "train.json"))
    certificate = read_json(report_file(name, "convert.json"))
    table = read_json(report_file(name, "cost.json"))["classifier"]
    evaluation = read_json(report_file(name, "evaluate.json"))
    inspection = read_json(report_file(name, "inspect.json"))
    return {
        "val_accuracy": train["val_accuracy"],
        "parameters": train["parameters"],
        "multiply_accumulates": table["multiply_accumulates"],
        "max_difference": certificate["max_difference"],
        "neighbour_agreement": inspection["agreement"],
        **{key: {metric: evaluation[key][metric] for metric in LOCALIZATION} for key in sets},
    }


def write_comparison(path: Path, summary: Mapping[str, Mapping[str, Any]]) -> None:
    """Write one row a classifier and one column a metric (`<set>_<metric>`)."""
    rows = [
        {"classifier": name, **{key.replace(".", "_"): value for key, value in flat(row).items()}}
        for name, row in summary.items()
    ]
    write_table(path, list(rows[0]), rows)


def write_overview(path: Path, settings: ExperimentConfig) -> None:
    """Draw up to four classifiers on the first mosaic of the first set that is drawn at all."""
    drawn = {name: config for name, config in settings.mosaics.items() if config.figures} or settings.mosaics
    first = next(iter(drawn))
    (scenes,) = scene_sets({first: settings.mosaics[first]}, MOSAICS)
    classes = classes_of(settings.data)
    views = [_first_view(name, scenes, classes) for name in settings.names[:4]]
    save_figure(results_figure(views), path)


def _first_view(name: str, scenes: SceneSet, classes: Sequence[str]) -> SceneView:
    threshold = float(read_json(report_file(name, "threshold.json"))["threshold"])
    seen = reported(name, scenes, scenes.coco["images"][0])
    return scene_view(name, scenes, seen, channels_of(classes, seen.scores.shape[-1], name), threshold)
