"""What a classifier's report folder holds, logged to an MLflow run."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from fullconv.config.run_metrics import shown_of
from fullconv.convert.cost.table import COLUMNS, cost_rows
from fullconv.evaluate.annotations import UNDEFINED
from fullconv.figures.scenes import contact_sheet, history_figure, save_figure
from fullconv.files import read_json
from fullconv.proof.table import grouped_rows
from fullconv.track.dashboard import SETS
from fullconv.track.datasets import measured_on
from fullconv.track.description import describe
from fullconv.track.inspection_run import log_inspection

if TYPE_CHECKING:
    from mlflow.entities import Run

    from fullconv.track.store.opening import Store

# Of a report, logged as they are.
FILES = (
    "train.json",
    "convert.json",
    "cost.json",
    "evaluate.json",
    "intervals.json",
    "threshold.json",
    "history.csv",
)
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


def read_history(path: Path) -> list[dict[str, float]]:
    """Return the curves of history.csv, one dictionary an epoch."""
    with path.open(newline="") as stream:
        return [{key: float(row[key]) for key in CURVES} for row in csv.DictReader(stream)]


def log_history(store: "Store", run_id: str, rows: Sequence[Mapping[str, float]]) -> None:
    """Log the epochs that the run does not have yet; live logging may have been cut off."""
    from mlflow.entities import Metric

    metrics = []
    for key in CURVES:
        there = {metric.step for metric in store.client.get_metric_history(run_id, key)}
        start = store.client.get_run(run_id).info.start_time
        metrics += [Metric(key, row[key], start, step) for step, row in enumerate(rows) if step not in there]
    if metrics:
        store.client.log_batch(run_id, metrics=metrics)


def agrees(store: "Store", run: "Run", rows: Sequence[Mapping[str, float]]) -> bool:
    """Return whether all that a run holds of its curves is in `rows` too, one dictionary an epoch."""
    streamed = [(key, metric) for key in CURVES for metric in store.client.get_metric_history(run.info.run_id, key)]
    return all(
        metric.step < len(rows) and math.isclose(metric.value, rows[metric.step][key], rel_tol=1e-9, abs_tol=1e-12)
        for key, metric in streamed
    )


def summary_metrics(report: Path) -> dict[str, float]:
    """Return what a run shows of train.json, convert.json, cost.json and evaluate.json, as MLflow metrics.

    A run's page lists them in this order, localization first. A slash makes a section: `<set>/<metric>`,
    `final/<key>`, `certificate/<key>`, `cost/<key>`. What is not defined is none of them: a set without objects has no
    AP50, and a set of one picture measures nothing. All else, with all digits, is in the files that the run holds.
    """
    sets = {name: found for name, found in read_json(report / "evaluate.json").items() if found.get("images") != 1}
    sections = {name: chosen(sets[name], shown_of(name)) for name in _ordered(sets, SETS)}
    sections = {name: {key: one for key, one in found.items() if one != UNDEFINED} for name, found in sections.items()}
    sections |= {
        "final": chosen(read_json(report / "train.json"), ("val_accuracy", "val_loss")),
        "certificate": chosen(read_json(report / "convert.json"), ("max_difference", "crop_max_difference")),
        "cost": chosen(read_json(report / "cost.json")["classifier"], ("parameters", "multiply_accumulates")),
    }
    return {f"{section}/{key}": legible(value) for section, found in sections.items() for key, value in found.items()}


def chosen(found: Mapping[str, Any], keys: Sequence[str]) -> dict[str, float]:
    """Return what was found under keys, in their order; a head on each cell alone has no difference."""
    return {key: found[key] for key in keys if found.get(key) is not None}


def _ordered(found: Mapping[str, Any], first: Sequence[str]) -> dict[str, Any]:
    return {key: found[key] for key in sorted(found, key=lambda key: first.index(key) if key in first else len(first))}


def legible(value: float) -> float:
    """Return a number with six significant digits: the dashboard's columns cut off longer ones. Counts stay whole."""
    return float(value) if float(value).is_integer() else float(f"{value:.6g}")


