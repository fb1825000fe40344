"""The certificate's figures against figures worked out by hand, and what it refuses."""

import dataclasses
import json
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import ModelConfig
from fullconv.convert.certificate import certify
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.errors import InputError
from fullconv.models.build import build_classifier


def linear(kernel: np.ndarray | None = None) -> keras.Model:
    """Two classes over a 2×3 window, without bias or softmax."""
    classifier = keras.Sequential(
        [
            keras.Input((2, 3, 1), name="image"),
            layers.Flatten(name="flatten"),
            layers.Dense(2, use_bias=False, name="classes"),
        ],
        name="linear",
    )
    classifier.set_weights([np.arange(12).reshape(6, 2) / 10 if kernel is None else kernel])
    return classifier


def off_by(amount: float) -> tuple[keras.Model, Conversion]:
    """Return a classifier and a conversion whose first class is `amount` times the pixels' sum too high."""
    classifier = linear()
    conversion = convolutionalize(classifier)
    (kernel,) = conversion.model.get_weights()
    kernel[..., 0] += amount
    conversion.model.set_weights([kernel])
    return classifier, conversion


def images(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def test_faithful_conversion() -> None:
    classifier = linear()
    certificate = certify(classifier, convolutionalize(classifier), images(0, 5, 2, 3, 1), images(1, 2, 4, 4, 1))
    assert (certificate.images, certificate.crops) == (5, 2 * 3 * 2)
    assert certificate.max_difference == pytest.approx(0, abs=1e-6)
    assert certificate.crop_max_difference == pytest.approx(0, abs=1e-6)
    assert certificate.argmax_agreement == certificate.crop_argmax_agreement == 1.0
    assert certificate.comparable
    assert certificate.exact
    assert certificate.notes == ()
    assert certificate.parameters == {"classifier": 12, "conversion": 12}


def test_figures_of_a_wrong_conversion() -> None:
    """The first of two classes is off by 0.5 × the pixels' sum, the second by nothing."""
    classifier, conversion = off_by(0.5)
    small, large = images(2, 300, 2, 3, 1), images(3, 1, 3, 4, 1)
    certificate = certify(classifier, conversion, small, large)
    sums = 0.5 * small.sum(axis=(1, 2, 3))
    crop_sums = np.array([0.5 * large[0, y : y + 2, x : x + 3].sum() for y in range(2) for x in range(2)])
    assert certificate.images == 300
    assert certificate.max_difference == pytest.approx(sums.max(), rel=1e-5)
    assert certificate.mean_difference == pytest.approx(sums.mean() / 2, rel=1e-5)
    # Truly the second class always wins, by 0.1 × the sum.
    assert certificate.argmax_agreement == 0.0
    assert certificate.crop_max_difference == pytest.approx(crop_sums.max(), rel=1e-5)
    assert certificate.crop_mean_difference == pytest.approx(crop_sums.mean() / 2, rel=1e-5)
    assert certificate.crop_argmax_agreement == 0.0


def test_nan_is_no_agreement() -> None:
    classifier, conversion = off_by(float("nan"))
    assert certify(classifier, conversion).max_difference == float("inf")


def test_padding_shows_on_crops_only() -> None:
    classifier = build_classifier(ModelConfig("lenet", [2, 3], 1, 4, 0.0, 0.0), (12, 12, 1), 3, 0)
    rng = np.random.default_rng(4)
    classifier.set_weights([rng.normal(0, 0.4, weight.shape) for weight in classifier.get_weights()])
    certificate = certify(classifier, convolutionalize(classifier))
    assert certificate.max_difference is not None
    assert certificate.crop_max_difference is not None
    assert certificate.max_difference <= 1e-5
    assert certificate.crop_max_difference > 1e-3
    assert [note.split()[0] for note in certificate.notes] == ["conv_1", "conv_2"]


def test_head_on_each_cell_is_not_compared() -> None:
    classifier = build_classifier(ModelConfig("swish", [2, 3], 1, 4, 0.0, 0.0), (12, 12, 1), 3, 0)
    certificate = certify(classifier, convolutionalize(classifier, "cell"))
    assert not certificate.comparable
    assert (certificate.images, certificate.crops) == (0, 0)
    assert certificate.max_difference is certificate.crop_argmax_agreement is None
    assert ("  largest difference", "not comparable") in certificate.rows()


def test_json_holds_every_field_as_plain_values() -> None:
    classifier = linear()
    certificate = certify(classifier, convolutionalize(classifier))
    content = json.loads(json.dumps(certificate.as_dict()))
    assert set(content) == {field.name for field in dataclasses.fields(certificate)}
    assert content["geometry"] == {"window": [2, 3], "stride": [1, 1], "offset": [0, 0]}
    assert content == certificate.as_dict()


def test_same_figures_every_time() -> None:
    classifier = linear()
    assert certify(classifier, convolutionalize(classifier)) == certify(classifier, convolutionalize(classifier))


def test_rows_are_for_people() -> None:
    rows = certify(*off_by(0.5)).rows()
    assert ("window (pixels)", "2×3") in rows
    assert ("  same best class", "0.00%") in rows
    assert all(isinstance(cell, str) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("given", "where", "received"),
    [
        ({"images": np.zeros((2, 3, 1), np.float32)}, "images", "(2, 3, 1)"),
        ({"images": np.zeros((0, 2, 3, 1), np.float32)}, "images", "(0, 2, 3, 1)"),
        ({"images": np.zeros((1, 2, 3, 3), np.float32)}, "images", "(1, 2, 3, 3)"),
        ({"images": np.zeros((1, 3, 2, 1), np.float32)}, "images", "3×2"),
        ({"images": np.zeros((1, 2, 3, 1), np.uint8)}, "images", "uint8"),
        ({"images": np.full((1, 2, 3, 1), np.nan, np.float32)}, "images", "NaN"),
        ({"larger": np.zeros((1, 1, 9, 1), np.float32)}, "larger", "1×9"),
        ({"larger": np.full((1, 5, 9, 1), np.inf, np.float32)}, "larger", "NaN or infinity"),
    ],
)
def test_refused_images(given: dict[str, Any], where: str, received: str) -> None:
    classifier = linear()
    with pytest.raises(InputError) as caught:
        certify(classifier, convolutionalize(classifier), **given)
    assert caught.value.where == where
    assert received in caught.value.received
