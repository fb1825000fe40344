"""Frames and sizes that a classifier of the pipeline is searched with, from what `prepare` measured."""

from dataclasses import replace
from typing import Any

import pytest

from fullconv.config.schema import BackgroundConfig, ClassifierConfig
from fullconv.data.crops.measures import SHARE
from fullconv.locate.dimensions import Dimensions
from fullconv.track.known_sizes import dimensions_in

WINDOWS = ClassifierConfig(background=BackgroundConfig(windows=10))
CROPS = ClassifierConfig()
MEASURES: dict[str, Any] = {
    "aspects": [4.0, 1.0],
    "sizes": [[10.0, 20.0, 40.0], [5.0, 6.0, 8.0]],
    "known": True,
    "reduced": 0.5,
    "margin": 0.25,
}


def test_without_crops_nothing_is_known() -> None:
    assert dimensions_in(None, WINDOWS, in_scenes=True) is None


@pytest.mark.parametrize("in_scenes", [True, False])
def test_sizes_are_those_of_the_pictures_that_are_searched(in_scenes: bool) -> None:
    found = dimensions_in(MEASURES, WINDOWS, in_scenes)
    factor = 0.5 if in_scenes else 1.0
    # What is as high as wide measures three fifths of the window; what is four times as high, nine tenths at most.
    frames = ((pytest.approx(0.9), pytest.approx(0.225)), (SHARE, SHARE))
    sizes = ((10 * factor, 20 * factor, 40 * factor), (5 * factor, 6 * factor, 8 * factor))
    assert found == Dimensions(frames, sizes)


def test_a_network_that_learnt_from_the_crops_themselves_sees_their_margin() -> None:
    found = dimensions_in(MEASURES, CROPS, in_scenes=False)
    assert found is not None
    assert found.frames[1] == pytest.approx((2 / 3, 2 / 3))
    whole = dimensions_in({**MEASURES, "margin": 0.0}, CROPS, in_scenes=False)
    assert whole is not None
    assert whole.frames == (pytest.approx((2.0, 0.5)), pytest.approx((1.0, 1.0)))


def test_sizes_of_crops_that_were_resized_are_no_sizes_in_scenes() -> None:
    found = dimensions_in({**MEASURES, "known": False}, WINDOWS, in_scenes=True)
    known = dimensions_in(MEASURES, WINDOWS, in_scenes=True)
    assert known is not None
    assert found == replace(known, sizes=())