def figure_sets(report: Path) -> dict[str, list[Path]]:
    """Return each set's figures, in order; a figure is named <set>_<image>.png."""
    sets: dict[str, list[Path]] = {}
    for path in sorted((report / "pictures" / "figures").glob("*.png")):
        sets.setdefault(path.stem.rpartition("_")[0], []).append(path)
    return sets


def log_figures(store: "Store", run_id: str, report: Path, folder: Path) -> None:
    """Log heatmaps to the image grid, each set's contact sheet, and the curves; `folder` is for working files."""
    for path in sorted((report / "pictures" / "heatmaps").glob("*.png")):
        name, _, image = path.stem.rpartition("_")
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        step = int(image) if image.isdigit() else 0
        store.client.log_image(run_id, pixels, key=f"heatmap/{name}", step=step, synchronous=True)
    for name, paths in figure_sets(report).items():
        pictures = [(path.stem, np.asarray(Image.open(path).convert("RGB"))) for path in paths]
        sheet = contact_sheet(pictures, columns=1)
        save_figure(sheet, folder / f"{name}.png")
        store.client.log_artifact(run_id, str(folder / f"{name}.png"), "contact_sheets")
    curves = {key: [row[key] for row in read_history(report / "history.csv")] for key in CURVES}
    save_figure(history_figure(curves), folder / "history.png")
    store.client.log_artifact(run_id, str(folder / "history.png"))


def log_tables(store: "Store", run_id: str, report: Path, classes: Sequence[str]) -> None:
    """Log detections, neighbourhoods, certificate and costs as MLflow tables, and the report's files as they are.

    Detections are those that reach the threshold. `classes` are those of the mosaics, whose category ids count from 1.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    threshold = read_json(report / "threshold.json")["threshold"]
    files = {path.stem: path for path in sorted((report / "detections").glob("*.json"))}
    for name, path in _ordered(files, SETS).items():
        for item in (one for one in read_json(path) if one["score"] >= threshold):
            # To be read: hundredths of a pixel.
            x, y, width, height = (round(side, 2) for side in item["bbox"])
            rows.append(
                {"set": name, "image_id": item["image_id"], "class": classes[item["category_id"] - 1]}
                | {"score": round(item["score"], 4), "x": x, "y": y, "width": width, "height": height}
            )
    columns = ["set", "image_id", "class", "score", "x", "y", "width", "height"]
    # As objects: MLflow looks for text in columns of that type.
    store.client.log_table(run_id, pd.DataFrame(rows, columns=columns, dtype=object), "detections.json")
    table = report / "neighbourhood.csv"
    if table.stat().st_size:
        store.client.log_table(run_id, pd.read_csv(table), "neighbourhood.json")
    certified = grouped_rows(read_json(report / "convert.json"))
    table_of_text = pd.DataFrame(certified, columns=["of", "what", "measured"], dtype=object)
    store.client.log_table(run_id, table_of_text, "certificate.json")
    tables = read_json(report / "cost.json")
    spent = [(which, *row) for which in tables for row in cost_rows(tables[which])]
    table_of_text = pd.DataFrame(spent, columns=["network", *COLUMNS], dtype=object)
    store.client.log_table(run_id, table_of_text, "cost.json")
    for name in FILES:
        store.client.log_artifact(run_id, str(report / name), "report")


def log_report(store: "Store", run_id: str, report: Path, classes: Sequence[str], folder: Path, model: str) -> None:
    """Log all of a report folder; what was measured of the weights that were kept is of the logged `model` too.

    `folder` is an empty one for working files.
    """
    log_history(store, run_id, read_history(report / "history.csv"))
    from mlflow.entities import Metric

    run = store.client.get_run(run_id)
    at = run.info.start_time
    metrics = [
        Metric(key, value, at, 0, model, *measured_on(run, key.split("/")[0]))
        for key, value in summary_metrics(report).items()
    ]
    store.client.log_batch(run_id, metrics=metrics)
    log_tables(store, run_id, report, classes)
    log_figures(store, run_id, report, folder)
    log_inspection(store, run_id, report, model)
    describe(store, run, report, model)
