"""IoU of an extent map with a mask, pixel by pixel."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.evaluate.maps.mask_overlap import mask_iou


@settings(max_examples=50)
@given(seed=st.integers(0, 2**31), level=st.sampled_from([0.25, 0.5, 0.75]))
def test_iou_is_that_of_pixels_counted_one_by_one(seed: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    extent = rng.choice(np.arange(0, 1.01, 0.25), (5, 7))
    inside = rng.random((5, 7)) < 0.4
    both = sum(extent[y, x] >= level and inside[y, x] for y in range(5) for x in range(7))
    either = sum(extent[y, x] >= level or inside[y, x] for y in range(5) for x in range(7))
    assert mask_iou(extent, inside, level) == both / either


def test_nothing_on_nothing_is_nothing() -> None:
    assert mask_iou(np.zeros((3, 3)), np.zeros((3, 3), bool)) == 0.0
