"""A collage is read picture by picture, another picture as it was."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder
from fullconv.locate.reading import reader_of, search
from fullconv.locate.threshold import LIKELIER, calibrated

pytestmark = pytest.mark.numeric

CONFIG = LocateConfig(
    head="cell", levels=["auto"], sizes=["auto"], floor=0.05, overlap=0.5, spacing=1.19, border=0.1, engine="auto",
    box="auto", batch_size=4, top=2,
)  # fmt: skip
RED, GREEN, BLUE = np.eye(3)


def finder(background: bool = False, **knobs: object) -> Finder:
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.AveragePooling2D(4),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.set_weights([np.eye(3) * 12, np.zeros(3)])
    config = replace(CONFIG, **knobs)
    channels = Channels(("red", "green") if background else ("red", "green", "blue"), background)
    return Finder("colours", convolutionalize(model, head="cell"), channels, config, model)


def collage(colours: list[list[np.ndarray]], side: int = 40) -> np.ndarray:
    """Parts of a colour each, brighter to one side or the other."""
    generator = np.random.default_rng(0)
    made = []
    for row in colours:
        parts = []
        for colour in row:
            slope = np.linspace(*generator.permutation([0.4, 0.9]), side)[:, np.newaxis, np.newaxis]
            parts.append(np.broadcast_to(slope * colour, (side, side, 3)) + generator.normal(0, 0.01, (side, side, 3)))
        made.append(np.concatenate(parts, axis=1))
    return np.clip(np.concatenate(made), 0, 1).astype(np.float32)


def test_each_picture_is_a_cell_a_box_and_the_classifiers_own_score() -> None:
    pixels = collage([[RED, GREEN], [BLUE, RED]])
    found = search(finder(), pixels)
    assert found.panels == (2, 2)
    assert found.scores.shape == (2, 2, 3)
    truth = {(0, (0, 0, 40, 40)), (1, (40, 0, 40, 40)), (2, (0, 40, 40, 40)), (0, (40, 40, 40, 40))}
    assert {(one.label, one.bbox) for one in found.objects} == truth
    crop = finder().named(pixels[np.newaxis, 4:36, 4:36])[0, 0]
    first = next(one for one in found.objects if one.bbox[:2] == (0, 0))
    assert first.score == pytest.approx(float(crop), abs=0.05)
    assert [one.score for one in found.objects] == sorted((one.score for one in found.objects), reverse=True)


def test_regions_that_are_asked_for_do_not_look_for_seams() -> None:
    assert search(finder(read="regions"), collage([[RED, GREEN], [BLUE, RED]])).panels == (1, 1)


def test_a_picture_of_the_background_is_no_object() -> None:
    found = search(finder(background=True), collage([[RED, BLUE], [BLUE, GREEN]]))
    assert sorted((one.label, one.bbox[:2]) for one in found.objects) == [(0, (0, 0)), (1, (40, 40))]
    assert found.background == 2


def test_a_scene_is_read_as_before() -> None:
    pixels = collage([[GREEN]], 128)
    pixels[40:90, 30:80] = (1, 0, 0)
    (before,) = reader_of(finder(read="regions"))(pixels[np.newaxis])
    (after,) = reader_of(finder())(pixels[np.newaxis])
    assert after.objects == before.objects
    np.testing.assert_array_equal(after.scores, before.scores)


def test_scenes_of_the_pipeline_are_never_cut() -> None:
    of_the_pipeline = replace(finder(background=True, search="whole"), sprites=True)
    assert search(of_the_pipeline, collage([[RED, BLUE], [BLUE, GREEN]])).panels == (1, 1)


def test_of_a_collage_more_than_a_guess_is_enough() -> None:
    found = search(finder(), collage([[RED, GREEN], [BLUE, RED]]))
    assert calibrated(found, sought=1000, channels=1000, floor=0.05).value == 0.05
    assert calibrated(found, sought=8, channels=8, floor=0.05).value == 0.25
    assert calibrated(found, sought=3, channels=3, floor=0.05).value == 0.5


def test_a_threshold_lies_between_a_guess_and_the_best_box_and_says_why() -> None:
    found = replace(search(finder(), collage([[RED, GREEN], [BLUE, RED]])), panels=(1, 1))
    found = replace(found, scores=np.full_like(found.scores, 0.1))
    best = max(one.score for one in found.objects)
    one = calibrated(found, sought=1, channels=3, floor=0.05)
    assert one.value == pytest.approx((1 / 3 + best) / 2, abs=1e-4)
    assert f"best box {best:.3g}" in one.reason
    assert calibrated(found, sought=3, channels=3, floor=0.05).value >= LIKELIER
    assert calibrated(found, sought=1, channels=3, floor=0.05) == one


def test_a_picture_that_is_full_of_its_objects_is_not_said_to_have_none() -> None:
    found = search(finder(), collage([[RED, GREEN], [BLUE, RED]]))
    full = replace(found, panels=(1, 1), scores=np.ones_like(found.scores))
    one = calibrated(full, sought=3, channels=3, floor=0.05)
    assert (one.value, one.reason) == (
        LIKELIER,
        "its places score 1 on the median, no box more, and this is the least",
    )


def test_where_nothing_stands_out_the_threshold_is_the_least() -> None:
    found = replace(search(finder(), collage([[RED, GREEN], [BLUE, RED]])), objects=[], panels=(1, 1))
    least = calibrated(found, sought=3, channels=3, floor=0.05)
    assert (least.value, least.reason) == (LIKELIER, "no box has more, and this is the least")
    assert calibrated(found, sought=1, channels=100, floor=0.05).value == 0.05
