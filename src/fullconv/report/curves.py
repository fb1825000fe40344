"""Curves of all classifiers, one file a chart: of training, and of precision over recall."""

import csv
from collections.abc import Sequence
from pathlib import Path

from fullconv.config.layout import report_file
from fullconv.files import read_json
from fullconv.report.metrics import SET
from fullconv.report.tables import write_table

_IOU = "0.50"


def write_training(path: Path, names: Sequence[str]) -> None:
    """Write validation accuracy after each epoch.

    Raises:
        InputError: a report is missing.
    """
    write_table(path, ("classifier", "epoch", "val_accuracy"), (row for name in names for row in _epochs(name)))


def _epochs(name: str) -> list[dict[str, str]]:
    with report_file(name, "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        {"classifier": name, "epoch": row["epoch"], "val_accuracy": f"{float(row['val_accuracy']):.4f}"} for row in rows
    ]


def write_precision_recall(path: Path, names: Sequence[str]) -> None:
    """Write precision over recall on the test mosaics, a box being right from an overlap of .50.

    Raises:
        InputError: a report is missing.
    """
    write_table(path, ("classifier", "recall", "precision"), (row for name in names for row in _recalls(name)))


def _recalls(name: str) -> list[dict[str, str]]:
    curve = read_json(report_file(name, "curves") / f"{SET}.json")["precision_recall"]
    return [
        {"classifier": name, "recall": f"{recall:.2f}", "precision": f"{precision:.4f}"}
        for recall, precision in zip(curve["recall"], curve[_IOU], strict=True)
    ]
