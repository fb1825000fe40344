"""Knobs of a set of mosaics that no data could serve."""

from dataclasses import replace

import pytest

from fullconv.config.checks.mosaics import check_mosaics
from fullconv.config.schema import MosaicConfig
from fullconv.errors import InputError

GOOD = MosaicConfig(split="test", canvas=[40, 50], objects=[0, 4])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"sizes": [3, 3]},
        {"objects": [], "placements": [[0, 0, 0]]},
        {"overlap": 0.0},
        {"ink": [0, 255]},
        {"of": "crops"},
        {"of": "crops", "canvas": []},
    ],
)
def test_good_knobs_pass(change: dict[str, object]) -> None:
    check_mosaics(replace(GOOD, **change), "m")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"split": "train"}, r"^mosaics\.x\.split: 'train'\. Choose validation or test"),
        ({"ground": "grass"}, r"^mosaics\.x\.ground: 'grass'"),
        ({"boxes": "loose"}, r"^mosaics\.x\.boxes: 'loose'"),
        ({"canvas": [40]}, r"^mosaics\.x\.canvas: \[40\]"),
        ({"canvas": []}, r"^mosaics\.x\.canvas"),
        ({"of": "things"}, r"^mosaics\.x\.of: 'things'\. Choose sprites or crops"),
        ({"of": "crops", "sizes": [20, 40]}, r"^mosaics\.x\.sizes: \[20, 40\] in a set of crops"),
        ({"of": "crops", "objects": [], "placements": [[0, 0, 0]]}, r"^mosaics\.x\.placements"),
        ({"of": "crops", "inverted": True}, r"^mosaics\.x\.inverted: True in a set of crops"),
        ({"of": "crops", "canvas": [40]}, r"^mosaics\.x\.canvas: \[40\]"),
        ({"of": "crops", "objects": []}, "neither"),
        ({"canvas": [-40, 50]}, r"\[-40, 50\]"),
        ({"canvas": [40.5, 50]}, r"\[40\.5, 50\]"),
        ({"objects": []}, r"^mosaics\.x\.objects, mosaics\.x\.placements: neither"),
        ({"objects": [0, 0]}, "neither"),
        ({"placements": [[0, 0, 0]]}, "both are given"),
        ({"objects": [], "placements": [[0, 0, 0]], "sizes": [3, 4]}, r"^mosaics\.x\.sizes: given beside placements"),
        ({"objects": [-1, 3]}, r"^mosaics\.x\.objects: -1"),
        ({"objects": [3]}, r"^mosaics\.x\.objects: \[3\]"),
        ({"objects": [4, 3]}, r"^mosaics\.x\.objects: \[4, 3\]"),
        ({"sizes": [0, 3]}, r"^mosaics\.x\.sizes: 0"),
        ({"ink": [0, 256]}, r"^mosaics\.x\.ink: 256"),
        ({"images": 0}, r"^mosaics\.x\.images: 0"),
        ({"spacing": -1}, r"^mosaics\.x\.spacing: -1"),
        ({"overlap": 1.5}, r"^mosaics\.x\.overlap: 1\.5"),
        ({"overlap": float("nan")}, r"^mosaics\.x\.overlap: nan"),
        ({"noise": -1}, r"^mosaics\.x\.noise: -1"),
        ({"noise": 256}, r"^mosaics\.x\.noise: 256"),
        ({"rotation": -5.0}, r"^mosaics\.x\.rotation: -5"),
        ({"seed": -1}, r"^mosaics\.x\.seed: -1"),
        ({"figures": -1}, r"^mosaics\.x\.figures: -1"),
    ],
)
def test_bad_knobs_are_named(change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_mosaics(replace(GOOD, **change), "mosaics.x")  # type: ignore[arg-type]
