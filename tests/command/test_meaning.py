"""What a person's own classifier reads and means, through `fullconv locate`: its range, its outputs, their names."""

import json
import logging
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.command.convert import main as convert
from fullconv.command.evaluate import main as evaluate
from fullconv.command.locate import locate
from fullconv.config.schema import ExperimentConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.storage import save_conversion
from fullconv.errors import InputError
from fullconv.track.finders import finder_of

Settings = Callable[..., ExperimentConfig]

L = ("locate=fixed", "locate.threshold=0.5")
SQUARE = (*L, "data.classes=[square]")


def bright(sign: int = 1, rescale: bool = False) -> keras.Model:
    """A white window for sign 1, a black one for -1: of the reported cases."""
    first = [layers.Rescaling(1 / 255)] if rescale else []
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), *first, layers.Flatten(), layers.Dense(1, activation="sigmoid", name="s")]
    )
    bias = -30.0 if sign > 0 else 10.0
    model.get_layer("s").set_weights([np.full((64, 1), sign * 40 / 64), np.array([bias])])
    return model


def three(activation: str | None, order: tuple[int, ...] = (0, 1, 2)) -> keras.Model:
    """White, black and grey windows, in this order of outputs or another."""
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3, activation=activation)])
    kernel, bias = np.outer(np.ones(64) / 64, [40.0, -40.0, 0.0]), np.array([-30.0, 10.0, 0.0])
    model.set_weights([kernel[:, list(order)], bias[list(order)]])
    return model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pixels = np.zeros((32, 48), np.uint8)
    pixels[8:16, 16:24] = 255
    Image.fromarray(pixels).save("white.png")
    Image.fromarray(255 - pixels).save("black.png")
    Image.fromarray(np.where(pixels == 255, pixels, 128).astype(np.uint8)).save("grey.png")
    return tmp_path


@pytest.fixture
def found(folder: Path, settings_with: Settings) -> Callable[..., tuple[list[Any], Any]]:
    """Run `locate` and return what it wrote: detections and classes.json."""

    def run(model: keras.Model, image: str, *words: str) -> tuple[list[Any], Any]:
        model.save("my.keras")
        locate(settings_with("classifier=my.keras", f"image={image}", "out=found", *words))
        return tuple(json.loads(Path(f"found/{name}.json").read_text()) for name in ("detections", "classes"))  # type: ignore[return-value]

    return run


def test_a_network_that_rescales_by_itself_gets_bytes(found: Any) -> None:
    (one,), about = found(bright(rescale=True), "white.png", *SQUARE)
    assert (one["bbox"], one["category_id"]) == ([16, 8, 8, 8], 1)
    assert about["pixels"] == {"range": "0..255", "because": "its first layers say so"}
    nothing, about = found(bright(rescale=True), "white.png", *SQUARE, "classifier.pixels=0..1")
    assert (nothing, about["pixels"]["range"]) == ([], "0..1")


def test_a_picture_is_never_inverted_unasked(found: Any) -> None:
    (one,), about = found(bright(-1), "black.png", *SQUARE)
    assert one["bbox"] == [16, 8, 8, 8]
    assert about["pixels"]["because"].startswith("measured: ")
    assert about["channels"] == ["square", "background"]
    # Asked for, it is: the square is white then, which is all but what is sought.
    boxes = [one["bbox"] for one in found(bright(-1), "black.png", *SQUARE, "dataset.polarity=dark")[0]]
    assert [16, 8, 8, 8] not in boxes


@pytest.mark.parametrize("file", ["labels.txt", "class_indices.json"])
def test_names_beside_a_file_with_the_background_first(file: str, found: Any, caplog: pytest.LogCaptureFixture) -> None:
    text = "0 Nothing\n1 lit\n2 dark\n" if file == "labels.txt" else '{"dark": 2, "lit": 1, "Nothing": 0}'
    Path(file).write_text(text)
    with caplog.at_level(logging.INFO):
        (one,), about = found(three("softmax", (2, 0, 1)), "grey.png", *L, "classifier.pixels=0..1")
    assert (one["bbox"], one["category_id"]) == (pytest.approx([16, 8, 8, 8], abs=1e-4), 1)
    assert (about["background"], about["channels"], about["read"]) == (
        "Nothing",
        ["lit", "dark", "background"],
        "peaks",
    )
    assert f"classes Nothing, lit, dark, as {file} says" in caplog.text
    assert "the class 'Nothing' is the background, by its name; classifier.background=none" in caplog.text
    assert json.loads(Path("found/instances.json").read_text())["categories"] == [
        {"id": 1, "name": "lit"}, {"id": 2, "name": "dark"},
    ]  # fmt: skip
    with np.load("found/scores.npz") as maps:
        scores = maps["fused"]
    own = np.asarray(keras.models.load_model("my.keras")(np.full((1, 8, 8, 1), 128 / 255)))
    assert scores[0, 0] == pytest.approx(own[0, [1, 2, 0]], abs=1e-5)


def test_logits_become_probabilities(found: Any) -> None:
    words = (*L, "classifier.classes=[lit, dark, ground]", "classifier.background=ground", "classifier.pixels=0..1")
    linear, about = found(three(None), "grey.png", *words)
    assert about["outputs"] == "logits, one a class, of which one is right"
    (one,), (same,) = linear, found(three("softmax"), "grey.png", *words)[0]
    assert one["bbox"] == pytest.approx(same["bbox"], abs=1e-4)
    assert one["score"] == pytest.approx(same["score"], abs=1e-6)


