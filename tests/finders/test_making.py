"""Labelled crops in, what finds such things out; what a finder says that it met."""

from dataclasses import replace

import numpy as np
import pytest

from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.finders.made import Made
from fullconv.finders.met import dimensions_met, facts_of
from fullconv.locate.finder import Finder
from fullconv.locate.reading import search
from fullconv.models.boxes import BoxRegression

CLASSES = ("disc", "ring")


def test_what_is_made_knows_what_it_met(made: Made) -> None:
    assert made.channels.classes == CLASSES
    assert made.channels.has_background
    (disc, ring) = made.dimensions.sizes
    assert 18 <= disc[0] < disc[1] < disc[2] <= 22
    assert 27 <= ring[0] < ring[1] < ring[2] <= 33
    assert made.dimensions.frames == (pytest.approx((0.6, 0.6), abs=0.03),) * 2  # the rest of a window surrounds it
    assert (made.config.read, made.config.box, made.config.probe) == ("peaks", "window", 0)
    assert list(made.seconds) == ["training", "conversion", "certificate", "validation"]
    assert made.certificate["crop_max_difference"] < 1e-5


def test_it_finds_objects_of_the_sizes_of_their_crops(made: Made) -> None:
    scene = np.zeros((90, 110, 1), np.float32)
    y, x = np.mgrid[:90, :110] + 0.5
    scene[np.hypot(y - 30, x - 30) < 8] = 0.9
    off = np.hypot(y - 55, x - 75) / 15
    scene[(off < 0.8) & (off > 0.45)] = 0.9
    finder = Finder("made", made.conversion, made.channels, made.config, dimensions=made.dimensions)
    found = {one.label: one.bbox for one in search(finder, scene).objects if one.score > 0.1}
    assert found[0] == pytest.approx((20, 20, 20, 20), abs=2)
    assert found[1] == pytest.approx((60, 40, 30, 30), abs=3)


def test_a_second_look_tells_an_objects_size_and_shape(made: Made) -> None:
    scene = np.zeros((90, 110, 1), np.float32)
    y, x = np.mgrid[:90, :110] + 0.5
    scene[np.hypot(y - 45, x - 50) < 8] = 0.9
    assert made.boxes is not None
    weights = np.zeros_like(made.boxes.weights)
    sizes = made.dimensions.sizes
    unknown = replace(made.dimensions, sizes=())  # no box is drawn towards a usual size

    def box(boxes: BoxRegression) -> tuple[float, float]:
        config = replace(made.config, sizes=[sizes[0][0], sizes[1][2]])
        finder = Finder("made", made.conversion, made.channels, config, dimensions=unknown, boxes=boxes)
        _, _, width, height = search(finder, scene).objects[0].bbox
        return width, height

    width, height = box(BoxRegression(weights, np.zeros(2, np.float32)))
    wide, high = box(BoxRegression(weights, np.array([0.2, 0.5], np.float32)))
    # All of the shape counts, a quarter of the size.
    assert (high / wide) / (height / width) == pytest.approx(np.exp(0.5), rel=1e-3)
    assert (high * wide) / (height * width) == pytest.approx(np.exp(2 * 0.25 * 0.2), rel=1e-3)


def arrays(sizes: list[tuple[float, float]], labels: list[int], **changes: object) -> Arrays:
    crops = Crops(CLASSES, np.array(sizes, np.float32), np.zeros((0, 2), np.float32), **changes)  # type: ignore[arg-type]
    images = np.zeros((len(labels), 4, 4, 1), np.uint8)
    return Arrays(images, np.array(labels, np.int32), images[:0], np.zeros(0, np.int32), crops)


def test_frames_are_as_high_as_objects_usually_are() -> None:
    given = arrays([(40, 10), (44, 11), (10, 10)], [0, 0, 1], margin=0.5)
    met = dimensions_met(given.train_labels, given.crops, 2, windows=False)
    # Four times as high as wide, and of a side half the window's: half of what is seen is margin.
    assert met.frames == ((pytest.approx(1.0), pytest.approx(0.25)), (pytest.approx(0.5), pytest.approx(0.5)))
    assert met.sizes[0][1] == pytest.approx(21.0, abs=0.01)
    assert met.sizes[1] == pytest.approx((10, 10, 10))
    seen = dimensions_met(given.train_labels, given.crops, 2, windows=True)
    # Of windows with surroundings an object's longer side fills nine tenths, where six tenths of both are more.
    assert seen.frames == (pytest.approx((0.9, 0.225)), pytest.approx((0.6, 0.6)))
    assert seen.sizes == met.sizes


def test_sizes_of_crops_that_were_resized_are_not_known() -> None:
    given = arrays([(40, 10), (10, 10)], [0, 1], unscaled=False)
    assert dimensions_met(given.train_labels, given.crops, 2, windows=True).sizes == ()
    assert dimensions_met(given.train_labels, None, 2, windows=True).frames == ((1.0, 1.0), (1.0, 1.0))


def test_facts_tell_data_apart_and_hold_no_time() -> None:
    one = arrays([(40, 10), (10, 10)], [0, 1])
    facts = facts_of(one, CLASSES, "crops", 7)
    assert facts == facts_of(one, CLASSES, "crops", 7)
    assert (facts["training"], facts["held_out"], facts["seed"]) == ({"disc": 1, "ring": 1}, {"disc": 0, "ring": 0}, 7)
    assert one.crops is not None
    scene = np.zeros((3, 5, 1), np.uint8)
    changed = [
        arrays([(40, 11), (10, 10)], [0, 1]),
        replace(one, crops=replace(one.crops, scenes=(scene,))),
        replace(one, crops=replace(one.crops, scenes=(scene.reshape(5, 3, 1),))),
        replace(one, crops=None),
    ]
    digests = {facts_of(other, CLASSES, "crops", 7)["digest"] for other in (one, *changed)}
    assert len(digests) == 5
