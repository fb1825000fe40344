"""The certificate's figures against figures worked out by hand, and what it refuses."""

import dataclasses
import json
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import ModelConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.errors import InputError
from fullconv.models.build import build_classifier
from fullconv.proof import certificate as proof
from fullconv.proof.certificate import certify

pytestmark = pytest.mark.numeric


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
    assert certificate.white is None
    assert certificate.precision == "float32"


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
    truth = small.reshape(300, 6) @ np.arange(12).reshape(6, 2) / 10
    assert certificate.spread == pytest.approx(np.ptp(truth, axis=0).max(), rel=1e-5)
    assert certificate.largest_score == pytest.approx(truth.max(), rel=1e-5)


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
    assert dict(certificate.rows())["against the classifier"].startswith("not comparable")
    assert "  largest difference" not in dict(certificate.rows())


def test_a_classifier_with_channels_first_is_compared_on_the_same_pixels() -> None:
    classifier = keras.Sequential(
        [
            keras.Input((2, 6, 8)),
            layers.MaxPooling2D(2, data_format="channels_first"),
            layers.Flatten(data_format="channels_first"),
            layers.Dense(3),
        ]
    )
    conversion = convolutionalize(classifier)
    assert conversion.channels_first
    given = {"images": images(6, 5, 6, 8, 2), "larger": images(7, 1, 9, 12, 2)}
    for certificate in (certify(classifier, conversion), certify(classifier, conversion, **given)):
        assert certificate.max_difference == pytest.approx(0, abs=1e-5)
        assert certificate.crop_max_difference == pytest.approx(0, abs=1e-5)


def test_flipped_kernels_are_compared_with_a_classifier_that_flips_them() -> None:
    classifier = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    certificate = certify(classifier, convolutionalize(classifier, flip_kernels=True))
    assert certificate.max_difference == pytest.approx(0, abs=1e-5)
    assert certify(classifier, convolutionalize(classifier)).spread != certificate.spread


def test_a_large_network_is_compared_on_fewer_images_and_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget bounds what is random and how many crops; images that were given are all compared."""
    monkeypatch.setattr(proof, "BUDGET", 2 * 12 * 10)  # ten images of 12 multiply-adds
    classifier = linear()
    conversion = convolutionalize(classifier)
    certificate = certify(classifier, conversion)
    assert (certificate.images, certificate.crops) == (10, 10)
    assert certificate.cells > 10
    assert certify(classifier, conversion, images(8, 30, 2, 3, 1)).images == 30


def test_the_narrowest_number_format_is_named() -> None:
    image = keras.Input((4, 4, 1))
    half = layers.Conv2D(2, 3, dtype="mixed_float16")(image)
    classifier = keras.Model(image, layers.Dense(2, dtype="float32")(layers.Flatten()(half)))
    assert certify(classifier, convolutionalize(classifier)).precision == "float16"


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
