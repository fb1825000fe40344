"""The figures of each classifier that fit a terminal."""

from pathlib import Path
from typing import Any

import pytest

from fullconv.files import read_json
from fullconv.report.metrics import first_figures, write_metrics


def row(difference: float | None = 8.046e-07, **sets: dict[str, float]) -> dict[str, Any]:
    found = {"AP50": 0.986760022, "AP": 0.89227, "pointing": 0.99905, "AR": 0.9}
    return {"val_accuracy": 0.9815454, "parameters": 7, "max_difference": difference, "test": found, **sets}


def test_five_figures_of_the_test_mosaics_are_rounded() -> None:
    figures = first_figures(row(validation={"AP50": 0.5, "AP": 0.5, "pointing": 0.5}))
    assert figures == {
        "accuracy": 0.9815, "AP50": 0.9868, "AP": 0.8923, "pointing": 0.999, "certificate": "8e-07",
    }  # fmt: skip


@pytest.mark.parametrize(("difference", "said"), [(0.0, "0"), (None, "not comparable"), (1.2345e-5, "1e-05")])
def test_a_certificate_is_seen_however_small(difference: float | None, said: str) -> None:
    assert first_figures(row(difference))["certificate"] == said


def test_without_a_set_called_test_the_rest_is_shown() -> None:
    bare = row()
    del bare["test"]
    assert set(first_figures(bare)) == {"accuracy", "certificate"}


def test_a_classifier_that_is_gone_leaves_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    write_metrics(folder, {"plain": row(), "other": row()})
    write_metrics(folder, {"plain": row(None)})
    assert [path.name for path in folder.iterdir()] == ["plain.json"]
    assert read_json(folder / "plain.json")["certificate"] == "not comparable"
