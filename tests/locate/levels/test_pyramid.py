"""Levels: sizes, places of cells, resizing and fusion, against analytic images."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.levels.fusion import fused, grid_of
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import factors_of, levels_of
from fullconv.locate.levels.resize import resized
from fullconv.locate.levels.scores import map_geometry, score_map

WINDOW = (6, 8)


class Means:
    """A conversion whose one score is the mean of the window; on a ramp that is the ramp at the window's centre."""

    def __init__(self, stride: int = 2) -> None:
        self.window, self.geometry = WINDOW, Geometry(WINDOW, (stride, stride), (0, 0))
        self.cellwise = False
        self.model: Any = SimpleNamespace(input_shape=(None, None, None, 1), output_shape=(None, None, None, 1))

    def forward(self, images: Any) -> Any:
        view = np.lib.stride_tricks.sliding_window_view(images, WINDOW, axis=(1, 2))
        return view[:, :: self.geometry.stride[0], :: self.geometry.stride[1]].mean(axis=(-2, -1))


def ramp(height: int, width: int, down: float, across: float) -> Any:
    y, x = np.mgrid[:height, :width] + 0.5
    return (0.1 + down * y + across * x).astype(np.float32)[None, ..., None]


@settings(max_examples=40)
@given(low=st.floats(4, 60), ratio=st.floats(1, 12), spacing=st.floats(1.05, 2))
def test_levels_cover_the_sizes(low: float, ratio: float, spacing: float) -> None:
    sizes = [28 / factor for factor in factors_of([low, low * ratio], spacing, 28)]
    assert sizes[0] == pytest.approx(low)
    if ratio > 1.001:
        assert sizes[-1] == pytest.approx(low * ratio)
    steps = np.divide(sizes[1:], sizes[:-1])
    assert (steps <= spacing + 1e-6).all()


def test_without_sizes_the_image_as_it_is() -> None:
    assert factors_of([], 1.19, 28) == [1.0]


@pytest.mark.parametrize("size", [(30, 44), (61, 90), (95, 33), (60, 60)])
def test_resizing_keeps_places(size: tuple[int, int]) -> None:
    image = ramp(60, 80, 0.004, 0.006)
    expected = ramp(*size, 0.004 * 60 / size[0], 0.006 * 80 / size[1])
    # Beyond the border there is nothing to interpolate with.
    inner = (slice(None), slice(6, -6), slice(6, -6))
    np.testing.assert_allclose(resized(image, *size)[inner], expected[inner], atol=2e-4)


def test_resizing_keeps_the_mean_of_fine_texture_and_the_range() -> None:
    image = (np.indices((64, 64)).sum(axis=0) % 2).astype(np.float32)[None, ..., None]
    small = resized(image, 16, 16)
    np.testing.assert_allclose(small[:, 2:-2, 2:-2], 0.5, atol=0.02)
    large = resized(image[:, :9, :9], 20, 20)
    assert large.min() >= 0
    assert large.max() <= 1


@settings(max_examples=40)
@given(
    factors=st.lists(st.floats(0.3, 2.5), min_size=1, max_size=4),
    stride=st.integers(1, 3),
    fuse=st.sampled_from(["mean", "max", "geometric"]),
)
def test_every_level_says_the_same_of_a_ramp(factors: list[float], stride: int, fuse: str) -> None:
    # All levels see the ramp's value at the window's centre, so fusion must give it back: no half-pixel is lost.
    height, width, down, across = 48, 60, 0.006, 0.005
    conversion: Any = Means(stride)
    scores = score_map(conversion, ramp(height, width, down, across), scales=factors, fuse=fuse)
    geometry = map_geometry(conversion, height, width, scales=factors)
    y = geometry.center(0, 0)[0] + stride * np.arange(scores.shape[1])[:, None]
    x = geometry.center(0, 0)[1] + stride * np.arange(scores.shape[2])[None]
    expected = 0.1 + down * y + across * x
    # A large level's windows are few pixels of the image: bicubic edges count there.
    margin = 6 / min(factors)
    inner = (y > margin) & (y < height - margin) & (x > margin) & (x < width - margin)
    np.testing.assert_allclose(scores[0, ..., 0][inner], expected[inner], atol=2e-3)
    np.testing.assert_allclose(scores[0, ..., 0], expected, atol=2e-2)


