"""docs/use/converting.md: its code runs, its certificate is what the code prints, its errors are the real ones."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.models.files.read import load_classifier
from fullconv.proof.certificate import certify

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "use" / "converting.md").read_text()


def part(name: str) -> list[str]:
    """Return the page's lines between two marks."""
    return PAGE.split(f"<!-- {name} -->\n")[1].split("<!-- end -->")[0].splitlines()


def code(number: int) -> str:
    return re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)[number]


def example() -> keras.Model:
    """The classifier that the page speaks of."""
    made = keras.Sequential(
        [
            keras.Input((20, 24, 3)),
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(4, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(4, 3, activation="relu", padding="same", name="conv_2"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.7, weight.shape) for weight in made.get_weights()])
    return made


def masked(line: str) -> str:
    """Return a line without figures of rounding, which differ between machines, and with others to two digits."""
    small = re.sub(r"\b0\.00e\+00|\b\d\.\d\de-(0[6-9]|1\d)", "tiny", line)
    return re.sub(r"(\d\.\d)\de", r"\1e", small)


def test_the_certificate_on_the_page_is_what_the_code_prints() -> None:
    rows = certify(example(), convolutionalize(example())).rows()
    printed = [f"{what:<38}{measured}" for what, measured in rows]
    shown = part("certificate")
    assert [masked(line) for line in shown[1:-1]] == [masked(line) for line in printed], "\n".join(printed)


def test_the_three_lines_convert_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example().save(tmp_path / "my.keras")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code(0), names)
    assert names["certificate"].max_difference <= 1e-5


def test_the_rule_of_a_layer_of_ones_own_converts_it() -> None:
    names: dict[str, Any] = {}
    exec(code(1), names)
    own = names["Scale"]()
    classifier = keras.Sequential([keras.Input((8, 8, 2)), own, layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)])
    own.set_weights([np.array([0.5, -2.0])])
    certificate = certify(classifier, convolutionalize(classifier))
    assert certificate.max_difference is not None
    assert certificate.max_difference <= 1e-4
    assert certificate.exact


def model(*middle: layers.Layer, head: bool = True) -> keras.Model:
    end = [layers.Flatten(name="flatten"), layers.Dense(2, name="classes")] if head else []
    return keras.Sequential([keras.Input((8, 8, 1)), *middle, *end], name="my")


def two_inputs() -> keras.Model:
    one, two = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    return keras.Model([one, two], layers.Dense(2)(layers.Flatten()(layers.Add()([one, two]))), name="my")


def fixed_batch() -> keras.Model:
    image = keras.Input(batch_shape=(1, 8, 8, 1))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(image)), name="my")


def any_size() -> keras.Model:
    image = keras.Input((None, None, 1))
    return keras.Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(image)), name="my")


def dense_only() -> keras.Model:
    return keras.Sequential([keras.Input((8,)), layers.Dense(2)], name="my")


def attention() -> keras.Model:
    image = keras.Input((8, 8, 1))
    tokens = layers.Reshape((64, 1), name="tokens")(image)
    seen = layers.MultiHeadAttention(1, 4, name="attention")(tokens, tokens)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(seen)), name="my")


class Subclassed(keras.Model):
    """A model with a call of its own."""


def load(name: str, content: bytes | None, folder: Path) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    load_classifier(name)


REFUSED: list[Callable[[Path], Any]] = [
    lambda folder: load("my.keras", None, folder),
    lambda folder: load("my.keras", b"PK\x03\x04cut", folder),
    lambda folder: load("keras_model.h5", b"version https://git-lfs.github.com/spec/v1", folder),
    lambda folder: load("my.h5", b"<!DOCTYPE html>", folder),
    lambda folder: convolutionalize(model(layers.Lambda(lambda x: x, name="double", output_shape=(8, 8, 1)))),
    lambda folder: convolutionalize(model(layers.UpSampling2D(name="larger"))),
    lambda folder: convolutionalize(model(layers.Resizing(4, 4, name="resizing"))),
    lambda folder: convolutionalize(model(layers.GroupNormalization(1, name="norm"))),
    lambda folder: convolutionalize(attention()),
    lambda folder: convolutionalize(model(layers.Conv2D(2, 3, name="conv"), head=False)),
    lambda folder: convolutionalize(dense_only()),
    lambda folder: convolutionalize(two_inputs()),
    lambda folder: convolutionalize(fixed_batch()),
    lambda folder: convolutionalize(any_size()),
    lambda folder: convolutionalize(Subclassed(name="my")),
]


def test_the_errors_on_the_page_are_the_real_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["| error | mend |", "| --- | --- |"]
    for refused in REFUSED:
        with pytest.raises(InputError) as caught:
            refused(tmp_path)
        error = caught.value
        rows.append(f"| `{error.where}: {error.received}` | {error.mend} |")
    assert part("errors") == rows, "\n".join(rows)
