"""Prepared arrays know what they are; every stage takes those of its configuration and no others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fullconv.config.layout import ARRAYS, ARRAYS_ABOUT
from fullconv.config.schema import DataConfig
from fullconv.data.arrays import Arrays, read_arrays, write_arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.prepared import (
    about_prepared,
    classes_of,
    measures_in,
    origin_of,
    prepared_content,
    read_prepared,
    write_prepared,
)
from fullconv.errors import InputError
from fullconv.files import read_json

CLOTHES = DataConfig(name="clothes", classes=["T-shirt/top", "Bag"])
OWN = DataConfig(name="folder", form="folder", path="crops")


@pytest.fixture
def arrays() -> Arrays:
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), dtype=np.uint8)
    labels = np.arange(6, dtype=np.int32) % 2
    return Arrays(images, labels, images[:4], labels[:4])


@pytest.fixture
def crops(arrays: Arrays) -> Arrays:
    sizes = np.array([[10, 40]] * 5 + [[30, 30]], np.float32)
    return replace(arrays, crops=Crops(("nut", "bolt"), sizes, sizes[:4], reduced=0.5))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_was_written_is_read_and_says_what_it_is(arrays: Arrays) -> None:
    write_prepared(arrays, CLOTHES)
    read = read_prepared(CLOTHES)
    assert read.origin == "clothes"
    assert np.array_equal(read.test_images, arrays.test_images)
    about = read_json(ARRAYS_ABOUT)
    assert about["classes"] == ["T-shirt/top", "Bag"]
    assert about["measures"] is None
    assert about["shape"] == [8, 8, 1]


def test_crops_bring_their_classes_and_what_their_objects_measure(crops: Arrays) -> None:
    write_prepared(crops, OWN)
    read = read_prepared(OWN)
    assert classes_of(OWN, read) == classes_of(OWN) == ["nut", "bolt"]
    # Nuts of 10×40 alone; bolts of 10×40, 10×40 and 30×30: sides of 20, 20 and 30, 96% of the way to the greatest.
    measures = read_json(ARRAYS_ABOUT)["measures"]
    assert measures == measures_in(read)
    assert measures["aspects"] == [0.25, 0.25]
    assert measures["sizes"] == [pytest.approx([20, 20, 20]), pytest.approx([20, 20, 29.6])]
    assert (measures["known"], measures["reduced"], measures["margin"]) == (True, 0.5, 0.0)
    assert crops.crops is not None
    resized = measures_in(replace(crops, crops=replace(crops.crops, unscaled=False)))
    assert resized == {**measures, "known": False}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            replace(CLOTHES, name="fashion_mnist"),
            r"^data/arrays\.npz: holds clothes, data=fashion_mnist given\. Run fullconv prepare data=fashion_mnist,",
        ),
        (OWN, r"^data/arrays\.npz: holds clothes, data=folder given\. Run fullconv prepare data=folder with the same"),
    ],
)
def test_arrays_of_another_data_set_are_refused(arrays: Arrays, given: DataConfig, says: str) -> None:
    write_prepared(arrays, CLOTHES)
    for ask in (read_prepared, classes_of, about_prepared):
        with pytest.raises(InputError, match=says):
            ask(given)
    assert prepared_content(given) is None


@pytest.mark.parametrize("change", [{"path": "others"}, {"side": 24}, {"scenes": "pictures"}, {"classes": ["a", "b"]}])
def test_crops_made_with_other_knobs_are_refused(crops: Arrays, change: dict[str, object]) -> None:
    write_prepared(crops, OWN)
    other = replace(OWN, **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"holds folder, data=folder with other knobs \(data\.path, data\.side, …\)"):
        read_prepared(other)
    assert origin_of(replace(OWN, timeout=3.0, validation_share=0.1)) == origin_of(OWN)


def test_arrays_that_do_not_say_what_they_are_pass(arrays: Arrays) -> None:
    write_arrays(ARRAYS, arrays)
    assert read_arrays(ARRAYS).origin == ""
    assert read_prepared(CLOTHES).origin == ""
    assert classes_of(CLOTHES) == ["T-shirt/top", "Bag"]


def test_a_label_without_a_class_is_refused(arrays: Arrays) -> None:
    write_prepared(arrays, CLOTHES)
    with pytest.raises(InputError, match=r"^data/arrays\.npz: train_labels: labels 0\.\.1 for 1 classes"):
        read_prepared(replace(CLOTHES, classes=["Bag"]))


def test_classes_of_crops_that_were_not_prepared_are_not_known() -> None:
    with pytest.raises(InputError, match=r"^data\.classes: no classes are named.*Run fullconv prepare data=folder"):
        classes_of(OWN)


def test_the_content_tells_crops_of_one_name_apart(arrays: Arrays, crops: Arrays) -> None:
    assert prepared_content(OWN) is None
    write_prepared(crops, OWN)
    first = prepared_content(OWN)
    write_prepared(replace(crops, test_images=255 - crops.test_images), OWN)
    second = prepared_content(OWN)
    assert first is not None
    assert second is not None
    assert {key for key in first if first[key] != second[key]} == {"test_images"}
