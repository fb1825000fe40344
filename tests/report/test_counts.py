"""Counts written down, by class and by image."""

import csv
import json
from pathlib import Path

import numpy as np

from fullconv.evaluate.metrics.counts import Counts
from fullconv.report.counts import write_counts

COUNTS = Counts((4, 7), ("cell", "a, b"), np.array([[2, 0], [1, 0]]), np.array([[1, 0], [1, 3]]))


def test_a_table_for_people_and_the_same_for_programs(tmp_path: Path) -> None:
    write_counts(tmp_path, COUNTS, ["é.png", "b.png"])
    with (tmp_path / "counts.csv").open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [
            ["image", "class", "truth", "found"],
            ["é.png", "cell", "2", "1"],
            ["b.png", "cell", "1", "1"],
            ["b.png", "a, b", "0", "3"],
        ]
    assert json.loads((tmp_path / "counts.json").read_text()) == {
        "classes": {
            "cell": {"truth": 3, "found": 2, "error": 1 / 3},
            "a, b": {"truth": 0, "found": 3, "error": -1},
        },
        "images": {
            "é.png": {"cell": {"truth": 2, "found": 1}},
            "b.png": {"cell": {"truth": 1, "found": 1}, "a, b": {"truth": 0, "found": 3}},
        },
    }
