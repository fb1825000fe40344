"""At which sizes a photo is searched."""

from typing import Any

import pytest

from fullconv.config.schema import LocateConfig
from fullconv.locate.levels.sizes import sizes_of


def config(**knobs: Any) -> LocateConfig:
    return LocateConfig(**{"levels": [200, 400, 800, 1600], "enlarge": 2.0, **knobs})


def test_numbers_are_the_shorter_side_and_keep_the_aspect() -> None:
    assert sizes_of(config(), (1600, 2560)) == [(200, 320), (400, 640), (800, 1280), (1600, 2560)]
    assert sizes_of(config(levels=[100]), (600, 300)) == [(200, 100)]


def test_pairs_are_taken_as_they_are() -> None:
    assert sizes_of(config(levels=[[200, 320], [50, 60]]), (400, 400)) == [(200, 320), (50, 60)]


def test_factors_replace_sizes() -> None:
    assert sizes_of(config(scales=[0.5, 2]), (101, 60)) == [(50, 30), (202, 120)]


def test_levels_that_enlarge_too_much_are_left_out() -> None:
    assert sizes_of(config(), (300, 451)) == [(200, 301), (400, 601)]
    assert sizes_of(config(enlarge=3.0), (300, 451)) == [(200, 301), (400, 601), (800, 1203)]


def test_of_a_tiny_photo_the_smallest_level_stays() -> None:
    assert sizes_of(config(), (20, 30)) == [(200, 300)]


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1)])
def test_no_side_is_less_than_a_pixel(size: tuple[int, int]) -> None:
    assert all(min(one) >= 1 for one in sizes_of(config(scales=[0.001, 0.5]), size))
