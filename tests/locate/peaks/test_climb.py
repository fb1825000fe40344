"""A search from coarse to fine against one of all cells."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.errors import InputError
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import factors_of, levels_of
from fullconv.locate.peaks.climb import coarse_levels
from fullconv.locate.peaks.ladder import Blocks, Ladder
from fullconv.locate.peaks.reader import PeakReader

pytestmark = pytest.mark.numeric

WINDOW = 16
STRIDE = 4  # the network's own; the search is twice as fine
KNOBS = LocateConfig(
    floor=0.05,
    overlap=0.5,
    sizes=[12, 60],
    spacing=1.19,
    border=0.2,
    stride=2,
    engine="auto",
    fuse="max",
    box="window",
    batch_size=4,
)


def bells() -> Conversion:
    """Return a conversion that scores round spots, the softer the farther off they are in place or size."""
    convolution = keras.layers.Conv2D(2, WINDOW, strides=STRIDE)
    model = keras.Sequential(
        [
            keras.Input((WINDOW, WINDOW, 1)),
            convolution,
            keras.layers.Flatten(),
            keras.layers.Activation("softmax"),
        ]
    )
    away = np.hypot(*(np.mgrid[:WINDOW, :WINDOW] + 0.5 - WINDOW / 2))
    kernel = np.zeros((WINDOW, WINDOW, 1, 2), np.float32)
    kernel[..., 0, 0] = np.where(away <= WINDOW / 4, 0.12, -0.06)
    convolution.set_weights([kernel, np.array([-3.5, 0], np.float32)])
    return convolutionalize(model)


CONVERSION = bells()


def reader(search: str, **changes: Any) -> PeakReader:
    config = replace(KNOBS, search=search, **changes)
    return PeakReader(Finder("spots", CONVERSION, Channels(("spot",), True), config))


def spots(shape: tuple[int, int], *places: tuple[float, float, float]) -> Any:
    """Return an image (H, W, 1) with spots `(y, x, diameter)`, their edges soft."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    image = np.zeros(shape)
    for row, col, diameter in places:
        image = np.maximum(image, np.clip(diameter / 2 - np.hypot(y - row, x - col) + 0.5, 0, 1))
    return image[..., None].astype(np.float32)


def shared(one: Any, other: Any) -> float:
    low = np.maximum(one.bbox[:2], other.bbox[:2])
    high = np.minimum(np.add(one.bbox[:2], one.bbox[2:]), np.add(other.bbox[:2], other.bbox[2:]))
    return float(np.maximum(high - low, 0).prod())


def overlap(one: Any, other: Any) -> float:
    both = shared(one, other)
    return both / (one.bbox[2] * one.bbox[3] + other.bbox[2] * other.bbox[3] - both)


def inside(one: Any, other: Any) -> float:
    return shared(one, other) / (one.bbox[2] * one.bbox[3])


def best(one: Any, others: Any) -> Any:
    return max(others, key=lambda other: overlap(one, other), default=None)


# Two levels show this spot almost alike: one has the highest cell, the next the highest mean. The climb reads two
# levels away of the first alone; the frame of the next is 5 % smaller then, and a much larger one stays beside it.
NEARLY_EQUAL = [(20.0, 51.0, 23.0)]


def unlowered(one: Any, others: Any) -> float:
    """Return an object's score without what a much larger box around it, which it may be a part of, takes from it."""
    larger = [other for other in others if other.scale > 1.4 * one.scale and inside(one, other) > 0.75]
    return float(expit(logit(one.score) + 2 * max((other.score for other in larger), default=0)))


@settings(max_examples=25, deadline=None)
@given(places=st.lists(st.tuples(st.floats(20, 120), st.floats(20, 150), st.floats(6.5, 28)), min_size=1, max_size=4))
@example(places=NEARLY_EQUAL)
def test_a_coarse_look_leads_to_what_a_search_of_all_cells_finds(places: list[tuple[float, float, float]]) -> None:
    image = spots((140, 170), *places)
    (whole,), (near,) = reader("whole")(image[None]), reader("coarse")(image[None])
    for mine, others in ((whole.objects, near.objects), (near.objects, whole.objects)):
        for one in mine:
            # Where two boxes of the same search meet, either may be the one that stays.
            if one.score > 0.5 and all(overlap(one, other) < 0.2 for other in mine if other is not one):
                match = best(one, others)
                assert overlap(one, match) > 0.9
                if mine is whole.objects:
                    # A search of all cells sees an object on much larger levels too, as if it were a part of that.
                    assert unlowered(match, near.objects) > one.score - 0.03
    assert near.scores.shape == whole.scores.shape
    assert near.geometry == whole.geometry


