"""What a score map says about a synset."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fullconv.errors import InputError
from fullconv.locate.evidence import evidence_map, probability_map

LOGITS = arrays(np.float64, (3, 2, 6), elements=st.floats(-20, 20))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


@given(LOGITS, st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_evidence_is_the_best_logit_above_the_mean_logit(logits: np.ndarray, classes: list[int]) -> None:
    expected = np.array(
        [[max(0.0, max(cell[one] for one in classes) - sum(cell) / 6) for cell in row] for row in logits]
    )
    assert evidence_map(softmax(logits), classes) == pytest.approx(expected, abs=1e-3)


@given(LOGITS, st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_probability_is_the_sum_and_never_above_one(logits: np.ndarray, classes: list[int]) -> None:
    scores = softmax(logits)
    found = probability_map(scores, classes)
    assert found == pytest.approx(sum(scores[..., one].astype(np.float64) for one in classes), abs=1e-6)
    assert found.max() <= 1


def test_impossible_classes_are_finite() -> None:
    scores = np.array([[[1.0, 0.0, 0.0]]], np.float32)
    assert np.isfinite(evidence_map(scores, [0])).all()
    assert evidence_map(scores, [1]) == 0


@pytest.mark.parametrize("classes", [[], [3], [-1], [0, 0]])
def test_classes_that_cannot_be_are_refused(classes: list[int]) -> None:
    with pytest.raises(InputError, match="Give different classes from 0 to 2"):
        probability_map(np.full((1, 1, 3), 1 / 3, np.float32), classes)
