"""The benchmark of large images: its own arithmetic against cases worked out by hand, and its tables."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

Module = Callable[[str], ModuleType]
Floats = npt.NDArray[np.float32]


def test_tiles_cover_an_axis_and_share_a_quarter(benchmark_module: Module) -> None:
    starts_of = benchmark_module("large.blending").starts_of
    assert starts_of(20, 8) == [0, 6, 12]
    assert starts_of(21, 8) == [0, 6, 12, 13]
    assert starts_of(8, 8) == [0]
    assert starts_of(9, 8) == [0, 1]


def test_weights_of_blending_are_those_of_a_bell(benchmark_module: Module) -> None:
    weights = benchmark_module("large.blending").gaussian(9)
    assert weights[4, 4] == 1
    assert weights[4, 0] == pytest.approx(np.exp(-0.5 * (4 / (9 * 0.125)) ** 2), rel=1e-5)
    assert np.array_equal(weights, weights[::-1].T)


def test_blended_tiles_that_agree_are_the_whole(benchmark_module: Module) -> None:
    image = np.random.default_rng(0).random((26, 34, 2), np.float32)
    blended = benchmark_module("large.blending").blended

    def network(pixels: Floats) -> Floats:  # a cell every other pixel
        return pixels[:, ::2, ::2]

    def read(top: int, left: int) -> Floats:
        return image[top : top + 10, left : left + 10]

    assert blended(network, read, (13, 17), 5, (2, 2)) == pytest.approx(image[::2, ::2], abs=1e-6)
    dark = blended(lambda pixels: network(pixels) * 0 + pixels[:, :1, :1], read, (13, 17), 5, (2, 2))
    assert abs(dark - image[::2, ::2]).max() > 0.01  # tiles that do not agree


def test_ratios_are_of_pairs_and_of_equal_work(benchmark_module: Module) -> None:
    timing = benchmark_module("large.timing")
    assert timing.times_as_fast([2.0, 9.0, 4.0], [1.0, 1.0, 1.0]) == 4
    assert timing.times_as_fast([2.0], [1.0], of_other=0.1) == pytest.approx(20)
    assert timing.seconds_of_all([1.0, 3.0, 2.0], 0.5) == 4


def test_sides_run_in_turn(benchmark_module: Module) -> None:
    order: list[str] = []
    sides = {name: lambda name=name: order.append(name) or name for name in "ab"}
    taken, returned = benchmark_module("large.timing").alternated(sides, 2)
    assert order == ["b", "a", "a", "b"]
    assert returned == {"a": "a", "b": "b"}
    assert [len(taken[name]) for name in "ab"] == [2, 2]


def test_differences_are_of_cells(benchmark_module: Module) -> None:
    whole = np.zeros((2, 2, 3))
    other = whole.copy()
    other[0, 0, 1], other[1, 1, 2] = 0.5, -0.005
    assert benchmark_module("large.timing").differences(other, whole) == {"most": 0.5, "share": 0.25}


def test_an_image_repeats_itself(benchmark_module: Module) -> None:
    repeated = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    part = benchmark_module("large.images").cut(repeated, 4, 2, 6)
    assert part.shape == (6, 6, 3)
    assert np.array_equal(part[1:6, 2:6], repeated)
    assert np.array_equal(part[0, 0], repeated[4, 2])


def test_a_sparse_image_holds_scenes_in_the_middle_of_each_half(benchmark_module: Module) -> None:
    filled = benchmark_module("large.images").filled
    held = [tile for tile in range(160) if filled(tile, 160)]
    assert held == [*range(33, 48), *range(113, 128)]


@dataclass(frozen=True)
class Object:
    label: int
    bbox: tuple[float, float, float, float]


def test_objects_without_an_equal_are_counted_on_both_sides(benchmark_module: Module) -> None:
    unequal = benchmark_module("large.pyramids").unequal
    one, moved = Object(0, (1, 2, 3, 4)), Object(0, (1, 2, 3, 4.001))
    other, far = Object(1, (1, 2, 3, 4)), Object(0, (1, 2, 3, 5))
    assert unequal([one, other], [other, moved]) == 0
    assert unequal([one], [one, one]) == 1
    assert unequal([one], [far]) == 2
    assert unequal([one], [other]) == 2


def test_tiles_in_the_middle_are_chosen(benchmark_module: Module) -> None:
    @dataclass(frozen=True)
    class Tile:
        name: str

    wanted_of = benchmark_module("large.ways").wanted_of
    tiles = [Tile(name) for name in "abcdef"]
    assert wanted_of(tiles, 2) == {"c", "d"}
    assert wanted_of(tiles, None) is None
    assert wanted_of(tiles, 6) is None


def results_by_hand() -> dict[str, Any]:
    def side(seconds: float, fast: float, most: float, share: float) -> dict[str, Any]:
        return {"seconds": seconds, "ours_as_fast": fast, "difference": {"most": most, "share": share}}

    sides = {
        "ours": side(2.0, 1, 1e-7, 0),
        "once": side(2.5, 1.2, 0, 0),
        "untiled": side(2.4, 1.25, 1e-7, 0),
        "blended": side(4, 2.04, 0.3, 0.5),
        "windows": side(400, 200, 2e-7, 0),
    }
    case = {"side": 4000, "cells": [900, 1000], "channels": 4, "stride": [4, 4], "sides": sides}
    memory: dict[str, Any] = {"case": "padding-free", "side": 20000, "cells": [1800, 1000], "tiles": 12}
    memory |= {"share": 0.5, "seconds": 10.0, "bytes": 2**29}
    search = {"tiles": 1, "levels": 5, "seconds": 1, "untiled_seconds": 1.1, "over_untiled": 1.1}
    search |= {"objects": 1200, "unequal": 0}
    facts = {"cores": 2, "processor": "X", "python": "3", "tensorflow": "2", "keras": "3"}
    return {"cases": {"padding-free": case}, "memory": [memory], "search": [search], "machine": facts, "load": 2.0}


def test_tables_say_what_was_recorded(benchmark_module: Module) -> None:
    page, results = benchmark_module("pages.large"), results_by_hand()
    rows = page.rows(results)
    assert [row[2] for row in rows] == ["2.0", "2.5", "2.4", "4.0", "400"]
    assert [row[3] for row in rows] == ["", "1.2× as fast", "1.2× as fast", "2× as fast", "200× as fast"]
    assert rows[3][4:] == ("3.0e-01", "50.0%")
    (memory,) = page.memory_rows(results)
    assert memory[3] == "about 20"
    assert memory[4] == "800"
    assert memory[5] == "512 MiB (50.0% of it searched)"
    text = "<!-- large -->old<!-- end --> <!-- large-search --><!-- end --> <!-- large-machine --><!-- end -->"
    filled = page.filled(text, results)
    assert "old" not in filled
    assert "| 1,200 | 0 |" in filled
    assert "2 cores of an X" in filled
