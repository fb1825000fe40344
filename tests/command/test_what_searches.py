"""classifier=WHAT chooses what searches, in today's words and in those of before."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.command.locate import locate
from fullconv.config.choice import Choice, Kind, choice_of, searched_with
from fullconv.config.load import chosen_name
from fullconv.config.schema import ExperimentConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.storage import save_conversion
from fullconv.errors import InputError
from fullconv.track.finders import finder_of
from fullconv.track.thresholds import common_threshold, threshold_of

Settings = Callable[..., ExperimentConfig]


@pytest.mark.parametrize(
    ("word", "kind", "what"),
    [
        ("located", Kind.PIPELINE, "located"),
        ("my.keras", Kind.FILE, "my.keras"),
        ("epoch=05 (1).keras", Kind.FILE, "epoch=05 (1).keras"),
        ("größe/猫", Kind.FILE, "größe/猫"),
        ("registry:fullconv@champion", Kind.REGISTERED, "fullconv@champion"),
        ("registry:fullconv/3", Kind.REGISTERED, "fullconv/3"),
        ("resnet50", Kind.NETWORK, "resnet50"),
        ("./resnet50", Kind.FILE, "./resnet50"),
    ],
)
def test_each_kind_is_known_by_its_word(word: str, kind: Kind, what: str, settings_with: Settings) -> None:
    assert choice_of(settings_with(f"classifier={word}")) == Choice(kind, what)


def test_a_folder_is_known_because_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_with: Settings
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^classifier: received 'finder', and no file or folder is called so"):
        settings_with("classifier=finder")
    (tmp_path / "finder").mkdir()
    assert choice_of(settings_with("classifier=finder")) == Choice(Kind.FILE, "finder")


def test_a_program_of_the_pipelines_own_takes_nothing_else(settings_with: Settings) -> None:
    with pytest.raises(InputError, match=r"^classifier: 'my.keras' is a file or a folder, but this program works on"):
        chosen_name(settings_with("classifier=my.keras"))


def test_old_words_keep_working_and_the_new_ones_are_said(
    caplog: pytest.LogCaptureFixture, settings_with: Settings
) -> None:
    with caplog.at_level(logging.WARNING):
        made = settings_with("model=registry:fullconv@champion", "heatmap.sizes=[400,800]", "heatmap.fuse=mean")
    assert choice_of(made) == Choice(Kind.REGISTERED, "fullconv@champion")
    assert (made.locate.levels, made.locate.fuse) == ([400, 800], "mean")
    for said in ("classifier=registry:fullconv@champion", "locate.levels=[400,800]", "locate.fuse=mean"):
        assert said in caplog.text
    assert choice_of(settings_with("registered=fullconv/3")) == Choice(Kind.REGISTERED, "fullconv/3")
    assert searched_with(settings_with("classifier.path=my.keras")) == Choice(Kind.FILE, "my.keras")


def test_what_a_file_needs_may_stand_beside_it(settings_with: Settings) -> None:
    made = settings_with("classifier=my.keras", "classifier.classes=[cat,dog]", "classifier.pixels=0..255")
    assert (made.classifier.name, made.classifier.classes) == ("my.keras", ["cat", "dog"])
    with pytest.raises(InputError, match=r"^classifier\.pixels: received '0-255'"):
        settings_with("classifier=my.keras", "classifier.pixels=0-255")


@pytest.mark.parametrize("other", ["synset=dog", "model=resnet50"])
@pytest.mark.parametrize("what", ["registry:fullconv@champion", "my.keras"])
def test_two_things_cannot_search_at_once(what: str, other: str, tmp_path: Path, settings_with: Settings) -> None:
    (tmp_path / "picture.png").write_bytes(b"")
    given = (f"image={tmp_path}/picture.png", f"out={tmp_path}/found", other)
    with pytest.raises(InputError, match=rf"^classifier: .* together with {other.split('=')[0]}"):
        locate(settings_with(f"classifier={what}", *given))
    assert not (tmp_path / "found").exists()


@pytest.mark.parametrize("text", ["00000000000000000000000000000012", "12345678901234567890123456789e12", "HEAD~1"])
def test_an_id_of_digits_and_a_revision_stay_texts(text: str, settings_with: Settings) -> None:
    made = settings_with(f"run={text}", f"rev={text}")
    assert (made.run, made.rev) == (text, text)


def classifier(outputs: int) -> keras.Model:
    made = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(outputs, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.7, weight.shape) for weight in made.get_weights()])
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    classifier(4).save(tmp_path / "four.keras")
    return tmp_path


def test_a_file_without_a_background_is_read_by_regions_of_cells_and_needs_no_threshold(
    folder: Path, settings_with: Settings
) -> None:
    settings = settings_with("classifier=four.keras", "classifier.classes=[a,b,c,d]")
    finder = finder_of(settings)
    assert (finder.read, finder.fuse, finder.conversion.head) == ("regions", "confident", "cell")
    assert [one.name for one in finder.sought] == ["a", "b", "c", "d"]
    assert not finder.sprites
    assert threshold_of(settings, finder) is None
    # Of four classes that are looked for at once, one has to be likelier than the others.
    assert common_threshold(settings, finder).value == 0.5
    assert common_threshold(settings, finder.seeking(finder.sought[:1])).value == settings.locate.floor


def test_a_file_with_a_background_is_read_by_peaks_and_each_picture_has_its_own_threshold(
    folder: Path, settings_with: Settings
) -> None:
    settings = settings_with("classifier=four.keras", "classifier.classes=[a,b,c]")
    finder = finder_of(settings)
    assert (finder.read, finder.fuse, finder.conversion.head) == ("peaks", "max", "window")
    assert threshold_of(settings, finder) is None
    assert common_threshold(settings, finder).value == 0.5


@pytest.mark.parametrize("read", ["peaks", "regions"])
def test_either_way_of_reading_is_there_for_every_file(folder: Path, read: str, settings_with: Settings) -> None:
    for classes in ("[a,b,c]", "[a,b,c,d]"):
        words = ("classifier=four.keras", f"classifier.classes={classes}", f"locate.read={read}")
        assert finder_of(settings_with(*words)).read == read


def test_outputs_without_names_are_numbered_and_that_is_said(
    folder: Path, caplog: pytest.LogCaptureFixture, settings_with: Settings
) -> None:
    finder = finder_of(settings_with("classifier=four.keras"))
    assert finder.channels.names == ["class 0", "class 1", "class 2", "class 3"]
    assert "its 4 outputs have no names" in caplog.text
    with pytest.raises(InputError, match=r"^classifier\.classes: 4 outputs for 2 names"):
        finder_of(settings_with("classifier=four.keras", "classifier.classes=[a,b]"))


def test_a_folder_means_the_conversion_the_classifier_or_its_only_model(folder: Path, settings_with: Settings) -> None:
    words = ("classifier=finder", "classifier.classes=[a,b,c,d]")
    (folder / "finder").mkdir()
    with pytest.raises(InputError, match="an empty folder"):
        finder_of(settings_with(*words))
    (folder / "four.keras").rename(folder / "finder" / "four.keras")
    assert finder_of(settings_with(*words)).classifier is not None
    classifier(4).save(folder / "finder" / "five.keras")
    with pytest.raises(InputError, match=r"holds 2 models, five\.keras among them"):
        finder_of(settings_with(*words))
    save_conversion(convolutionalize(classifier(4)), folder / "finder" / "conversion.keras")
    finder = finder_of(settings_with(*words))
    assert (finder.classifier, finder.conversion.head) == (None, "window")


def test_only_sprites_are_judged_by_their_pixels(folder: Path, settings_with: Settings) -> None:
    """A classifier of one's own reads a picture as it is: dark objects are turned round only when that is asked for."""
    finder = finder_of(settings_with("classifier=four.keras"))
    assert [finder.polarity(one) for one in ("auto", "light", "dark")] == ["light", "light", "dark"]
    sprites = replace(finder, sprites=True)
    assert [sprites.polarity(one) for one in ("auto", "light", "dark")] == ["auto", "light", "dark"]


def test_dark_objects_are_found_as_they_are_by_who_learned_them(folder: Path, settings_with: Settings) -> None:
    """Cases of others: a network that looks for black on white found something else, because the image was inverted."""
    network = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid", name="s")]
    )
    network.set_weights([np.full((64, 1), -40 / 64), np.array([10.0])])
    network.save("dark.keras")
    pixels = np.full((32, 48), 255, np.uint8)
    pixels[8:16, 16:24] = 0
    Image.fromarray(pixels).save("black.png")
    knobs = ("locate=fixed", "locate.read=peaks", "locate.threshold=0.5", "classifier.classes=[square]")
    locate(settings_with("classifier=dark.keras", *knobs, "image=black.png", "out=found"))
    (found,) = json.loads(Path("found/detections.json").read_text())
    assert found["bbox"] == pytest.approx([16, 8, 8, 8], abs=0.5)
