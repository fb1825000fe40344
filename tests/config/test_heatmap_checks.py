"""Knobs of the search of photos that no photo could serve."""

from dataclasses import replace
from typing import Any

import pytest
from fullconv.config.checks.heatmap import check_heatmap

from fullconv.config.schema import HeatmapConfig
from fullconv.errors import InputError

GOOD = HeatmapConfig(head="cell", sizes=[200, [400, 640]], enlarge=2.0, fuse="mean", floor=0.05, top=5)


@pytest.mark.parametrize(
    "change", [{}, {"scales": [0.5, 2]}, {"sizes": [], "scales": [1]}, {"head": "window"}, {"stride": 16}]
)
def test_good_knobs_pass(change: dict[str, Any]) -> None:
    check_heatmap(replace(GOOD, **change), "heatmap")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"head": "both"}, r"^heatmap\.head: received 'both'\. Choose one of cell, window"),
        ({"fuse": "median"}, r"^heatmap\.fuse: received 'median'"),
        ({"sizes": []}, r"^heatmap\.sizes: received \[\]\. Give at least one"),
        ({"sizes": [0]}, r"^heatmap\.sizes: received 0"),
        ({"sizes": ["big"]}, r"^heatmap\.sizes: received 'big'"),
        ({"sizes": [True]}, r"^heatmap\.sizes: received True"),
        ({"sizes": [[200]]}, r"^heatmap\.sizes: received \[200\]"),
        ({"sizes": [[200, -1]]}, r"^heatmap\.sizes: received \[200, -1\]"),
        ({"scales": [0.0]}, r"^heatmap\.scales: received 0\.0"),
        ({"scales": [float("nan")]}, r"^heatmap\.scales: received nan"),
        ({"enlarge": 0.5}, r"^heatmap\.enlarge: received 0\.5"),
        ({"stride": 0}, r"^heatmap\.stride: received 0"),
        ({"floor": 1.5}, r"^heatmap\.floor: received 1\.5"),
        ({"top": 0}, r"^heatmap\.top: received 0"),
    ],
)
def test_bad_knobs_are_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_heatmap(replace(GOOD, **change), "heatmap")
