"""Conversions on disk: read without this package, the same bytes, and one clear error when broken."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert import layers as layers_of_ours
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.storage import load_conversion, save_conversion
from fullconv.errors import InputError

READ = """
import sys
{first}
import keras, numpy
model = keras.models.load_model(sys.argv[1], safe_mode=True)
numpy.save(sys.argv[3], model(numpy.load(sys.argv[2])))
used = sorted(name for name in sys.modules if name.split(".")[0] == "fullconv")
assert used == {used}, used
"""


def padded() -> keras.Model:
    """Every layer that a conversion may add: padding, cropping, a pool whose stride is apart."""
    return keras.Sequential(
        [
            keras.Input((15, 18, 2), name="image"),
            layers.Conv2D(3, 3, strides=2, padding="same", activation="swish", name="conv"),
            layers.MaxPooling2D(3, strides=2, padding="same", name="pool"),
            layers.Conv2D(3, 2, strides=2, name="conv_2"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(4, activation="relu", name="hidden"),
            layers.Dense(3, activation="softmax", name="classes"),
        ],
        name="padded",
    )


def gated() -> keras.Model:
    """A summary of the whole map, for which a conversion needs a layer of ours."""
    image = keras.Input((9, 8, 2), name="image")
    summary = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(image)
    x = layers.Multiply(name="excite")([image, layers.Conv2D(2, 1, activation="sigmoid", name="gate")(summary)])
    return keras.Model(image, layers.Dense(3, name="classes")(layers.Flatten(name="flatten")(x)), name="gated")


@pytest.fixture
def conversion(spread: Callable[[keras.Model, int], keras.Model]) -> Conversion:
    return convolutionalize(spread(padded(), 1))


def test_round_trip(conversion: Conversion, tmp_path: Path) -> None:
    save_conversion(conversion, tmp_path / "a.keras")
    loaded = load_conversion(tmp_path / "a.keras")
    images = np.random.default_rng(0).random((1, 40, 50, 2), dtype=np.float32)
    np.testing.assert_array_equal(loaded.model(images), conversion.model(images))
    for field in (
        "geometry",
        "receptive_field",
        "notes",
        "head",
        "window",
        "cellwise",
        "channels_first",
        "flipped",
        "exact",
    ):
        assert getattr(loaded, field) == getattr(conversion, field)


def test_same_conversion_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        keras.utils.set_random_seed(0)
        save_conversion(convolutionalize(padded()), tmp_path / f"{name}.keras")
        layers.Conv2D(3, 3)
    for suffix in ("keras", "json"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def read_elsewhere(conversion: Conversion, folder: Path, first: str, used: list[str]) -> None:
    """Let another process read the network with Keras and score the same images."""
    images = np.random.default_rng(0).random((1, 40, 50, 2), dtype=np.float32)
    save_conversion(conversion, folder / "a.keras")
    np.save(folder / "images.npy", images)
    names = [str(folder / name) for name in ("a.keras", "images.npy", "scores.npy")]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    program = READ.format(first=first, used=used)
    subprocess.run([sys.executable, "-c", program, *names], check=True, env=environment, cwd=folder)
    np.testing.assert_allclose(np.load(folder / "scores.npy", allow_pickle=False), conversion.model(images), atol=1e-6)


def test_read_without_this_package(conversion: Conversion, tmp_path: Path) -> None:
    read_elsewhere(conversion, tmp_path, first="", used=[])


def test_read_with_the_layer_of_ours(spread: Callable[[keras.Model, int], keras.Model], tmp_path: Path) -> None:
    """One small module is enough, here found by its folder."""
    conversion = convolutionalize(spread(gated(), 1))
    source = str(Path(layers_of_ours.__file__).parents[2])
    first = f"sys.path.insert(0, {source!r}); import fullconv.convert.layers"
    # `fullconv.locate` is a function too: that package, which is empty, is there from the first.
    used = ["fullconv", "fullconv.convert", "fullconv.convert.layers", "fullconv.locate"]
    read_elsewhere(conversion, tmp_path, first, used=used)


def test_loaded_with_the_layer_of_ours(spread: Callable[[keras.Model, int], keras.Model], tmp_path: Path) -> None:
    conversion = convolutionalize(spread(gated(), 1))
    save_conversion(conversion, tmp_path / "a.keras")
    images = np.random.default_rng(0).random((1, 20, 30, 2), dtype=np.float32)
    np.testing.assert_array_equal(load_conversion(tmp_path / "a.keras").forward(images), conversion.forward(images))


def test_older_facts(conversion: Conversion, tmp_path: Path) -> None:
    """Facts from before these two were known: the classifier read channels last, kernels stayed."""
    save_conversion(conversion, tmp_path / "a.keras")
    facts = json.loads((tmp_path / "a.json").read_text())
    del facts["channels_first"], facts["flipped"]
    (tmp_path / "a.json").write_text(json.dumps(facts))
    loaded = load_conversion(tmp_path / "a.keras")
    assert (loaded.channels_first, loaded.flipped) == (False, False)


def test_facts_may_lie_elsewhere(conversion: Conversion, tmp_path: Path) -> None:
    save_conversion(conversion, tmp_path / "a.keras", tmp_path / "facts" / "f.json")
    assert load_conversion(tmp_path / "a.keras", tmp_path / "facts" / "f.json").geometry == conversion.geometry
    with pytest.raises(InputError, match=r"a\.json"):
        load_conversion(tmp_path / "a.keras")


@pytest.mark.parametrize("content", ["{}", "[]", "3", '{"geometry": null}'])
def test_other_json_is_refused(conversion: Conversion, tmp_path: Path, content: str) -> None:
    save_conversion(conversion, tmp_path / "a.keras")
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=r"a\.json.*not the facts of a conversion"):
        load_conversion(tmp_path / "a.keras")


def test_bad_geometry_is_refused(conversion: Conversion, tmp_path: Path) -> None:
    save_conversion(conversion, tmp_path / "a.keras")
    facts = json.loads((tmp_path / "a.json").read_text())
    facts["geometry"]["stride"] = [1.5, 2]
    (tmp_path / "a.json").write_text(json.dumps(facts))
    with pytest.raises(InputError, match=r"a\.json.*geometry\.stride"):
        load_conversion(tmp_path / "a.keras")


def test_facts_of_another_network_are_refused(conversion: Conversion, tmp_path: Path) -> None:
    save_conversion(conversion, tmp_path / "a.keras")
    save_conversion(convolutionalize(padded()), tmp_path / "b.keras")
    (tmp_path / "b.json").write_bytes((tmp_path / "a.json").read_bytes())
    with pytest.raises(InputError, match="written for another file"):
        load_conversion(tmp_path / "b.keras")
