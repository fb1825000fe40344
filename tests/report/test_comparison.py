"""What the comparison takes from each classifier's report."""

import csv
from pathlib import Path

import pytest

from fullconv.config.layout import report_file
from fullconv.files import write_json
from fullconv.report.comparison import LOCALIZATION, summarize, write_comparison


def test_a_summary_names_parameters_work_and_neighbours_of_the_classifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(report_file("plain", "train.json"), {"val_accuracy": 0.9, "parameters": 12})
    write_json(report_file("plain", "convert.json"), {"max_difference": 0.0})
    tables = {"classifier": {"multiply_accumulates": 345}, "conversion": {"multiply_accumulates": 6_789}}
    write_json(report_file("plain", "cost.json"), tables)
    write_json(report_file("plain", "inspect.json"), {"agreement": 0.75})
    write_json(report_file("plain", "evaluate.json"), {"test": dict.fromkeys(LOCALIZATION, 0.5)})
    summary = summarize("plain", ["test"])
    assert summary["parameters"] == 12
    assert summary["multiply_accumulates"] == 345
    assert summary["neighbour_agreement"] == 0.75
    write_comparison(tmp_path / "comparison.csv", {"plain": summary})
    with (tmp_path / "comparison.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["multiply_accumulates"] == "345"
    assert row["test_AP50"] == "0.5"