def test_a_scale_of_one_is_the_plain_map() -> None:
    images = np.random.default_rng(0).random((3, 21, 30, 1), np.float32)
    conversion: Any = Means()
    np.testing.assert_allclose(score_map(conversion, images, scales=[1.0]), score_map(conversion, images), atol=1e-6)
    assert map_geometry(conversion, 21, 30, scales=[1.0]) == conversion.geometry


def test_a_scale_below_the_window_is_left_out() -> None:
    images = np.random.default_rng(0).random((1, 10, 12, 1), np.float32)
    conversion: Any = Means()
    np.testing.assert_array_equal(
        score_map(conversion, images, scales=[1.0, 0.5]), score_map(conversion, images, scales=[1.0])
    )
    with pytest.raises(InputError, match=r"10x12 pixels at scales 0\.5, 0\.1") as caught:
        score_map(conversion, images, scales=[0.5, 0.1])
    assert caught.value.where == "images"


def test_what_fusion_does_to_two_levels() -> None:
    levels: Any = levels_of([1.0, 1.0], (8, 10), Network(Means()), None)  # type: ignore[arg-type]
    first = np.full((1, 2, 2, 3), [0.1, 0.8, 0.1], np.float32)
    second = np.full((1, 2, 2, 3), [0.4, 0.1, 0.5], np.float32)

    def at(fuse: str, background: int | None = None) -> Any:
        grid, cells = grid_of(levels, (8, 10), Means().geometry)
        return fused([first, second], levels, grid, cells, fuse, background)[0, 0, 0]

    np.testing.assert_allclose(at("mean"), [0.25, 0.45, 0.3], atol=1e-6)
    np.testing.assert_allclose(at("max"), [0.4, 0.8, 0.5], atol=1e-6)
    np.testing.assert_allclose(at("max", 2), [0.4, 0.8, 0.1], atol=1e-6)
    roots = np.sqrt([0.04, 0.08, 0.05])
    np.testing.assert_allclose(at("geometric"), roots / roots.sum(), atol=1e-6)
    first *= 0.5  # no distributions any more: not rescaled
    np.testing.assert_allclose(at("geometric"), roots * np.sqrt(0.5), atol=1e-6)


def test_where_a_level_has_no_window_the_others_count() -> None:
    conversion: Any = Means(1)
    images = np.random.default_rng(0).random((1, 24, 24, 1), np.float32)
    both = score_map(conversion, images, scales=[2.0, 1.0], fuse="mean")
    large = score_map(conversion, images, scales=[2.0], fuse="mean")
    geometry = map_geometry(conversion, 24, 24, scales=[2.0, 1.0])
    assert geometry.center(0, 0) == (2.0, 2.0)  # 1.5 is the first centre at scale 2 down; whole strides from 3
    np.testing.assert_allclose(both[:, 0], large[:, 0], atol=1e-6)
    assert not np.allclose(both[:, 8, 8], large[:, 8, 8])


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"scales": []}, "scales"),
        ({"scales": [0.0]}, "scales"),
        ({"scales": [float("nan")]}, "scales"),
        ({"scales": [1.0], "fuse": "median"}, "locate.fuse"),
        ({"scales": [1.0], "background": 1}, "background"),
    ],
)
def test_what_score_map_refuses(options: dict[str, Any], where: str) -> None:
    conversion: Any = Means()
    with pytest.raises(InputError) as caught:
        score_map(conversion, np.zeros((1, 12, 12, 1), np.float32), **options)
    assert caught.value.where == where
