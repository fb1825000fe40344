"""What it means that two sets of scores agree: one score, scores of their own, and classes beside each other."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from fullconv.convert.conversion import convolutionalize
from fullconv.proof.certificate import certify
from fullconv.proof.decisions import BEST, Decision, decision_of


def one_unit(activation: str, bias: float) -> keras.Model:
    """A mean over 7×7 pixels, padded, then over the image: what a crop sees at its border is not there."""
    made = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(1, 7, padding="same", use_bias=False),
            layers.Flatten(),
            layers.Dense(1, activation=activation),
        ]
    )
    made.set_weights([np.full((7, 7, 1, 1), 1 / 49), np.ones((64, 1)), np.array([bias])])
    return made


@pytest.mark.parametrize(("activation", "words"), [("sigmoid", "side of 0.5"), ("linear", "side of 0")])
def test_of_one_unit_it_is_the_side(activation: str, words: str) -> None:
    """The case that was certified with "same best class 100 %" beside a difference of .996."""
    classifier = one_unit(activation, -45.0)
    inside = np.full((1, 24, 24, 1), 0.999, np.float32)
    certificate = certify(classifier, convolutionalize(classifier), np.ones((1, 8, 8, 1), np.float32), inside)
    assert certificate.decision == words
    assert certificate.argmax_agreement == 1.0
    assert certificate.crop_max_difference is not None
    assert certificate.crop_max_difference > 0.9
    assert certificate.crop_argmax_agreement is not None
    assert certificate.crop_argmax_agreement < 0.5
    names = [name for name, _ in certificate.rows()]
    assert names.count(f"  same {words}") == 2
    assert not any(BEST in name for name in names)


def test_where_one_unit_decides_nothing_there_is_no_row() -> None:
    classifier = one_unit("relu", 0.0)
    certificate = certify(classifier, convolutionalize(classifier))
    assert certificate.decision is certificate.argmax_agreement is certificate.crop_argmax_agreement is None
    assert not any(name.startswith("  same") for name, _ in certificate.rows())


def ending(units: int, activation: str | None, *after: Any) -> keras.Model:
    last = [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(units, activation=activation), *after]
    return keras.Sequential(last)


def by_operator(units: int, function: Any) -> keras.Model:
    image = keras.Input((8, 8, 1))
    return keras.Model(image, function(layers.Dense(units)(layers.Flatten()(image))))


@pytest.mark.parametrize(
    ("model", "decision"),
    [
        (ending(3, "softmax"), Decision(BEST)),
        (ending(3, None), Decision(BEST)),
        (ending(3, None, layers.Softmax()), Decision(BEST)),
        (ending(3, "sigmoid"), Decision("classes above 0.5", 0.5)),
        (ending(3, None, layers.Activation("sigmoid")), Decision("classes above 0.5", 0.5)),
        (ending(1, "sigmoid"), Decision("side of 0.5", 0.5)),
        (ending(1, "hard_sigmoid"), Decision("side of 0.5", 0.5)),
        (ending(1, None, layers.Activation("sigmoid")), Decision("side of 0.5", 0.5)),
        (by_operator(1, ops.sigmoid), Decision("side of 0.5", 0.5)),
        (by_operator(3, ops.sigmoid), Decision("classes above 0.5", 0.5)),
        (by_operator(1, lambda x: x * 2), Decision("side of 0", 0.0)),
        (ending(1, None), Decision("side of 0", 0.0)),
        (ending(1, "tanh"), Decision("side of 0", 0.0)),
        (ending(1, "softmax"), None),
        (ending(1, None, layers.Softmax()), None),
        (ending(1, "relu"), None),
    ],
)
def test_the_last_activation_says_how_scores_decide(model: keras.Model, decision: Decision | None) -> None:
    assert decision_of(convolutionalize(model).model) == decision


def test_each_row_decides_alone() -> None:
    wanted = np.float32([[0.9, 0.8, 0.1], [0.9, 0.4, 0.1], [0.2, 0.1, 0.1]])
    got = np.float32([[0.9, 0.4, 0.1], [0.6, 0.3, 0.2], [np.nan, 0.1, 0.1]])
    assert Decision(BEST).agreeing(wanted, got).tolist() == [True, True, False]
    assert Decision("classes above 0.5", 0.5).agreeing(wanted, got).tolist() == [False, True, False]
