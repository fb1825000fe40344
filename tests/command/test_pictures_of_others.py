"""Pictures that lie on their side, have many bands or few bits, through `fullconv locate` and `fullconv evaluate`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tifffile
from PIL import Image

from fullconv.command.evaluate import on_own_data
from fullconv.command.locate import locate
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.evaluate.metrics.coco import evaluate_coco

Run = Callable[..., ExperimentConfig]

PIXELS = np.zeros((32, 48), np.uint8)
PIXELS[8:16, 16:24] = 255
STORED, UPRIGHT = [16, 8, 8, 8], [16, 16, 8, 8]
PEAKS = ["locate=fixed", "locate.threshold=0.5", "locate.read=peaks", "dataset.polarity=light"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_with: Run) -> Run:
    """Return what gives the settings of a search by a network that is sure of a white square of 8×8 pixels."""
    monkeypatch.chdir(tmp_path)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid", name="s")]
    )
    model.get_layer("s").set_weights([np.full((64, 1), 40 / 64, "f"), np.array([-30.0], "f")])
    model.save("bright.keras")
    Path("set").mkdir()
    return lambda *words: settings_with("classifier=bright.keras", "classifier.classes=[square]", *PEAKS, *words)


def on_its_side(path: str) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(PIXELS).save(path, exif=exif)


def read(path: str) -> Any:
    return json.loads(Path(path).read_text())


def evaluated(settings: Run, entry: dict[str, Any], box: list[int], *words: str) -> dict[str, Any]:
    coco = {
        "images": [{"id": 1, **entry}],
        "categories": [{"id": 1, "name": "square"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": box}],
    }
    Path("own.json").write_text(json.dumps(coco))
    on_own_data(settings("dataset.images=set", "dataset.annotations=own.json", "out=out", *words))
    metrics: dict[str, Any] = read("out/metrics.json")
    return metrics


def test_a_picture_is_searched_upright(settings: Run) -> None:
    on_its_side("exif6.png")
    locate(settings("image=exif6.png", "out=found"))
    (found,) = read("found/detections.json")
    assert (found["bbox"], found["score"]) == (pytest.approx(UPRIGHT), pytest.approx(1, abs=1e-3))
    assert read("found/instances.json")["images"] == [{"id": 1, "file_name": "exif6.png", "height": 48, "width": 32}]


@pytest.mark.parametrize(
    ("sizes", "box"),
    [({"height": 48, "width": 32}, UPRIGHT), ({"height": 32, "width": 48}, STORED), ({}, UPRIGHT)],
)
def test_a_data_set_is_measured_upright(settings: Run, sizes: dict[str, int], box: list[int]) -> None:
    on_its_side("set/exif6.png")
    assert evaluated(settings, {"file_name": "exif6.png", **sizes}, box)["AP50"] == pytest.approx(1)
    (found,) = read("out/detections.json")
    assert found["bbox"] == pytest.approx(UPRIGHT)
    assert Path("out/upright.json").exists() == (box == STORED)
    truth = "out/upright.json" if box == STORED else "own.json"
    assert evaluate_coco("out/detections.json", truth)["AP50"] == pytest.approx(1)


def test_sizes_of_another_picture_are_told_with_its_orientation(settings: Run) -> None:
    on_its_side("set/exif6.png")
    with pytest.raises(InputError, match=r"48x32 pixels \(32x48 as stored; its EXIF orientation is 6\).* 30x48"):
        evaluated(settings, {"file_name": "exif6.png", "height": 30, "width": 48}, STORED)


def test_bands_and_bits_are_chosen(settings: Run, caplog: pytest.LogCaptureFixture) -> None:
    bands = np.zeros((32, 48, 6), np.uint16)
    bands[..., 4] = PIXELS.astype(np.uint16) * 16 + 15
    tifffile.imwrite("set/six.tif", bands, photometric="minisblack", planarconfig="contig")
    entry = {"file_name": "six.tif"}
    with pytest.raises(InputError, match=r"six\.tif: 6 bands, .*dataset\.bands="):
        evaluated(settings, entry, STORED)
    with pytest.raises(InputError, match=r"six\.tif: 6 bands, .*dataset\.bands="):
        locate(settings("image=set/six.tif", "out=found"))
    assert evaluated(settings, entry, STORED, "dataset.bands=[5]")["AP50"] == 0
    assert "looks like 12 bits in 16; dataset.bits=12" in caplog.text
    told = ["dataset.bands=[5]", "dataset.bits=12"]
    assert evaluated(settings, entry, STORED, *told)["AP50"] == pytest.approx(1)
    assert Path("out/contact_sheet.png").exists()
    locate(settings("image=set/six.tif", "out=found", *told))
    (found,) = read("found/detections.json")
    assert found["bbox"] == pytest.approx(STORED)


def test_one_picture_of_many_bands_stops_no_other(settings: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(PIXELS).save("set/a.png")
    tifffile.imwrite("set/b.tif", np.zeros((32, 48, 6), np.uint8), photometric="minisblack", planarconfig="contig")
    with pytest.raises(InputError, match="1 of 2 could not be searched"):
        locate(settings("image=set", "out=found"))
    said = capsys.readouterr()
    assert "b.tif: 6 bands" in said.out + said.err
    (one,) = read("found/detections.json")
    assert one["bbox"] == pytest.approx(STORED)
