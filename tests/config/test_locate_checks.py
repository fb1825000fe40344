"""Knobs of a search that no image could serve."""

from dataclasses import replace
from typing import Any

import pytest

from fullconv.config.checks.choice import PIXELS
from fullconv.config.checks.locate import check_locate
from fullconv.config.schema import LocateConfig
from fullconv.errors import InputError
from fullconv.models.pixels import AUTO, RANGES

GOOD = LocateConfig(
    head="cell", levels=[200, [400, 640]], enlarge=2.0, fuse="mean", floor=0.05, overlap=0.5, spacing=1.19, border=0.1,
    engine="auto", box="auto", batch_size=4, top=5,
)  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"scales": [0.5, 2]},
        {"levels": [], "scales": [1]},
        {"head": "window"},
        {"stride": 16},
        {"read": "regions", "floor": 0.0},
    ],
)
def test_good_knobs_pass(change: dict[str, Any]) -> None:
    check_locate(replace(GOOD, **change), "locate")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"head": "both"}, r"^locate\.head: received 'both'\. Choose one of auto, cell, window"),
        ({"fuse": "median"}, r"^locate\.fuse: received 'median'"),
        ({"levels": []}, r"^locate\.levels: received \[\]\. Give at least one"),
        ({"levels": [0]}, r"^locate\.levels: received 0"),
        ({"levels": ["big"]}, r"^locate\.levels: received 'big'"),
        ({"levels": [True]}, r"^locate\.levels: received True"),
        ({"levels": [[200]]}, r"^locate\.levels: received \[200\]"),
        ({"levels": [[200, -1]]}, r"^locate\.levels: received \[200, -1\]"),
        ({"scales": [0.0]}, r"^locate\.scales: received 0\.0"),
        ({"scales": [float("nan")]}, r"^locate\.scales: received nan"),
        ({"enlarge": 0.5}, r"^locate\.enlarge: received 0\.5"),
        ({"stride": 0}, r"^locate\.stride: received 0"),
        ({"floor": 1.5}, r"^locate\.floor: received 1\.5"),
        ({"top": 0}, r"^locate\.top: received 0"),
        ({"read": "both"}, r"^locate\.read: received 'both'\. Choose one of auto, peaks, regions"),
        ({"floor": 0.0}, r"^locate\.floor: received 0\.0\. Give a probability above 0, or locate\.read=regions"),
    ],
)
def test_bad_knobs_are_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_locate(replace(GOOD, **change), "locate")


def test_the_ranges_that_pass_are_those_that_a_finder_knows() -> None:
    assert set(PIXELS) == {AUTO, *RANGES}
