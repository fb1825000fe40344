"""Tiles of colours, tight boxes and second looks, each over one size, several, and from coarse to fine."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from tiles import Both, assert_same, both, coloured, matched, network, picture, reader

from fullconv.convert.conversion import Conversion
from fullconv.large import tiling as tiling_module
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.peaks import plan as plan_module
from fullconv.locate.peaks.reader import PeakReader
from fullconv.models.boxes import BoxRegression, seen_by

pytestmark = pytest.mark.numeric

# A failing example is as small as it is: to search a hundred more takes minutes.
PHASES = (Phase.explicit, Phase.generate)
# How a search goes over the sizes: at one, at each of several, from coarse to fine.
WAYS: dict[str, dict[str, Any]] = {
    "one": {"sizes": []},
    # The level in the middle measures √(9·30): its boxes share just 0.3 with those of 30 pixels that they lie in.
    "pyramid": {"sizes": [9.0, 30.0]},
    "climbing": {"sizes": [12.0, 30.0], "search": "coarse"},
}
SHOWN: dict[str, Any] = {
    "seed": st.integers(0, 3),
    "shown": st.sampled_from(["noise", "soft", "spots", "repeated"]),
    "size": st.tuples(st.integers(60, 120), st.integers(60, 120)),
}


def in_small_tiles(one: PeakReader, image: Any) -> Both:
    """Return what tiles of sixteen cells show; the smallest levels are reduced beforehand, others read by the tile."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (plan_module, tiling_module):
            patch.setattr(module, "BLOCK", 16)
        patch.setattr(tiling_module, "_BEFOREHAND", 2000 * image.shape[-1])
        seen = both(one, image)
    assert len(seen.search.tiling) > 1
    assert len(seen.search.tiling.beforehand) < len(seen.search.plan.levels())
    assert seen.once.objects
    return seen


def regression(conversion: Conversion, image: Any, seed: int) -> BoxRegression:
    """Return one whose logarithms differ among an image's windows, and are seldom the greatest."""
    windows = np.stack([image[y : y + 12, x : x + 12] for y, x in np.ndindex(40, 40)])
    features = np.asarray(seen_by(conversion.model)(windows)).reshape(len(windows), -1)
    weights = np.random.default_rng(seed).normal(0, 1, (features.shape[1], 2))
    weights *= [0.2, 0.5] / (features @ weights).std(axis=0)
    return BoxRegression(weights.astype(np.float32), (-features.mean(axis=0) @ weights).astype(np.float32))


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=1, derandomize=True, phases=PHASES)
@given(**SHOWN, kind=st.sampled_from(["flat", "deep"]))
@example(seed=1, shown="spots", size=(100, 90), kind="flat")
def test_tiles_of_pictures_in_colour(way: str, seed: int, shown: str, size: tuple[int, int], kind: str) -> None:
    one = reader(network(kind, 12, 2, seed, channels=3), **WAYS[way])
    seen = in_small_tiles(one, coloured(shown, seed, size))
    assert (seen.search.plan.numbers is not None) == (way == "climbing")
    assert_same(seen)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=1, derandomize=True, phases=PHASES)
@given(**SHOWN)
@example(seed=0, shown="spots", size=(100, 90))
def test_tiles_of_tight_boxes(way: str, channels: int, seed: int, shown: str, size: tuple[int, int]) -> None:
    one = reader(network("flat", 12, 2, seed, channels=channels), background=False, box="tight", **WAYS[way])
    seen = in_small_tiles(one, (coloured if channels == 3 else picture)(shown, seed, size))
    assert (seen.search.plan.numbers is not None) == (way == "climbing")
    assert_same(seen)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=1, derandomize=True, phases=PHASES)
@given(**SHOWN)
@example(seed=0, shown="spots", size=(100, 90))
def test_tiles_of_a_finder_that_looks_twice(
    way: str, channels: int, seed: int, shown: str, size: tuple[int, int]
) -> None:
    """What a box regression tells of an object's size and shape comes from the pixels of its window."""
    conversion = network("naming", 12, 2, seed, channels=channels)
    image = (coloured if channels == 3 else picture)(shown, seed, size)
    once = reader(conversion, background=False, **WAYS[way]).finder
    once = replace(once, dimensions=Dimensions(((0.9, 0.6),) * 3))
    seen = in_small_tiles(PeakReader(replace(once, boxes=regression(conversion, image, seed))), image)
    assert (seen.search.plan.numbers is not None) == (way == "climbing")
    assert_same(seen)
    # The second look tells something.
    assert matched(seen.objects, PeakReader(once)(image[None])[0].objects)
