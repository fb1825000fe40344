"""Crops of one's own through `fullconv prepare`: arrays, the record of places, a table."""

import json
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from fullconv.command.prepare import prepare_crops
from fullconv.config.layout import ARRAYS, PLACES
from fullconv.config.load import compose_settings
from fullconv.data.arrays import read_arrays
from fullconv.errors import InputError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a set that is both class folders and annotated pictures."""
    monkeypatch.chdir(tmp_path)
    images, annotations = [], []
    for number in range(4):
        for label in ("nut", "ring"):
            path = tmp_path / "crops" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng(crc32(f"{label}{number}".encode()))
            Image.fromarray(noise.integers(0, 256, (60, 70, 3), np.uint8)).save(path)
            images.append({"id": len(images) + 1, "file_name": f"{label}/{number}.png"})
            for category in (1, 2):
                box = [10 * category, 5, 20, 30]
                annotations.append({"image_id": len(images), "category_id": category, "bbox": box})
    categories = [{"id": 1, "name": "nut"}, {"id": 2, "name": "ring"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "boxes.json").write_text(json.dumps(content))
    return tmp_path


def test_annotated_pictures_leave_a_record(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare_crops(compose_settings("data=coco", "data.path=crops", "data.annotations=boxes.json"))
    arrays = read_arrays(ARRAYS)
    assert len(arrays.train_labels) + len(arrays.test_labels) == 16
    lines = PLACES.read_text().splitlines()
    assert len(lines) == 17
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["train"] * len(arrays.train_labels) + ["test"] * len(
        arrays.test_labels
    )
    printed = capsys.readouterr().out
    assert "Crops: crops" in printed
    assert "20×30" in printed


def test_class_folders_leave_no_record_of_an_earlier_set(here: Path) -> None:
    PLACES.parent.mkdir()
    PLACES.write_text("of another set")
    prepare_crops(compose_settings("data=folder", "data.path=crops", "seed=1"))
    arrays = read_arrays(ARRAYS)
    assert arrays.crops is not None
    assert arrays.crops.classes == ("nut", "ring")
    assert not PLACES.exists()


def test_knobs_are_checked_before_anything_is_read(here: Path) -> None:
    with pytest.raises(InputError, match=r"data\.test_share: received 2\.0"):
        compose_settings("data=folder", "data.path=nowhere", "data.test_share=2.0")
    with pytest.raises(InputError, match=r"data\.scenes: received 'crops'\. It is of crops"):
        compose_settings("data.scenes=crops")
