"""An image searched in tiles against the same one searched at once: the map, the candidates and the objects."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from tiles import PIXELS, ROUNDING, SPOTS, assert_same, both, matched, network, picture, reader

from fullconv.errors import InputError
from fullconv.large import tiling as tiling_module
from fullconv.large.pixels import Pixels
from fullconv.large.search import LargeSearch, search_of
from fullconv.large.sources.arrays import ArraySource
from fullconv.locate.peaks import plan as plan_module

pytestmark = pytest.mark.numeric

# A failing example is as small as it is: to search a hundred more takes minutes.
PHASES = (Phase.explicit, Phase.generate)


@pytest.fixture(scope="module", params=[8, 16])
def block(request: pytest.FixtureRequest) -> Iterator[int]:
    """Cells of a block, few: tiles are as small as windows then, and there are many."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (plan_module, tiling_module):
            patch.setattr(module, "BLOCK", request.param)
        yield request.param


FINDERS = {
    "kind": st.sampled_from(["flat", "deep"]),
    "window": st.sampled_from([8, 12, 16]),
    "stride": st.integers(1, 4),
    "seed": st.integers(0, 3),
    "background": st.booleans(),
    "box": st.sampled_from(["window", "tight"]),
    "shown": st.sampled_from(["noise", "soft", "spots", "repeated"]),
    "floor": st.sampled_from([0.01, 0.05, 0.3]),
    "size": st.tuples(st.integers(40, 150), st.integers(40, 150)),
}


@settings(max_examples=8, derandomize=True, phases=PHASES)
@given(**FINDERS)
@example("flat", 8, 1, 0, False, "window", "noise", 0.01, (70, 90))
def test_tiles_of_one_level_show_what_the_image_shows(
    block: int,
    kind: str,
    window: int,
    stride: int,
    seed: int,
    background: bool,
    box: str,
    shown: str,
    floor: float,
    size: tuple[int, int],
) -> None:
    one = reader(network(kind, window, stride, seed), background, box, floor=floor)
    seen = both(one, picture(shown, seed, size))
    assert max(seen.search.tiling.side) <= block
    assert_same(seen)


@settings(max_examples=6, derandomize=True, phases=PHASES)
@given(**FINDERS, low=st.floats(0.7, 1.2), ratio=st.floats(1.1, 3.5))
# Frames at the border are whole cells apart, and one lies in another by just so much that it counts as its part.
@example("deep", 12, 2, 0, False, "window", "spots", 0.01, (40, 88), 0.75, 2.25)
def test_tiles_of_a_pyramid_show_what_the_image_shows(
    block: int,
    kind: str,
    window: int,
    stride: int,
    seed: int,
    background: bool,
    box: str,
    shown: str,
    floor: float,
    size: tuple[int, int],
    low: float,
    ratio: float,
) -> None:
    sizes = [low * window, low * ratio * window]
    one = reader(network(kind, window, stride, seed), background, box, floor=floor, sizes=sizes)
    assert_same(both(one, picture(shown, seed, size)))


@settings(max_examples=6, derandomize=True, phases=PHASES)
@given(
    window=st.sampled_from([8, 12]),
    stride=st.sampled_from([2, 4]),
    denser=st.booleans(),
    sizes=st.sampled_from([[], [8.0, 20.0]]),
    shown=st.sampled_from(["noise", "spots"]),
    size=st.tuples(st.integers(40, 110), st.integers(40, 110)),
)
def test_tiles_of_networks_that_pad(
    block: int, window: int, stride: int, denser: bool, sizes: list[float], shown: str, size: tuple[int, int]
) -> None:
    one = reader(network("padded", window, stride, 1), sizes=sizes, stride=2 if denser else None)
    assert_same(both(one, picture(shown, 5, size)))