def test_labels_are_read_class_by_class(found: Any) -> None:
    words = (*L, "classifier.classes=[lit, dark, ground]", "classifier.background=none", "classifier.pixels=0..1")
    for read in ("peaks", "regions"):
        every, about = found(three("sigmoid"), "grey.png", *words, f"locate.read={read}", "locate.scales=[1]")
        assert about["outputs"] == "a probability for each class by itself"
        best = max((one for one in every if one["category_id"] == 1), key=lambda one: one["score"])
        assert best["score"] > 0.99
        with np.load("found/scores.npz") as maps:
            wanted = [1 / (1 + np.exp(9.92)), 1 / (1 + np.exp(10.08)), 0.5]
            assert maps["fused"][0, 0] == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_scores_that_are_neither_are_refused(activation: str, found: Any) -> None:
    with pytest.raises(InputError, match=rf"^my\.keras: its scores come from {activation}"):
        found(three(activation), "grey.png", *L)


def test_a_file_of_names(folder: Path, settings_with: Settings) -> None:
    three("softmax").save("my.keras")
    Path("names, of mine.txt").write_text("lit\ndark\n")
    finder = finder_of(settings_with("classifier=my.keras", "classifier.classes=names, of mine.txt"))
    assert finder.channels.names == ["lit", "dark", "background"]
    Path("names, of mine.txt").write_text("lit\n")
    with pytest.raises(InputError, match=r"^names, of mine\.txt: 3 outputs for 1 names of classes"):
        finder_of(settings_with("classifier=my.keras", "classifier.classes=names, of mine.txt"))
    with pytest.raises(InputError, match=r"^none\.txt: cannot be read"):
        finder_of(settings_with("classifier=my.keras", "classifier.classes=none.txt"))


def test_a_stranger_is_not_taken_for_digits(
    folder: Path, settings_with: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def outputs(count: int, channels: int = 1) -> keras.Model:
        layer = layers.Dense(count, activation="softmax")
        return keras.Sequential([keras.Input((8, 8, channels)), layers.Flatten(), layer])

    outputs(11).save("my.keras")
    finder = finder_of(settings_with("classifier=my.keras"))
    assert (finder.channels.names[10], finder.channels.has_background) == ("class 10", False)
    assert "its 11 outputs have no names" in caplog.text
    outputs(10).save("my.keras")
    assert finder_of(settings_with("classifier=my.keras")).channels.names == list("0123456789")
    assert "its outputs are called as in mnist, for want of names; classifier.classes=[…]" in caplog.text
    outputs(10, channels=3).save("colour.keras")
    assert finder_of(settings_with("classifier=colour.keras")).channels.names[3] == "class 3"
    with pytest.raises(InputError, match=r"^data\.classes: 10 outputs for 2 names"):
        finder_of(settings_with("classifier=my.keras", "data.classes=[a,b]"))


def test_one_unit_in_a_folder_of_ours_means_the_same(folder: Path, settings_with: Settings) -> None:
    Path("folder").mkdir()
    save_conversion(convolutionalize(bright()), Path("folder/conversion.keras"))
    locate(settings_with("classifier=folder", *SQUARE, "image=white.png", "out=found"))
    (one,) = json.loads(Path("found/detections.json").read_text())
    assert one["bbox"] == [16, 8, 8, 8]


def test_a_conversion_keeps_what_was_known_of_its_file(folder: Path, settings_with: Settings) -> None:
    three("softmax").save("my.keras")
    Path("labels.txt").write_text("0 lit\n1 dark\n2 Nothing\n")
    unwrap(convert)(settings_with("classifier=my.keras", "classifier.pixels=-1..1", "out=converted"))
    written = json.loads(Path("converted/meaning.json").read_text())
    assert written == {"pixels": "-1..1", "classes": ["lit", "dark", "Nothing"]}
    finder = finder_of(settings_with("classifier=converted"))
    assert (finder.pixels, finder.because) == ("-1..1", "meaning.json says so")
    assert (finder.channels.called, finder.channels.classes) == ("Nothing", ("lit", "dark"))
    Path("converted/meaning.json").write_text('{"pixels": "0-1"}')
    with pytest.raises(InputError, match=r"^classifier\.pixels: received '0-1'"):
        finder_of(settings_with("classifier=converted"))


def test_evaluate_takes_the_same_meaning(folder: Path, settings_with: Settings) -> None:
    bright(rescale=True).save("my.keras")
    coco = {
        "images": [{"id": 1, "file_name": "white.png", "height": 32, "width": 48}],
        "categories": [{"id": 7, "name": "square"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [16, 8, 8, 8], "area": 64, "iscrowd": 0}],
    }
    Path("instances.json").write_text(json.dumps(coco))
    words = ("classifier=my.keras", *SQUARE, "dataset.images=.", "dataset.annotations=instances.json", "out=measured")
    unwrap(evaluate)(settings_with(*words))
    assert json.loads(Path("measured/metrics.json").read_text())["AP50"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("classifier.pixels=0-1", r"^classifier\.pixels: received '0-1'"),
        ("classifier.classes=[a,a]", r"^classifier\.classes: received \['a'\]\. Name each class once"),
    ],
)
def test_knobs_that_cannot_be(word: str, said: str, settings_with: Settings) -> None:
    with pytest.raises(InputError, match=said):
        settings_with("classifier=my.keras", word)
