"""The stage `photos` on made-up photos and a network that names colours: what it writes, and its MLflow run."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import mlflow
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.config.layout import PHOTO_METRICS, report_file
from fullconv.config.load import compose_settings
from fullconv.config.running import TrackingConfig
from fullconv.config.schema import ExperimentConfig
from fullconv.imagenet.synsets import find_synset
from fullconv.report import photo_survey
from fullconv.report.photo_survey import write_survey
from fullconv.track.identity import photo_digest
from fullconv.track.photo_run import publish_photos
from fullconv.track.store.opening import Store, open_store

BOX = [30, 10, 40, 40]  # x, y, width, height
COLOURS = {"dog": (1, 0, 0), "bird": (0, 1, 0), "domestic cat": (0, 0, 1), "espresso": (1, 1, 0)}


def network() -> Any:
    """Names the colour of windows of 32×32 pixels, one class of each synset."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.AveragePooling2D(4),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1000, activation="softmax"),
        ]
    )
    kernel = np.zeros((3, 1000))
    for name, colour in COLOURS.items():
        signs = 2 * np.array(colour) - 1
        kernel[:, find_synset(name).classes[0]] = 24.0 * signs / np.abs(signs * np.array(colour)).sum()
    model.set_weights([kernel, np.zeros(1000)])
    return model


def album(folder: Path) -> Path:
    """A photo for each colour, a rectangle on black; the dog has a mask."""
    folder.mkdir()
    images, categories, annotations = [], [], []
    for number, (name, colour) in enumerate(COLOURS.items(), start=1):
        pixels = np.zeros((60, 90, 3), np.uint8)
        pixels[BOX[1] : BOX[1] + BOX[3], BOX[0] : BOX[0] + BOX[2]] = np.array(colour) * 255
        Image.fromarray(pixels).save(folder / f"photo{number}.png")
        images.append({"id": number, "file_name": f"photo{number}.png"})
        categories.append({"id": number, "name": name, "wnid": find_synset(name).wnid})
        annotations.append({"id": number, "image_id": number, "category_id": number, "bbox": BOX})
    x, y, wide, high = BOX
    annotations[0]["segmentation"] = [[x, y, x + wide, y, x + wide, y + high, x, y + high]]
    path = folder / "instances.json"
    path.write_text(json.dumps({"images": images, "categories": categories, "annotations": annotations}))
    return path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExperimentConfig:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(photo_survey, "build_network", lambda name, weights: network())
    made = compose_settings()
    searched = replace(made.photos.locate, levels=[32, 64])
    annotations = str(album(tmp_path / "album"))
    photos = replace(made.photos, annotations=annotations, collages=[2], tile=32, locate=searched)
    return replace(made, photos=photos)


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_objects_of_plain_colour_are_found_in_every_way_that_can(settings: ExperimentConfig) -> None:
    ways = write_survey(report_file("photos", ""), PHOTO_METRICS, settings)
    metrics = json.loads(PHOTO_METRICS.read_text())
    fusions = list(dict.fromkeys([settings.photos.locate.fuse, *settings.photos.fusions]))
    assert set(ways) == {f"{head} {one}" for head in ("cell", "window") for one in ("32", "64", *fusions)}
    assert metrics["photos"]["pointing"] == 1.0
    assert metrics["photos"]["mask_px_ap"] > 0.8
    assert metrics["collages"]["2x2"]["pointing"] == 1.0
    assert metrics["collages"]["2x2"]["share"] > 0.8
    own = f"{settings.photos.locate.head} {settings.photos.locate.fuse}"
    assert ways[own] == {**metrics["photos"], "2x2": metrics["collages"]["2x2"]}
    assert set(metrics["each"]) == {"photo1", "photo2", "photo3", "photo4"}
    assert "mask_iou" in metrics["each"]["photo1"]
    assert "mask_iou" not in metrics["each"]["photo2"]
    assert np.mean([one["box_iou"] for one in metrics["each"].values()]) > 0.5


def test_what_is_written_is_whole_and_the_same_twice(settings: ExperimentConfig, tmp_path: Path) -> None:
    report = report_file("photos", "")
    write_survey(report, PHOTO_METRICS, settings)
    first, numbers = written(tmp_path / report), PHOTO_METRICS.read_bytes()
    write_survey(report, PHOTO_METRICS, settings)
    assert written(tmp_path / report) == first
    assert PHOTO_METRICS.read_bytes() == numbers
    pictures = {f"pictures/photos/photo{number}.png" for number in (1, 2, 3, 4)} | {"pictures/collages/2x2.png"}
    assert set(first) == pictures | {"photos.json", "detections.json", "ways.csv"}
    assert not any(str(tmp_path).encode() in content for content in (*first.values(), numbers))
    found = json.loads(first["detections.json"])
    assert {one["image_id"] for one in found} == {one["category_id"] for one in found} == {1, 2, 3, 4}
    rows = list(csv.DictReader(first["ways.csv"].decode().splitlines()))
    assert [row["way"] for row in rows] == list(dict.fromkeys(row["way"] for row in rows))
    assert {"pointing", "max_box_acc_v2", "px_ap", "mask_iou", "AP50", "2x2_pointing", "2x2_share"} <= set(rows[0])
    searched = json.loads(first["photos.json"])["searched"]
    assert [one["sought"]["name"] for one in searched] == list(COLOURS)


@pytest.fixture
def store(settings: ExperimentConfig, tables: Callable[[Path], None]) -> Iterator[Store]:
    tables(Path())
    before = mlflow.get_tracking_uri()
    opened = open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="photos", artifacts="artifacts"))
    assert opened is not None
    yield opened
    mlflow.set_tracking_uri(before)


def test_one_run_shows_the_photos_and_a_second_publishing_changes_nothing(
    settings: ExperimentConfig, store: Store
) -> None:
    write_survey(report_file("photos", ""), PHOTO_METRICS, replace(settings, photos=replace(settings.photos, heads=[])))
    run_id = publish_photos(store, settings, photo_digest())
    assert publish_photos(store, settings, photo_digest()) == run_id
    (run,) = store.runs({"mlflow.runName": "photos"})
    numbers = json.loads(PHOTO_METRICS.read_text())
    assert run.data.metrics["photos.pointing"] == numbers["photos"]["pointing"]
    assert run.data.metrics["collages.2x2.share"] == numbers["collages"]["2x2"]["share"]
    assert run.data.params["photos.model"] == "efficientnet_lite0"
    assert run.data.params["photos.locate.levels"] == "[32, 64]"
    kept = {one.path for one in store.client.list_artifacts(run_id)}
    assert {"ways.json", "photos", "collages", "report"} <= kept
    note = run.data.tags["mlflow.note.content"]
    named = set(re.findall(r"`photos\.(\w+)`", note))
    assert named == set(numbers["photos"])


def test_a_publishing_that_was_cut_off_is_done_again(settings: ExperimentConfig, store: Store) -> None:
    write_survey(report_file("photos", ""), PHOTO_METRICS, replace(settings, photos=replace(settings.photos, heads=[])))
    cut = publish_photos(store, settings, photo_digest())
    store.client.delete_tag(cut, "fullconv.outputs")
    whole = publish_photos(store, settings, photo_digest())
    assert [run.info.run_id for run in store.runs({"mlflow.runName": "photos"})] == [whole]
    assert whole != cut