@settings(max_examples=3, derandomize=True, phases=PHASES)
@given(
    kind=st.sampled_from(["flat", "deep"]),
    net=st.sampled_from([(12, 2, None), (12, 1, None), (16, 4, 2), (16, 2, 1)]),
    seed=st.integers(0, 3),
    background=st.booleans(),
    shown=st.sampled_from(["noise", "soft", "spots", "repeated"]),
    floor=st.sampled_from([0.01, 0.05, 0.3]),
    size=st.tuples(st.integers(60, 110), st.integers(60, 110)),
    ratio=st.floats(1.5, 3.5),
)
def test_tiles_of_a_search_from_coarse_to_fine(
    block: int,
    kind: str,
    net: tuple[int, int, int | None],
    seed: int,
    background: bool,
    shown: str,
    floor: float,
    size: tuple[int, int],
    ratio: float,
) -> None:
    window, own, stride = net
    changes: dict[str, Any] = {"search": "coarse", "sizes": [window, ratio * window], "stride": stride}
    seen = both(
        reader(network(kind, window, own, seed), background, floor=floor, **changes), picture(shown, seed, size)
    )
    assert seen.search.plan.numbers is not None
    assert_same(seen)


@settings(max_examples=4, derandomize=True, phases=PHASES)
@given(seed=st.integers(0, 1000), size=st.tuples(st.integers(40, 110), st.integers(40, 110)))
def test_an_even_ground_has_as_many_objects_in_tiles_as_at_once(block: int, seed: int, size: tuple[int, int]) -> None:
    seen = both(reader(network("flat", 8, 2, 0), False, floor=0.01), picture("even", seed, size))
    np.testing.assert_allclose(seen.scores, seen.once.scores, rtol=0, atol=ROUNDING)
    assert len(seen.objects) == len(seen.once.objects)
    # Where between cells an even ground is highest is a matter of the last bits: within half a cell of two pixels.
    assert matched(seen.once.objects, seen.objects, 2 * 0.5 + PIXELS) == []


@settings(max_examples=4, derandomize=True, phases=PHASES)
@given(seed=st.integers(0, 1000), size=st.tuples(st.integers(150, 400), st.integers(150, 400)))
def test_spots_at_the_seams_of_tiles_are_found_once(seed: int, size: tuple[int, int]) -> None:
    one = reader(SPOTS, search="coarse", sizes=[12, 60], stride=2)
    with pytest.MonkeyPatch.context() as patch:
        for module in (plan_module, tiling_module):
            patch.setattr(module, "BLOCK", 32)
        seen = both(one, picture("spots", seed, size))
    assert len(seen.search.tiling) > 4
    assert any(found.score > 0.3 for found in seen.objects)
    assert_same(seen)


def test_neighbours_that_see_few_cells_of_a_window_do_not_lose_what_was_climbed_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search climbs by cells: eight rounds of three cells each are farther than two windows of two cells."""
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 32)
    one = reader(network("flat", 8, 4, 0), search="coarse", sizes=[8, 24])
    assert_same(both(one, picture("spots", 0, (260, 250))))


@pytest.mark.parametrize("values", [1, 20_000, 10**9])
def test_how_many_tiles_there_are_does_not_matter(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 8)
    one = reader(network("deep", 12, 2, 1), sizes=[10, 30])
    seen = both(one, picture("spots", 3, (90, 120)), values)
    assert (len(seen.search.tiling) == 1) == (values == 10**9)
    assert_same(seen)


def test_levels_of_an_image_are_reduced_beforehand_where_tiles_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 8)
    one = reader(network("deep", 12, 2, 1), sizes=[10, 30])
    beforehand = both(one, picture("spots", 3, (90, 120)))
    assert beforehand.search.tiling.beforehand
    monkeypatch.setattr(tiling_module, "_BEFOREHAND", 0)
    directly = both(one, picture("spots", 3, (90, 120)))
    assert not directly.search.tiling.beforehand
    for seen in (beforehand, directly):
        assert_same(seen)


def test_an_image_smaller_than_the_window_is_refused() -> None:
    one = reader(network("flat", 16, 2, 0), border=0.0)
    with pytest.raises(InputError, match=r"12x90 pixels.*16x16"):
        LargeSearch(one, Pixels(ArraySource(picture("noise", 0, (12, 90)))))


def test_what_reads_regions_is_refused() -> None:
    with pytest.raises(InputError, match=r"^locate.read: regions") as caught:
        search_of(object(), Pixels(ArraySource(picture("noise", 0, (12, 90)))))
    assert "locate.read=peaks" in caught.value.mend
