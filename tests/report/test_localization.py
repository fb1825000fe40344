"""Reports: the threshold comes from validation alone; a person's own set gives flat metrics and bounded finder."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.config.checks.objective import METRICS
from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.evaluate.scenes.search import Search, measure
from fullconv.evaluate.scenes.sets import SceneSet
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder
from fullconv.report.localization import write_own, write_report
from fullconv.report.ranking import extremes

CLASSES = Channels(("cat", "dog"), True)
CONFIG = LocateConfig(
    floor=0.05, threshold=None, overlap=0.5, sizes=[], spacing=1.19, border=0.15, stride=None, engine="auto",
    fuse="max", box="auto", probe=0, batch_size=4,
)  # fmt: skip


@pytest.fixture(scope="module")
def finder() -> Finder:
    classifier = keras.Sequential(
        [keras.Input((12, 12, 1)), layers.Conv2D(4, 3, strides=2), layers.Flatten(), layers.Dense(3, "softmax")]
    )
    rng = np.random.default_rng(3)
    classifier.set_weights([rng.normal(0, 0.6, weight.shape) for weight in classifier.get_weights()])
    return Finder("own", convolutionalize(classifier), CLASSES, CONFIG)


def scenes(root: Path, name: str, seed: int, figures: int = 2) -> SceneSet:
    rng = np.random.default_rng(seed)
    folder = root / name
    folder.mkdir()
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(1, 6):
        Image.fromarray(rng.integers(0, 256, (40, 40), dtype=np.uint8)).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": 40, "width": 40})
        for x, y in rng.integers(1, 26, (3, 2)).tolist():
            box = {"id": len(annotations) + 1, "bbox": [x, y, 12, 12], "area": 144, "iscrowd": 0}
            annotations.append({**box, "image_id": number, "category_id": int(rng.integers(1, 3))})
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    coco = {"images": images, "annotations": annotations, "categories": categories}
    return SceneSet(name, coco, folder, figures, neighbourhood=name == "test")


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_threshold_is_that_of_validation_in_every_set(finder: Finder, tmp_path: Path) -> None:
    sets = [scenes(tmp_path, "test", 1), scenes(tmp_path, "validation", 2)]
    metrics = write_report(tmp_path / "report", finder, sets)
    assert list(metrics) == ["test", "validation"]
    # A sweep may look for any of them: what the configuration takes for an objective is this list.
    assert set(metrics["test"]) == set(METRICS)
    chosen = read(tmp_path / "report" / "threshold.json")
    assert chosen["set"] == "validation"
    meter = measure(Search(finder, sets[1]))
    assert chosen["threshold"] == meter.best_threshold()
    assert metrics["validation"] == meter.metrics(chosen["threshold"])
    assert metrics["test"]["threshold"] == chosen["threshold"]
    other = measure(Search(finder, sets[0]))
    assert other.best_threshold() != chosen["threshold"]
    assert read(tmp_path / "report" / "evaluate.json") == metrics


def test_a_report_is_whole_and_the_same_bytes_twice(finder: Finder, tmp_path: Path) -> None:
    sets = [scenes(tmp_path, "test", 1), scenes(tmp_path, "validation", 2, figures=0)]
    files = []
    for name in ("one", "two"):
        write_report(tmp_path / name, finder, sets)
        found = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        files.append({path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in found})
    assert files[0] == files[1]
    assert set(files[0]) == {
        "evaluate.json", "intervals.json", "threshold.json", "neighbourhood.csv",
        "curves/test.json", "curves/validation.json", "detections/test.json", "detections/validation.json",
        "scores/test.npz", "scores/test.json", "scores/validation.npz", "scores/validation.json",
        "pictures/figures/test_000.png", "pictures/figures/test_001.png",
        "pictures/heatmaps/test_000.png", "pictures/heatmaps/test_001.png",
    }  # fmt: skip
    with np.load(tmp_path / "one" / "scores" / "test.npz") as maps:
        assert maps.files == ["1", "2", "3", "4", "5"]
        assert maps["1"].shape[-1] == 3
    assert len(files[0]["neighbourhood.csv"].splitlines()) > 15


def test_a_threshold_of_ones_own_needs_no_validation(finder: Finder, tmp_path: Path) -> None:
    given = replace(finder, config=replace(CONFIG, threshold=0.25))
    metrics = write_report(tmp_path / "report", given, [scenes(tmp_path, "test", 1)])
    assert metrics["test"]["threshold"] == 0.25
    assert read(tmp_path / "report" / "threshold.json") == {"threshold": 0.25, "set": None}
    with pytest.raises(InputError) as caught:
        write_report(tmp_path / "other", finder, [scenes(tmp_path, "again", 1)])
    assert caught.value.where == "locate.threshold"
    assert not (tmp_path / "other").exists()


def test_a_set_of_ones_own_gives_flat_metrics(finder: Finder, tmp_path: Path) -> None:
    own = scenes(tmp_path, "dataset", 4)
    metrics = write_own(tmp_path / "out", finder, own, 0.4, scores=False)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "advice.txt", "contact_sheet.png", "counts.csv", "counts.json", "counts.png", "curves.json", "detections.json",
        "intervals.json", "metrics.json",
    ]  # fmt: skip
    assert read(tmp_path / "out" / "metrics.json") == metrics
    keys = ("AP", "AP50", "AP75", "AR", "precision_center", "recall_center", "F1_center", "F1_iou50", "pointing")
    assert all(isinstance(metrics[key], float) for key in keys)
    assert metrics["threshold"] == 0.4
    found = read(tmp_path / "out" / "detections.json")
    assert len(found) == metrics["detections"] > 0
    assert set(found[0]) == {"image_id", "category_id", "bbox", "score"}
    write_own(tmp_path / "out", finder, own, 0.4, scores=True)
    with np.load(tmp_path / "out" / "scores.npz") as maps:
        assert len(maps.files) == 5


def test_a_broken_image_leaves_nothing_half_written(finder: Finder, tmp_path: Path) -> None:
    own = scenes(tmp_path, "dataset", 4)
    (own.folder / "5.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"5\.png"):
        write_own(tmp_path / "out", finder, own, 0.4, scores=True)
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(InputError, match=r"5\.png"):
        write_report(tmp_path / "report", replace(finder, config=replace(CONFIG, threshold=0.5)), [own])
    assert list((tmp_path / "report").iterdir()) == []


def test_worst_and_best_are_apart_and_ties_keep_their_order() -> None:
    images = [{"id": place, "score": score} for place, score in enumerate((0.5, -1.0, 0.0, 1.0, 0.0, 1.0))]
    worst, best = extremes(images, 4)
    assert ([one["id"] for one in worst], [one["id"] for one in best]) == ([2, 4], [3, 5])
    worst, best = extremes(images, 99)
    assert sorted(one["id"] for one in (*worst, *best)) == [0, 2, 3, 4, 5]
    assert extremes([], 4) == ([], [])
