"""The stage's outputs: numbers against brute force, every file, the same bytes twice, on the dashboard."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import mlflow
import numpy as np
import pytest
from keras import layers

from fullconv.config.running import TrackingConfig
from fullconv.config.schema import InspectConfig
from fullconv.data.windows.windows import Windows
from fullconv.errors import InputError
from fullconv.report.inspection import Subject, write_inspection
from fullconv.track.inspection_run import log_inspection
from fullconv.track.store.opening import open_store
from fullconv.train.sample import Sample, read_sample, write_sample

CONFIG = InspectConfig(layer=None, images=30, neighbours=4, queries=3, image=35, projection="pca")


@pytest.fixture(scope="module")
def subject() -> Subject:
    """Forty images of two classes, told apart by their brightness, and a network of random weights."""
    model = keras.Sequential(
        [
            keras.Input((8, 6, 1), name="image"),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.Flatten(name="flatten"),
            layers.Dense(5, activation="tanh", name="hidden"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.5, weight.shape) for weight in model.get_weights()])
    labels = rng.integers(0, 2, 40)
    images = (rng.random((40, 8, 6, 1)) * 0.5 + 0.4 * labels[:, None, None, None]).astype(np.float32)
    return Subject(model, images, labels, ["dark", "light"])


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def brute_agreement(vectors: Any, labels: Any, count: int) -> float:
    shares = []
    for one in range(len(vectors)):
        far = ((vectors - vectors[one]).astype(np.float64) ** 2).sum(axis=1)
        far[one] = np.inf
        shares.append((labels[np.argsort(far, kind="stable")[:count]] == labels[one]).mean())
    return float(np.mean(shares))


def test_numbers_are_those_of_brute_force(subject: Subject, tmp_path: Path) -> None:
    found = write_inspection(tmp_path, subject, CONFIG, 0)
    assert found == json.loads((tmp_path / "inspect.json").read_text())
    assert (found["layer"], found["dimensions"], found["images"], found["neighbours"]) == ("hidden", 5, 30, 4)
    hidden = keras.Sequential(subject.classifier.layers[:-1])
    images, labels = subject.images[:30], subject.labels[:30]
    assert found["agreement"] == pytest.approx(brute_agreement(np.asarray(hidden(images)), labels, 4))
    assert found["pixels"] == pytest.approx(brute_agreement(images.reshape(30, -1), labels, 4))
    ones = int(labels.sum())
    assert found["chance"] == pytest.approx((ones * (ones - 1) + (30 - ones) * (29 - ones)) / (30 * 29))
    shares = found["classes"]
    assert found["agreement"] == pytest.approx((shares["light"] * ones + shares["dark"] * (30 - ones)) / 30)
    rows = list(csv.DictReader((tmp_path / "embeddings.csv").read_text().splitlines()))
    assert [row["class"] for row in rows] == [subject.classes[label] for label in labels]
    assert all(np.isfinite([float(row["x"]), float(row["y"])]).all() for row in rows)


def test_every_picture_and_the_same_bytes_twice(subject: Subject, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_inspection(tmp_path / name, subject, replace(CONFIG, projection="tsne"), 3)
    pictures = ("activations", "kernels_01_conv", "kernels_02_hidden", "neighbours", "projection")
    assert files(tmp_path / "one") == [
        "embeddings.csv", "inspect.json", *(f"inspection/{name}.png" for name in pictures)
    ]  # fmt: skip
    for name in files(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_classifier_of_pixels_up_to_255_sees_them(subject: Subject, tmp_path: Path) -> None:
    """The same network behind a division by 255 gives the same numbers."""
    image = keras.Input((8, 6, 1), name="image")
    divided = keras.Model(image, subject.classifier(layers.Rescaling(1 / 255, name="rescaling")(image)))
    plain = write_inspection(tmp_path / "plain", subject, CONFIG, 0)
    found = write_inspection(tmp_path / "divided", replace(subject, classifier=divided, pixels="0..255"), CONFIG, 0)
    assert found["layer"].endswith("/hidden")
    assert found["agreement"] == plain["agreement"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"layer": "nowhere"}, r"^inspect\.layer: received 'nowhere'"),
        ({"image": 40}, r"^inspect\.image: 40"),
        ({"neighbours": 30}, r"^inspect\.neighbours: 30 neighbours among 30"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    change: dict[str, Any], named: str, subject: Subject, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=named):
        write_inspection(tmp_path, subject, replace(CONFIG, **change), 0)
    assert files(tmp_path) == []


def test_other_classes_than_outputs_are_refused_and_nothing_is_written(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 outputs"):
        write_inspection(tmp_path, replace(subject, classes=["a", "b", "c", "d"]), CONFIG, 0)
    assert files(tmp_path) == []


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Callable[[Path], None]) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    tables(tmp_path)
    before = mlflow.get_tracking_uri()
    yield open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="inspection", artifacts="artifacts"))
    mlflow.set_tracking_uri(before)


def test_a_run_shows_the_agreement_and_all_pictures(subject: Subject, store: Any, tmp_path: Path) -> None:
    found = write_inspection(tmp_path / "report", subject, CONFIG, 0)
    with mlflow.start_run() as run:
        model = store.client.create_logged_model(store.experiment_id, source_run_id=run.info.run_id).model_id
        log_inspection(store, run.info.run_id, tmp_path / "report", model)
        log_inspection(store, run.info.run_id, tmp_path / "nowhere", model)
    assert {one.key for one in store.client.get_logged_model(model).metrics} == {"inspect/agreement", "inspect/pixels"}
    metrics = store.client.get_run(run.info.run_id).data.metrics
    assert metrics == {"inspect/agreement": found["agreement"], "inspect/pixels": found["pixels"]}
    kept = {one.path for one in store.client.list_artifacts(run.info.run_id, "inspection")}
    assert kept == {name for name in files(tmp_path / "report") if name.endswith(".png")}
    kept = {one.path for one in store.client.list_artifacts(run.info.run_id, "report")}
    assert kept == {"report/inspect.json", "report/embeddings.csv"}


def test_windows_of_the_training_are_among_the_pictures(subject: Subject, tmp_path: Path) -> None:
    windows = Windows(np.zeros((6, 8, 6, 1), np.uint8), np.array([0, 0, 1, 1, 2, 2], np.int32))
    sample = Sample(windows, np.full((6, 3), 1 / 3, np.float32), np.array([2, 2]))
    write_sample(tmp_path / "windows.npz", sample)
    write_inspection(tmp_path / "with", subject, CONFIG, 0, read_sample(tmp_path / "windows.npz"))
    write_inspection(tmp_path / "without", subject, CONFIG, 0)
    more = set(files(tmp_path / "with")) - set(files(tmp_path / "without"))
    assert more == {"inspection/windows.png"}


@pytest.mark.parametrize("content", [None, b"PK", b"\x93NUMPY"])
def test_a_missing_or_damaged_sample_names_the_stage(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "windows.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"windows\.npz: no sample of windows.*Run the stage train"):
        read_sample(path)
