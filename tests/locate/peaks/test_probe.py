"""Sizes narrowed to those that were found."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fullconv.config.schema import LocateConfig
from fullconv.convert.geometry import Geometry
from fullconv.locate.detections import Found
from fullconv.locate.located import Located
from fullconv.locate.peaks.probe import narrowed

CONFIG = LocateConfig(
    floor=0.05,
    overlap=0.5,
    sizes=[12, 128],
    spacing=1.2,
    border=0.3,
    engine="auto",
    fuse="max",
    box="window",
    probe=8,
    batch_size=2,
)


def located(*scales: float, score: float = 0.99) -> Any:
    objects = [Found(0, score, (0, 0, 28 * scale, 28 * scale), scale) for scale in scales]
    scores, geometry = np.zeros((1, 1, 2), np.float32), Geometry((28, 28), (4, 4), (0, 0))
    return Located((28, 28), scores, geometry, (0,), 1, objects, [], [], (28, 28))


def test_sizes_are_those_found_and_a_level_more() -> None:
    config = narrowed(CONFIG, [located(0.8, 1.0), located(2.0)])
    low, high = np.quantile([0.8, 1.0, 2.0], [0.02, 0.98]) * 28
    assert config.sizes == pytest.approx([low / 1.2, high * 1.2])
    assert config.probe == 0


def test_not_beyond_the_sizes_that_were_searched() -> None:
    assert narrowed(CONFIG, [located(12 / 28, 128 / 28)]).sizes == pytest.approx([12, 128])


@pytest.mark.parametrize(("scales", "one"), [((0.9, 1.0, 1.15), True), ((1.4, 1.45), False), ((0.5, 1.0, 2.0), False)])
def test_one_scale_where_all_have_the_training_size(scales: tuple[float, ...], one: bool) -> None:
    assert (narrowed(CONFIG, [located(*scales)]).sizes == []) is one


def test_unsure_objects_do_not_count() -> None:
    unsure = located(0.5, 4.0, score=0.6)
    assert narrowed(CONFIG, [located(0.5, 4.0, score=0.2)]).sizes == [12, 128]
    assert narrowed(CONFIG, [unsure, located(1.0)]).sizes == []
    assert narrowed(CONFIG, []).sizes == [12, 128]


def test_of_objects_that_fill_a_part_of_the_window_the_part_is_told() -> None:
    found = [located(0.8, 1.0), located(2.0)]
    config = replace(CONFIG, sizes=[6, 128])
    whole, part = narrowed(config, found).sizes, narrowed(config, found, (0.5, 0.6)).sizes
    assert part == pytest.approx([0.6 * whole[0], 0.5 * whole[1]])
