"""Knobs of the background that cannot be: named before any work starts."""

from typing import Any

import pytest

from fullconv.config.checks.background import check_background
from fullconv.config.schema import BackgroundConfig, GroundsConfig
from fullconv.errors import InputError

WINDOWS: dict[str, Any] = {"windows": 10, "test": 5, "sizes": [0.5, 2.0]}


def test_the_defaults_and_a_set_of_windows_pass() -> None:
    check_background(BackgroundConfig(), "background")
    check_background(BackgroundConfig(train=5, test=2, high=4), "background")
    check_background(BackgroundConfig(**WINDOWS), "background")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train", 3),
        ("train", -1),
        ("test", 0),
        ("windows", -1),
        ("neighbours", -1),
        ("share", 1.5),
        ("empty", -0.1),
        ("company", 2.0),
        ("overlap", -1.0),
        ("contrast", float("nan")),
        ("inverted", 1.1),
        ("reach", -1.0),
        ("place", float("inf")),
        ("size", -0.1),
        ("rotation", float("nan")),
        ("stretch", -0.1),
        ("place_tolerance", 0.0),
        ("size_tolerance", -1.0),
        ("resolution", 0.0),
        ("hardest", 0.5),
        ("sizes", []),
        ("sizes", [2.0, 1.0]),
        ("sizes", [0.0, 1.0]),
        ("grounds", GroundsConfig(plain=0.0)),
        ("grounds", GroundsConfig(photo=-1.0)),
    ],
)
def test_a_knob_that_cannot_be_is_named(key: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"classifiers\.x\.background\.{key}"):
        check_background(BackgroundConfig(**{**WINDOWS, key: value}), "classifiers.x.background")
