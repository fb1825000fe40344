"""Finders of crops with scenes, of scenes that are learnt from, of pictures of nothing, of crops of no known size."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fullconv.config.schema import ClassifierConfig, ModelConfig
from fullconv.data.arrays import Arrays
from fullconv.finders.folder import read_finder, write_finder
from fullconv.finders.laying import Scores, laid
from fullconv.finders.making import make_finder
from fullconv.finders.met import facts_of
from fullconv.finders.validation import held_out_scenes
from fullconv.locate.dimensions import Dimensions

CLASSES = ("disc", "ring")


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fullconv.finders.validation._IMAGES", 3)


@pytest.fixture(scope="module")
def short(recipe: ClassifierConfig) -> ClassifierConfig:
    """A network that is trained in a moment, and finds nothing worth having."""
    background = replace(recipe.background, windows=200, test=40)
    small = ModelConfig(architecture="valid", channels=[4, 8], units=8)
    return replace(recipe, model=small, background=background, train=replace(recipe.train, epochs=2))


def with_crops(arrays: Arrays, **known: Any) -> Arrays:
    assert arrays.crops is not None
    return replace(arrays, crops=replace(arrays.crops, **known))


def pictures(count: int, side: int = 150) -> tuple[Any, ...]:
    rng = np.random.default_rng(count)
    return tuple(rng.integers(0, 60, (side, side, 1)).astype(np.uint8) for _ in range(count))


@pytest.fixture
def grounds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What lay on the scenes that were searched to validate on, and what was found there."""
    seen: list[Any] = []

    def watched(scenes: Any, found: Any) -> Scores:
        seen.append(scenes)
        return laid(scenes, found)

    monkeypatch.setattr("fullconv.finders.making.laid", watched)
    return seen


@pytest.mark.parametrize("looks", [[], [0.5]])
def test_with_scenes_thresholds_come_of_objects_laid_into_these(
    crops: Arrays, short: ClassifierConfig, looks: list[float], grounds: list[Any], tmp_path: Any, caplog: Any
) -> None:
    arrays = with_crops(crops, scenes=tuple(np.full_like(one, 77) for one in pictures(2)))
    config = replace(short, background=replace(short.background, looks=looks))
    with caplog.at_level("INFO"):
        made = make_finder(arrays, config, CLASSES, 0, checkpoint=tmp_path / "training.npz")
    assert ("objects found for sure in 2 scenes" in caplog.text) == bool(looks)
    assert (tmp_path / "found.json").is_file() == bool(looks)
    (own,) = grounds
    assert all((one.image == 77).mean() > 0.3 for one in own)
    assert made.measured is not None
    assert not any((one.image[0, 0] == 77).all() for one in made.measured.scenes)
    sewn = held_out_scenes(arrays, 0)
    assert [one.name for one in made.measured.scenes] == [one.name for one in sewn]
    np.testing.assert_array_equal(made.measured.scenes[0].image, sewn[0].image)
    assert all(0 <= one <= 1 for one in made.thresholds)
    write_finder(tmp_path / "finder", made, facts_of(arrays, CLASSES, "crops", 0))
    assert read_finder(tmp_path / "finder").thresholds == made.thresholds


def test_pictures_of_nothing_are_grounds_of_held_out_scenes(
    crops: Arrays, short: ClassifierConfig, grounds: list[Any]
) -> None:
    arrays = with_crops(crops, nothing=tuple(np.full_like(one, 99) for one in pictures(1, 400)))
    made = make_finder(arrays, short, CLASSES, 0)
    (scenes,) = grounds
    assert all((one.image == 99).mean() > 0.3 for one in scenes)
    assert made.calibration == ()
    assert set(made.validation) >= {"AP50", "count_error", "AP50_of/disc", "AP50_of/ring"}


def test_of_crops_that_were_resized_no_size_is_known(
    crops: Arrays, short: ClassifierConfig, grounds: list[Any]
) -> None:
    made = make_finder(with_crops(crops, unscaled=False), short, CLASSES, 0)
    assert made.dimensions == Dimensions(made.dimensions.frames)
    assert made.config.box == short.locate.box
    assert made.config.probe == short.locate.probe
    known = make_finder(crops, short, CLASSES, 0)
    assert len(known.dimensions.sizes) == 2
    assert (known.config.box, known.config.probe) == ("window", 0)
    assert len(grounds) == 2


def test_held_out_scenes_lie_on_grounds_of_their_own_by_the_seed(crops: Arrays) -> None:
    arrays = with_crops(crops, scenes=tuple(np.full_like(one, 77) for one in pictures(1)))
    one, two, other = (held_out_scenes(arrays, seed)[0].image for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert one.shape != other.shape or not np.array_equal(one, other)
    within = held_out_scenes(arrays, 1, in_scenes=True)[0]
    assert [placed.label for placed in within.objects] == [
        placed.label for placed in held_out_scenes(arrays, 1)[0].objects
    ]


def test_without_windows_nothing_is_validated_on_scenes(crops: Arrays, short: ClassifierConfig) -> None:
    plain = replace(
        short, background=replace(short.background, windows=0, test=0), train=replace(short.train, epochs=1)
    )
    made = make_finder(crops, plain, CLASSES, 0)
    assert (made.config.read, made.thresholds, made.measured) == ("regions", (0.5, 0.5), None)
    assert made.dimensions.frames == ((1.0, 1.0), (1.0, 1.0))
    assert "validation" not in made.seconds
