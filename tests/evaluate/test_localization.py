"""A set searched image by image: sizes, channels and conventions as they come; what is too small is missed."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from PIL import Image

from fullconv.config.schema import DatasetConfig, LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.data.scenes.coco import iter_images
from fullconv.errors import InputError
from fullconv.evaluate.scenes.conventions import box_of
from fullconv.evaluate.scenes.search import Search, batches, measure
from fullconv.evaluate.scenes.seen import Seen
from fullconv.evaluate.scenes.sets import SceneSet, own_scenes
from fullconv.files import write_json
from fullconv.locate.channels import Channels, channels_of
from fullconv.locate.detections import results
from fullconv.locate.finder import Finder
from fullconv.locate.peaks.reader import PeakReader

CONFIG = LocateConfig(
    floor=0.05, threshold=0.5, overlap=0.5, sizes=[], spacing=1.19, border=0.0, stride=None, engine="auto",
    fuse="max", box="auto", probe=0, batch_size=4,
)  # fmt: skip
CLASSES = Channels(("cat", "dog"), True)
SIZES = [(32, 32), (32, 32), (24, 40), (8, 8), (32, 32)]


@pytest.fixture(scope="module")
def conversion() -> Conversion:
    classifier = keras.Sequential(
        [keras.Input((12, 12, 1)), layers.Conv2D(4, 3, strides=2), layers.Flatten(), layers.Dense(3, "softmax")]
    )
    rng = np.random.default_rng(3)
    classifier.set_weights([rng.normal(0, 0.6, weight.shape) for weight in classifier.get_weights()])
    return convolutionalize(classifier)


def finder(conversion: Conversion, **knobs: Any) -> Finder:
    return Finder("own", conversion, CLASSES, replace(CONFIG, **knobs), sprites=True)


@pytest.fixture
def scenes(tmp_path: Path) -> SceneSet:
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for number, (height, width) in enumerate(SIZES, start=1):
        mode = ("L", "RGB", "RGBA")[number % 3]
        pixels = rng.integers(0, 256, (height, width, len(mode)), dtype=np.uint8).squeeze()
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": height, "width": width})
        annotations.append({"id": number, "image_id": number, "category_id": 7, "bbox": [1, 1, 6, 6]})
    categories = [{"id": 7, "name": "cat"}, {"id": 9, "name": "hound"}]
    write_json(tmp_path / "a.json", {"images": images, "annotations": annotations, "categories": categories})
    config = DatasetConfig(images=str(tmp_path), annotations=str(tmp_path / "a.json"), names={"hound": "dog"})
    return own_scenes(config)


def test_every_image_is_seen_in_order_as_it_is_alone(conversion: Conversion, scenes: SceneSet) -> None:
    seen = list(Search(finder(conversion), scenes))
    assert [one.entry["id"] for one in seen] == [1, 2, 3, 4, 5]
    assert [one.size for one in seen] == SIZES
    assert any(one.detections for one in seen)
    assert {item["category_id"] for one in seen for item in one.detections} <= {7, 9}
    search = Search(finder(conversion), scenes)
    for one in seen:
        (alone,) = search.over(scenes.of([dict(one.entry)]))
        np.testing.assert_allclose(alone.scores, one.scores, atol=1e-6)
        assert [item["category_id"] for item in alone.detections] == [item["category_id"] for item in one.detections]


def test_detections_are_the_locators(conversion: Conversion, scenes: SceneSet) -> None:
    locator = PeakReader(finder(conversion))
    pairs = list(iter_images(scenes.coco, scenes.folder, 1, polarity="auto"))[:2]
    found = locator(np.stack([pixels for _, pixels in pairs]))
    seen = list(Search(finder(conversion), scenes))[:2]
    for (entry, _), located, one in zip(pairs, found, seen, strict=True):
        assert one.detections == results(located.objects, entry["id"], {0: 7, 1: 9})
        np.testing.assert_array_equal(one.scores, located.scores)
        assert one.geometry == located.geometry


def test_an_image_below_the_window_counts_as_missed_and_is_told(
    conversion: Conversion, scenes: SceneSet, caplog: pytest.LogCaptureFixture
) -> None:
    taken: list[Seen] = []
    with caplog.at_level(logging.INFO):
        meter = measure(Search(finder(conversion), scenes), taken.append)
    assert taken[3].scores.size == 0
    assert taken[3].detections == []
    assert "1 images are smaller than the window" in caplog.text
    assert "boxes: window" in caplog.text
    metrics = meter.metrics(0.5)
    assert (metrics["images"], metrics["objects"]) == (5, 5)
    assert metrics["detections"] == sum(len(one.detections) for one in taken)
    (small,) = [one for one in meter.curves(0.5)["images"] if one["id"] == 4]
    assert (small["right"], small["missed"]) == (0, 1)


def test_a_probe_settles_the_sizes_before_the_set_is_searched(conversion: Conversion, scenes: SceneSet) -> None:
    search = Search(finder(conversion, sizes=[8.0, 30.0], probe=2), scenes)
    assert search.finder.config.probe == 0
    fixed = Search(search.finder, scenes)
    assert [one.detections for one in search] == [one.detections for one in fixed]


def test_a_category_that_is_no_class_is_an_error_that_shows_the_knob(conversion: Conversion, scenes: SceneSet) -> None:
    hound = {**scenes.coco["annotations"][0], "id": 99, "category_id": 9}
    scenes.coco["annotations"].append(hound)
    with pytest.raises(InputError, match=r"dataset\.names"):
        Search(finder(conversion), replace(scenes, names={}))


def test_regions_are_measured_like_peaks(conversion: Conversion, scenes: SceneSet) -> None:
    """The channels of a score map are the classes that the set has a category of."""
    search = Search(finder(conversion, read="regions", levels=[24], fuse="auto"), scenes)
    assert search.channels == Channels(("cat", "dog"), False)
    taken: list[Seen] = []
    metrics = measure(search, taken.append).metrics(0.5)
    assert metrics["images"] == 5
    assert metrics["detections"] == sum(len(one.detections) for one in taken)
    assert {one.scores.shape[-1] for one in taken} == {2}
    assert {item["category_id"] for one in taken for item in one.detections} <= {7, 9}


@settings(max_examples=60)
@given(sides=st.lists(st.sampled_from([2, 3, 4]), max_size=12), size=st.integers(1, 5))
def test_batches_keep_order_size_and_shape(sides: list[int], size: int) -> None:
    images = [({"id": place}, np.full((side, side, 1), place, np.float32)) for place, side in enumerate(sides)]
    made = list(batches(iter(images), size))
    assert [entry["id"] for entries, _ in made for entry in entries] == list(range(len(sides)))
    for entries, pixels in made:
        assert len(entries) == len(pixels) <= size
        assert [one[0, 0, 0] for one in pixels] == [entry["id"] for entry in entries]


def boxes(*sizes: tuple[float, float], at: tuple[float, float] = (5, 5)) -> dict[str, Any]:
    annotations = [{"image_id": 1, "bbox": [*at, *size], "category_id": 1} for size in sizes]
    return {"images": [{"id": 1, "height": 100, "width": 100}], "annotations": annotations}


@pytest.mark.parametrize(
    ("coco", "window", "expected"),
    [
        (boxes((20, 20), (31, 30), (15.4, 15)), (28, 28), "window"),
        (boxes((20, 20), (12, 20)), (28, 28), "tight"),
        (boxes(*[(20, 20)] * 19, (9, 20)), (28, 28), "window"),
        (boxes((40, 20)), (28, 56), "window"),
        (boxes((20, 20)), (28, 56), "tight"),
        (boxes(), (28, 28), "window"),
        # Cut by the border: it says nothing.
        (boxes((9, 20), at=(0, 5)), (28, 28), "window"),
        (boxes((9, 20), at=(91, 5)), (28, 28), "window"),
    ],
)
def test_the_shapes_of_boxes_tell_the_convention(coco: Any, window: tuple[int, int], expected: str) -> None:
    assert box_of("auto", coco, window) == expected
    assert box_of("tight", coco, window) == "tight"
    assert box_of("window", coco, window) == "window"


def test_a_crowd_tells_nothing_about_boxes() -> None:
    crowd = boxes((9, 20))
    crowd["annotations"][0]["iscrowd"] = 1
    assert box_of("auto", crowd, (28, 28)) == "window"


def test_channels_follow_the_number_of_outputs() -> None:
    assert channels_of(["a", "b"], 2, "here") == Channels(("a", "b"), False)
    assert channels_of(["a", "b"], 3, "here").names == ["a", "b", "background"]
    with pytest.raises(InputError, match=r"^here: 4 outputs"):
        channels_of(["a", "b"], 4, "here")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (DatasetConfig(images="nowhere"), "dataset.annotations"),
        (DatasetConfig(annotations="a.json"), "dataset.images"),
        (DatasetConfig(images="nowhere", annotations="a.json"), "dataset.images"),
    ],
)
def test_a_dataset_needs_both_paths(given: DatasetConfig, where: str) -> None:
    with pytest.raises(InputError) as caught:
        own_scenes(given)
    assert caught.value.where == where
