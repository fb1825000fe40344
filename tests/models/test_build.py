"""The architectures: sizes of the published table, seeds, and what is refused."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml

from fullconv.config.schema import ModelConfig
from fullconv.errors import InputError
from fullconv.models.build import ARCHITECTURES, build_classifier

CONF = Path(__file__).parents[2] / "conf" / "model"
# `auto` stands for one of the others: models/choice.py says which.
NAMES = sorted(path.stem for path in CONF.glob("*.yaml") if path.stem != "auto")
SIDES = {"front": 64}  # pixels, where 28 are too few


def model_config(name: str, **changes: Any) -> ModelConfig:
    return ModelConfig(**{**yaml.safe_load((CONF / f"{name}.yaml").read_text()), **changes})


def build(name: str, classes: int = 10, seed: int = 0, **changes: Any) -> keras.Model:
    side = SIDES.get(name, 28)
    return build_classifier(model_config(name, **changes), (side, side, 1), classes, seed)


def test_every_architecture_has_a_configuration() -> None:
    assert {model_config(name).architecture for name in NAMES} == set(ARCHITECTURES)


@pytest.mark.parametrize("name", NAMES)
def test_every_configuration_lists_every_knob_under_a_comment(name: str) -> None:
    text = (CONF / f"{name}.yaml").read_text()
    assert text.startswith("# ")
    assert list(yaml.safe_load(text)) == list(ModelConfig.__dataclass_fields__)


@pytest.mark.parametrize(
    ("name", "classes", "parameters"),
    [
        ("swish", 11, 28_171),
        ("small", 10, 52_138),
        ("small_dropout", 10, 52_138),
        # Convolutions (9·1+1)·16, (9·16+1)·16, (9·16+1)·32, …; dense (64+1)·64 and (64+1)·11.
        ("swish_deep", 11, 160 + 2320 + 4640 + 9248 + 18496 + 36928 + 4160 + 715),
        # (25·1+1)·16, (25·16+1)·32, (4·4·32+1)·64, (64+1)·10.
        ("valid", 10, 416 + 12832 + 32832 + 650),
    ],
)
def test_parameters(name: str, classes: int, parameters: int) -> None:
    assert build(name, classes).count_params() == parameters


def test_lenet_hidden_layer_reads_2450_features() -> None:
    assert build("lenet").get_layer("hidden").kernel.shape == (2450, 500)


def test_valid_sees_a_grid_of_4_by_4() -> None:
    assert build("valid").get_layer("pool_2").output.shape == (None, 4, 4, 32)


@pytest.mark.parametrize(
    ("name", "expected"), [("small", []), ("small_dropout", [("feature_dropout", 0.25), ("head_dropout", 0.5)])]
)
def test_dropout_layers(name: str, expected: list[tuple[str, float]]) -> None:
    layers = build(name).layers
    assert [(layer.name, layer.rate) for layer in layers if isinstance(layer, keras.layers.Dropout)] == expected


@pytest.mark.parametrize("name", NAMES)
def test_output_is_a_probability_per_class(name: str) -> None:
    probabilities = np.asarray(build(name, 11)(np.random.default_rng(0).random((3, *[SIDES.get(name, 28)] * 2, 1))))
    assert probabilities.shape == (3, 11)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_seed_decides_the_weights() -> None:
    first, again, other = (build("swish", seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", NAMES)
def test_names_do_not_depend_on_what_was_built_before(name: str) -> None:
    names = [layer.name for layer in build(name).layers]
    keras.layers.Dense(3), keras.layers.Conv2D(3, 3), keras.Input((3,))
    assert [layer.name for layer in build(name).layers] == names


@pytest.mark.parametrize(
    ("changes", "where", "received"),
    [
        ({"architecture": "resnet"}, "model.architecture", "unknown 'resnet'"),
        ({"channels": []}, "model.channels", "0 widths"),
        ({"channels": [16, 0, 64]}, "model.channels", "[16, 0, 64]"),
        ({"architecture": "lenet"}, "model.channels", "3 widths"),
        ({"architecture": "valid", "channels": [16]}, "model.channels", "1 widths"),
        ({"units": 0}, "model.units", "0"),
        ({"repeats": 0}, "model.repeats", "0"),
        ({"architecture": "small", "channels": [8, 16], "repeats": 2}, "model.repeats", "2"),
        ({"feature_dropout": 1.0}, "model.feature_dropout", "1.0"),
        ({"head_dropout": -0.1}, "model.head_dropout", "-0.1"),
        ({"head_dropout": float("nan")}, "model.head_dropout", "nan"),
    ],
)
def test_refused_knobs(changes: dict[str, Any], where: str, received: str) -> None:
    with pytest.raises(InputError) as caught:
        build("swish", **changes)
    assert caught.value.where == where
    assert received in caught.value.received


@pytest.mark.parametrize("name", NAMES)
def test_smallest_image(name: str) -> None:
    config = model_config(name)
    smallest = ARCHITECTURES[config.architecture].smallest_side(config.repeats)
    assert build_classifier(config, (smallest, smallest, 1), 3, 0).output_shape == (None, 3)
    with pytest.raises(InputError, match="input_shape"):
        build_classifier(config, (smallest - 1, 64, 1), 3, 0)


def test_one_class_is_refused() -> None:
    with pytest.raises(InputError, match="classes"):
        build("swish", classes=1)
