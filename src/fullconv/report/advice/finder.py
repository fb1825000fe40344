"""What a finder's own folder tells those who advise."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fullconv.files import read_json
from fullconv.report.advice.evidence import Evidence


def evidence_in(folder: Path) -> Evidence:
    """Return what finder.json, train.json and history.csv of a finder tell; its figures are not among them.

    Raises:
        InputError: finder.json is missing or cannot be read.
    """
    card = read_json(folder / "finder.json")
    learnt: Mapping[str, Any] = card.get("learnt_from", {})
    train = read_json(folder / "train.json") if (folder / "train.json").is_file() else {}
    return Evidence(
        crops=learnt.get("training", {}),
        sizes=card.get("dimensions", {}).get("sizes", {}),
        scenes=int(learnt.get("scenes", -1)),
        nothing=int(learnt.get("nothing", -1)),
        margin=float(learnt.get("margin", -1)),
        accuracy=float(train.get("accuracy", -1)),
        val_accuracy=float(train.get("val_accuracy", -1)),
        falling=falling(losses_in(folder / "history.csv")),
    )


def losses_in(path: Path) -> list[float]:
    """Return the loss of each epoch; none where there is no such file."""
    if not path.is_file():
        return []
    with path.open(newline="") as stream:
        return [float(row["loss"]) for row in csv.DictReader(stream)]


def falling(losses: Sequence[float]) -> float:
    """Return by which share the loss fell in the last quarter of the epochs; -1 of fewer than four."""
    if len(losses) < 4:
        return -1.0
    before = losses[-1 - len(losses) // 4]
    return max(0.0, 1 - losses[-1] / before) if before > 0 else 0.0
