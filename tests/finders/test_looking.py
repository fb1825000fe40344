"""What a classifier in training finds in scenes: kept for a training that goes on, in scenes that chance chooses."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fullconv.config.schema import ClassifierConfig
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.windows.parts import Finding
from fullconv.finders import looking
from fullconv.finders.looking import Findings, look_for
from fullconv.finders.place import forget, unfinished
from fullconv.finders.searching import scene_look
from fullconv.locate.channels import Channels
from fullconv.locate.detections import Found
from fullconv.locate.dimensions import Dimensions
from fullconv.train.checkpoint import FOUND, discard

CHANNELS = Channels(("disc", "ring"), True)
DIMENSIONS = Dimensions(((0.6, 0.6), (0.6, 0.6)), ((18.0, 20.0, 22.0), (27.0, 30.0, 33.0)))
Size = tuple[int, int]


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The brightness, in 0..1, of each scene that was searched; a reader of no network finds one object in each."""
    seen: list[float] = []

    class Reader:
        def __init__(self, finder: Any) -> None:
            assert finder.dimensions is DIMENSIONS

        def fits(self, height: int, width: int) -> bool:
            return min(height, width) >= 10

        def __call__(self, images: Any) -> list[Any]:
            seen.append(float(images.max()))
            return [SimpleNamespace(objects=[Found(1, 0.8125, (10.0, 20.0, 16.0, 4.0))])]

    monkeypatch.setattr(looking, "convolutionalize", lambda model: model)
    monkeypatch.setattr(looking, "Finder", lambda *_, dimensions: SimpleNamespace(dimensions=dimensions))
    monkeypatch.setattr(looking, "PeakReader", Reader)
    return seen


def crops_with(*sizes: Size) -> Crops:
    """Return crops whose scenes have these sizes, each of a brightness of its own."""
    none = np.zeros((0, 2), np.float32)
    scenes = [np.full((*size, 1), 5 * (number + 1), np.uint8) for number, size in enumerate(sizes)]
    return Crops(CHANNELS.classes, none, none, scenes=tuple(scenes))


def look(crops: Crops, recipe: ClassifierConfig, seed: int = 0, kept: Findings | None = None) -> Any:
    return look_for(crops, CHANNELS, DIMENSIONS, recipe.locate, seed, kept)


def test_boxes_become_middles_and_sizes(searched: list[float], recipe: ClassifierConfig) -> None:
    found = look(crops_with((40, 40), (30, 50)), recipe)(None, 3)
    # 16 wide and 4 high from (10, 20): the middle lies at y = 22, x = 18, and 8 = √64.
    assert found == {number: [Finding(1, 22.0, 18.0, 8.0, 0.8125)] for number in (0, 1)}
    assert searched == pytest.approx([5 / 255, 10 / 255])


def test_of_scenes_that_are_too_small_nothing_is_said(searched: list[float], recipe: ClassifierConfig) -> None:
    assert list(look(crops_with((9, 90), (40, 40), (90, 5)), recipe)(None, 0)) == [1]
    assert look(crops_with((9, 90)), recipe)(None, 0) == {}
    assert len(searched) == 1


def test_as_many_scenes_as_there_are_pixels_for_are_searched(
    searched: list[float], recipe: ClassifierConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    crops = crops_with(*[(20, 20)] * 40)
    assert list(look(crops, recipe)(None, 0)) == list(range(40))
    monkeypatch.setattr(looking, "_PIXELS", 10 * 400 + 1)
    chosen = [list(look(crops, recipe, seed)(None, 0)) for seed in (0, 0, 1)]
    assert [len(one) for one in chosen] == [10, 10, 10]
    assert chosen[0] == chosen[1] == sorted(chosen[0])
    assert chosen[0] != chosen[2]
    monkeypatch.setattr(looking, "_PIXELS", 1)
    assert len(look(crops, recipe)(None, 0)) == 1  # one in any case


def test_what_was_found_is_kept_and_not_searched_for_again(
    searched: list[float], recipe: ClassifierConfig, tmp_path: Path
) -> None:
    kept = Findings(tmp_path / "new" / "found.json", "this training")
    crops = crops_with((20, 20))
    first = look(crops, recipe, kept=kept)(None, 2)
    assert look(crops, recipe, kept=kept)(None, 2) == first
    assert len(searched) == 1
    look(crops, recipe, kept=kept)(None, 4)
    look(crops, recipe, kept=replace(kept, training="another"))(None, 4)
    assert len(searched) == 3
    assert kept.read(2) is None


def test_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    kept = Findings(tmp_path / "found.json", "t")
    found: dict[int, Sequence[Finding]] = {12: [Finding(1, 1 / 3, 0.1, 1e-7, 0.7)], 3: []}
    kept.write(0, found)
    assert kept.read(0) == found


def test_what_was_found_goes_with_the_checkpoint(tmp_path: Path) -> None:
    part = unfinished(tmp_path / "finder")
    for remove in (lambda: discard(part / "training.npz"), lambda: forget(part)):
        part.mkdir()
        for name in ("training.npz", FOUND):
            (part / name).write_bytes(b"")
        remove()
        assert not part.exists()


def test_other_data_other_knobs_and_another_search_are_another_training(
    crops: Arrays, recipe: ClassifierConfig, tmp_path: Path, searched: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "Finder", lambda *_, dimensions: SimpleNamespace(dimensions=DIMENSIONS))
    assert crops.crops is not None
    scene = np.zeros((50, 50, 1), np.uint8)
    with_scene = replace(crops, crops=replace(crops.crops, scenes=(scene,)))
    recipe = replace(recipe, background=replace(recipe.background, looks=[0.5]))

    def searches(arrays: Arrays, config: ClassifierConfig, seed: int = 0) -> int:
        before = len(searched)
        once = scene_look(arrays, config, CHANNELS, config.locate, seed, tmp_path / "training.npz")
        assert once is not None
        once(None, 1)
        return len(searched) - before

    assert searches(with_scene, recipe) == 1
    assert searches(with_scene, recipe) == 0
    other = replace(crops, crops=replace(crops.crops, scenes=(scene + 1,)))
    for given in (
        (other, recipe),
        (other, replace(recipe, train=replace(recipe.train, epochs=9))),
        (other, replace(recipe, locate=replace(recipe.locate, floor=0.25))),
        (other, recipe, 1),
    ):
        assert searches(*given) == 1, given


@pytest.mark.parametrize("lacking", ["crops", "scenes", "looks", "windows"])
def test_without_scenes_or_looks_nothing_is_searched(crops: Arrays, recipe: ClassifierConfig, lacking: str) -> None:
    assert crops.crops is not None
    scenes = () if lacking == "scenes" else (np.zeros((50, 50, 1), np.uint8),)
    arrays = replace(crops, crops=None if lacking == "crops" else replace(crops.crops, scenes=scenes))
    looks = [] if lacking == "looks" else [0.5]
    windows = 0 if lacking == "windows" else 100
    config = replace(recipe, background=replace(recipe.background, looks=looks, windows=windows))
    assert scene_look(arrays, config, CHANNELS, config.locate, 0) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"training": "this", "epoch": 2}', '{"training": "this", "epoch": 2, "found": 3}']
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str) -> None:
    (tmp_path / FOUND).write_text(text)
    assert Findings(tmp_path / FOUND, "this").read(2) is None
    assert "scenes are searched again" in caplog.text
