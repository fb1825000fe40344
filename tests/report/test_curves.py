"""Curves of all classifiers in a file a chart."""

from pathlib import Path

import pytest

from fullconv.errors import InputError
from fullconv.files import write_json
from fullconv.report.curves import write_precision_recall, write_training

HISTORY = "epoch,phase,loss,accuracy,val_loss,val_accuracy\n1,plain,0.5,0.8,0.4,0.87318181\n2,plain,0.4,0.9,0.3,0.9\n"


def test_each_epoch_and_each_recall_is_a_row_of_its_classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, precision in (("plain", 0.25), ("b", 1.0)):
        folder = Path("reports") / name
        write_json(
            folder / "curves" / "test.json",
            {"precision_recall": {"recall": [0.0, 0.01], "0.50": [1.0, precision], "0.75": [0.1, 0.1]}},
        )
        (folder / "history.csv").write_text(HISTORY)
    write_training(Path("training.csv"), ["plain", "b"])
    write_precision_recall(Path("curve.csv"), ["plain", "b"])
    assert Path("training.csv").read_text().splitlines() == [
        "classifier,epoch,val_accuracy", "plain,1,0.8732", "plain,2,0.9000", "b,1,0.8732", "b,2,0.9000",
    ]  # fmt: skip
    assert Path("curve.csv").read_text().splitlines() == [
        "classifier,recall,precision", "plain,0.00,1.0000", "plain,0.01,0.2500", "b,0.00,1.0000", "b,0.01,1.0000",
    ]  # fmt: skip


def test_a_report_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"reports/plain/curves/test\.json"):
        write_precision_recall(Path("curve.csv"), ["plain"])
    assert not Path("curve.csv").exists()
