"""One box per object, against brute force."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.locate.peaks.suppression import kept, without_parts


def iou(one: Any, other: Any) -> float:
    shared = np.prod(
        np.maximum(np.minimum(one[:2] + one[2:], other[:2] + other[2:]) - np.maximum(one[:2], other[:2]), 0)
    )
    return float(shared / (one[2] * one[3] + other[2] * other[3] - shared))


@settings(max_examples=60)
@given(seed=st.integers(0, 2**20), count=st.integers(0, 25), overlap=st.floats(0.05, 0.95))
def test_greedy_suppression(seed: int, count: int, overlap: float) -> None:
    rng = np.random.default_rng(seed)
    boxes = np.concatenate([rng.uniform(0, 60, (count, 2)), rng.uniform(5, 40, (count, 2))], axis=1)
    staying: list[int] = []
    for index in range(count):
        if all(iou(boxes[index], boxes[other]) <= overlap for other in staying):
            staying.append(index)
    assert kept(boxes, overlap).tolist() == staying


def test_a_part_of_a_larger_object_is_less_sure() -> None:
    boxes = np.array([[0, 0, 40, 40], [5, 5, 12, 12], [35, 35, 12, 12], [2, 2, 36, 36], [2, 2, 30, 30]], float)
    odds, alike = np.array([10.0, 3.0, 3.0, 3.0, 3.0]), np.zeros(5, int)
    lowered = without_parts(boxes, odds, alike, of_others=False)
    # Inside; mostly outside; of about the same size, as an object is on the next levels.
    assert lowered[1] < 1.5
    assert lowered[[0, 2, 3, 4]].tolist() == [10.0, 3.0, 3.0, 3.0]
    # An unsure larger one explains little.
    unsure = np.array([-5.0, 3.0, 3.0, -9.0, -9.0])
    assert without_parts(boxes, unsure, alike, of_others=False)[1] > 2.9


def test_a_little_larger_object_of_another_class_explains_its_parts() -> None:
    boxes = np.array([[0, 0, 40, 40], [2, 2, 30, 30], [2, 2, 38, 38]], float)
    odds, labels = np.array([1.0, 3.0, 3.0]), np.array([0, 1, 1])
    lowered = without_parts(boxes, odds, labels, of_others=True)
    # By twice its probability; what has about its size is another name of the same object, and does not give way.
    assert lowered.tolist() == pytest.approx([1.0, 3.0 - 2 / (1 + np.exp(-1.0)), 3.0])
    assert without_parts(boxes, odds, np.zeros(3, int), of_others=True).tolist() == odds.tolist()


@pytest.mark.parametrize("bits", [-1e-12, 0.0, 1e-12])
def test_what_shares_just_the_limit_is_kept_whatever_the_last_bits_say(bits: float) -> None:
    # √(9·30) pixels in 30: an overlap of 0.3; three quarters of a box in a larger one.
    side = np.sqrt(270.0) + bits
    assert kept(np.array([[0, 0, 30, 30], [2, 2, side, side]]), 0.3).tolist() == [0, 1]
    assert kept(np.array([[0, 0, 30, 30], [2, 2, side + 0.01, side + 0.01]]), 0.3).tolist() == [0]
    boxes, odds = np.array([[0, 0, 40, 40], [33 - bits, 5, 28 / 3, 12], [32, 5, 28 / 3, 12]]), np.array([1.0, 2.0, 3.0])
    lowered = without_parts(boxes, odds, np.zeros(3, int), of_others=False)
    assert lowered[:2].tolist() == [1.0, 2.0]
    assert lowered[2] < 3