def test_the_fused_map_holds_the_peaks_that_were_climbed_to() -> None:
    image = spots((120, 140), (40.3, 50.2, 9.1), (80.8, 90.4, 21.3))
    (whole,), (near,) = reader("whole")(image[None]), reader("coarse")(image[None])
    for row, col in ((40.3, 50.2), (80.8, 90.4)):
        y, x = whole.geometry.nearest(row, col)
        np.testing.assert_allclose(near.scores[y, x], whole.scores[y, x], atol=1e-5)
    assert [level.size for level in near.levels] != [level.size for level in whole.levels]
    assert near.top == [(0, pytest.approx(whole.top[0][1], abs=1e-5))]


@pytest.fixture
def pixels(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list with the pixels that networks compute, each as often as its map is denser than their own."""
    call, computed = Network.__call__, [0.0]

    def counted(self: Network, images: Any, batch_size: int) -> Any:
        computed[0] += images.size * (STRIDE / self.geometry.stride[0]) ** 2
        return call(self, images, batch_size)

    monkeypatch.setattr(Network, "__call__", counted)
    return computed


def test_little_is_computed_where_little_is(pixels: list[float]) -> None:
    costs = []
    for search in ("whole", "coarse"):
        pixels[0] = 0
        reader(search)(spots((200, 200), (60, 70, 9), (150, 120, 20))[None])
        costs.append(pixels[0])
    assert costs[1] < costs[0] / 4


def test_a_noisy_image_costs_no_more_than_all_cells_and_the_coarse_look(pixels: list[float]) -> None:
    image = np.random.default_rng(3).random((1, 90, 100, 1)).astype(np.float32)
    loud = replace(KNOBS, search="coarse", floor=0.01)
    noisy = Finder("noise", flat(), Channels(("spot",), True), loud)
    near = PeakReader(noisy)
    (found,) = near(image)
    coarse = pixels[0]
    whole = PeakReader(replace(noisy, config=replace(loud, search="whole")))
    (every,) = whole(image)
    assert len(every.objects) > 5
    plan, full = near.plan(90, 100), pixels[0] - coarse
    assert plan.numbers is not None
    # Patches that are less work than a map, then the map.
    assert coarse <= 2 * full + sum(level.padded[0] * level.padded[1] for level in plan.seen)
    assert found.objects[0].bbox == pytest.approx(every.objects[0].bbox, abs=0.5)


def flat() -> Conversion:
    """Return a conversion that sees something everywhere."""
    convolution = keras.layers.Conv2D(2, WINDOW, strides=STRIDE)
    model = keras.Sequential(
        [keras.Input((WINDOW, WINDOW, 1)), convolution, keras.layers.Flatten(), keras.layers.Activation("softmax")]
    )
    rng = np.random.default_rng(1)
    kernel = rng.normal(0, 0.4, (WINDOW, WINDOW, 1, 2)).astype(np.float32)
    convolution.set_weights([kernel - kernel.mean(axis=(0, 1)), np.zeros(2, np.float32)])
    return convolutionalize(model)


@settings(deadline=None)
@given(low=st.floats(8, 40), ratio=st.floats(1.02, 12), spacing=st.floats(1.02, 1.9))
def test_no_level_is_far_from_a_coarse_one(low: float, ratio: float, spacing: float) -> None:
    factors = factors_of([low, low * ratio], spacing, WINDOW)
    ladder = Ladder(levels_of(factors, (400, 400), Network(CONVERSION), None), Blocks((0, 0), (400, 400), (1, 1)))
    chosen = coarse_levels(ladder)
    assert chosen == sorted(set(chosen))
    away = abs(ladder.logs[:, None] - ladder.logs[chosen]).min(axis=1).max()
    # Two levels of the usual spacing, or the next level where levels lie farther apart; sizes are whole pixels.
    assert away <= max(2 * np.log(1.19), np.diff(ladder.logs).max(initial=0)) + 0.02


def test_levels_fused_otherwise_cannot_be_looked_at_coarsely() -> None:
    with pytest.raises(InputError, match=r"locate.search: coarse, while levels are fused by mean"):
        reader("coarse", fuse="mean")
