"""What a report folder becomes on the dashboard: numbers of every depth, and the certificate as a table."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import mlflow
import numpy as np
import pytest
from keras import layers

from fullconv.config.load import compose_settings
from fullconv.config.run_metrics import shown_of
from fullconv.config.running import TrackingConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.cost.network import cost
from fullconv.convert.cost.table import COLUMNS
from fullconv.files import write_json
from fullconv.proof.certificate import Certificate, certify
from fullconv.proof.table import grouped_rows
from fullconv.proof.work import costs
from fullconv.track.outputs import CURVES, legible, log_tables, summary_metrics
from fullconv.track.store.opening import Store, open_store


@pytest.fixture(scope="module")
def classifier() -> keras.Model:
    classifier = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.Flatten(), layers.Dense(2)])
    rng = np.random.default_rng(0)
    classifier.set_weights([rng.normal(0, 1, weight.shape) for weight in classifier.get_weights()])
    return classifier


@pytest.fixture(scope="module")
def certificate(classifier: keras.Model) -> Certificate:
    return certify(classifier, convolutionalize(classifier))


@pytest.fixture
def report(tmp_path: Path, classifier: keras.Model, certificate: Certificate) -> Path:
    folder = tmp_path / "report"
    write_json(folder / "train.json", {"val_accuracy": 0.5})
    write_json(folder / "convert.json", certificate.as_dict())
    write_json(folder / "cost.json", costs(classifier, convolutionalize(classifier), (6, 7)))
    write_json(folder / "evaluate.json", {"test": {"AP50": 0.25}})
    write_json(folder / "intervals.json", {"test": {"AP50": [0.2, 0.3]}})
    write_json(folder / "threshold.json", {"threshold": 0.5, "set": "validation"})
    found = [{"image_id": 3, "category_id": 1, "bbox": [1, 2, 3, 4], "score": score} for score in (0.9, 0.5, 0.49)]
    write_json(folder / "detections" / "test.json", found)
    for name in ("history.csv", "neighbourhood.csv"):
        (folder / name).write_text("")
    return folder


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Callable[[Path], None]) -> Iterator[Store]:
    monkeypatch.chdir(tmp_path)
    tables(tmp_path)
    before = mlflow.get_tracking_uri()
    opened = open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="outputs", artifacts="artifacts"))
    assert opened is not None
    yield opened
    mlflow.set_tracking_uri(before)


def test_a_run_shows_what_a_reviewer_asks_for_first(report: Path, certificate: Certificate) -> None:
    undefined = dict.fromkeys(("AP_large", "F1_center"), -1.0)
    found = {"AP": 0.125, "AP50": 0.25, "AP75": 0.1, "pointing": 0.5, "objects": 9, "images": 3}
    sets = {"sizes": found, "test": found | undefined, "seed_128": found | {"images": 1}, "mine": {"AP50": 0.75}}
    write_json(report / "evaluate.json", sets | {"empty": {"AP50": -1.0, "images": 2}})
    write_json(report / "train.json", {"val_accuracy": 0.5, "val_loss": math.nan, "epochs": 3})
    metrics = summary_metrics(report)
    assert list(metrics) == [
        *("test/AP50", "test/AP", "test/pointing", "sizes/AP50", "mine/AP50", "final/val_accuracy", "final/val_loss"),
        *("certificate/max_difference", "certificate/crop_max_difference", "cost/parameters"),
        "cost/multiply_accumulates",
    ]
    assert (metrics["test/AP"], metrics["final/val_accuracy"]) == (0.125, 0.5)
    assert math.isnan(metrics["final/val_loss"])  # that a training came to nothing is a result
    assert metrics["certificate/max_difference"] == pytest.approx(certificate.max_difference, rel=1e-5)


def test_a_head_on_each_cell_alone_has_no_difference(report: Path) -> None:
    write_json(report / "convert.json", {"max_difference": None, "crop_max_difference": None})
    assert not [name for name in summary_metrics(report) if name.startswith("certificate/")]


def test_a_run_shows_twenty_to_thirty_numbers() -> None:
    sets = [name for name, one in compose_settings().mosaics.items() if one.images > 1 and not name.startswith("own_")]
    localization = sum(len(shown_of(name)) for name in sets)
    others = len(("val_accuracy", "val_loss", "max_difference", "crop_max_difference", "parameters", "products"))
    assert 20 <= localization + others + len(CURVES) + len(("agreement", "pixels")) <= 30


def test_the_dashboards_numbers_are_short_and_counts_are_whole() -> None:
    assert (legible(0.44301037123), legible(1.78813934e-07), legible(4862016), legible(1.0)) == (
        0.44301,
        1.78814e-07,
        4862016,
        1,
    )
    assert math.isnan(legible(float("nan")))


def test_the_sums_of_costs_are_metrics(report: Path) -> None:
    metrics = {key: value for key, value in summary_metrics(report).items() if key.startswith("cost/")}
    assert metrics == {"cost/parameters": 2 * 5 + 2 * 19, "cost/multiply_accumulates": 9 * 2 * 4 + 2 * 18}


def test_the_costs_are_a_table_of_both_networks(report: Path, store: Store, classifier: keras.Model) -> None:
    with mlflow.start_run() as run:
        log_tables(store, run.info.run_id, report, ["0"])
    path = store.client.download_artifacts(run.info.run_id, "cost.json")
    table = json.loads(Path(path).read_text())
    assert table["columns"] == ["network", *COLUMNS]
    own = [["classifier", *row] for row in cost(classifier).rows()]
    assert table["data"][: len(own)] == own
    assert table["data"][-1][:2] == ["conversion", "all layers"]
    written = store.client.download_artifacts(run.info.run_id, "report/cost.json")
    assert Path(written).read_text() == (report / "cost.json").read_text()


def test_the_certificate_is_a_table_of_its_rows(report: Path, store: Store, certificate: Certificate) -> None:
    with mlflow.start_run() as run:
        log_tables(store, run.info.run_id, report, ["0"])
    path = store.client.download_artifacts(run.info.run_id, "certificate.json")
    table = json.loads(Path(path).read_text())
    assert table == {
        "columns": ["of", "what", "measured"],
        "data": [list(row) for row in grouped_rows(certificate.as_dict())],
    }


def test_the_table_of_detections_holds_those_that_count(report: Path, store: Store) -> None:
    with mlflow.start_run() as run:
        log_tables(store, run.info.run_id, report, ["cat"])
    path = store.client.download_artifacts(run.info.run_id, "detections.json")
    table = json.loads(Path(path).read_text())
    assert table["columns"] == ["set", "image_id", "class", "score", "x", "y", "width", "height"]
    assert table["data"] == [["test", 3, "cat", score, 1, 2, 3, 4] for score in (0.9, 0.5)]
