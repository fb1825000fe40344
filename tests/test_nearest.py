"""A mistyped word is answered with what lies near it."""

from pathlib import Path

import pytest

from fullconv.config.choice import choice_of
from fullconv.config.composition import composition_of
from fullconv.config.load import compose_settings
from fullconv.config.schema import ChoiceConfig, ExperimentConfig
from fullconv.data.pictures.photo_files import find_photos
from fullconv.errors import InputError
from fullconv.models.files.read import read_classifier
from fullconv.nearest import meant, meant_file

CONF = Path(__file__).parents[1] / "conf"


def test_a_word_near_none_has_no_hint() -> None:
    assert meant("zebra", ["locate", "convert"]) == ""
    assert meant("CONVRT", ["locate", "convert"]) == "Did you mean convert? "
    assert meant_file(Path("no/such/folder/a.h5")) == ""


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("clasifier=a", "classifier or classifiers"),
        ("locate.treshold=1", "locate.threshold"),
        ("train.epoch=1", "train.epochs"),
        ("classifiers.plain.train.epoch=1", "classifiers.plain.train.epochs"),
        ("classifiers.plane.train.epochs=1", "classifiers.plain"),
        ("mosaics.tets.images=1", "mosaics.test"),
        ("imge=a", "image"),
        ("experimnt=smoke", "experiment"),
    ],
)
def test_a_mistyped_key_names_the_one_that_is_near(word: str, key: str) -> None:
    with pytest.raises(InputError, match=rf"Did you mean {key}\?"):
        composition_of(CONF, [word])


def test_a_mistyped_key_that_is_added_or_of_params_yaml_names_the_one_that_is_near() -> None:
    with pytest.raises(InputError, match=r"^train\.epoch: .*Did you mean train\.epochs\?"):
        compose_settings("+train.epoch=3")


def test_a_mistyped_file_names_what_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keras_model.h5").touch()
    Path("mine").mkdir()
    Path("mine", "photo.jpg").touch()
    with pytest.raises(InputError, match=r"^keras_modl.h5: no such file\. Did you mean keras_model\.h5\? Check"):
        read_classifier(Path("keras_modl.h5"))
    with pytest.raises(InputError, match=r"Did you mean photo\.jpg\? Give a photo"):
        find_photos("mine/foto.jpg")


def test_a_long_path_leaves_the_line_within_its_length(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 90) / ("b" * 90)
    folder.mkdir(parents=True)
    for name in ("keras_model.h5", "keras_model2.h5"):
        (folder / name).touch()
    with pytest.raises(InputError, match="Did you mean keras_model") as caught:
        read_classifier(folder / "keras_modl.h5")
    assert len(str(caught.value)) - len(str(tmp_path)) <= 400


@pytest.mark.parametrize(
    ("word", "near"), [("resnet5", "resnet50"), ("locatd", "located"), ("keras_model", "keras_model.h5")]
)
def test_a_mistyped_classifier_names_the_network_or_file(
    word: str, near: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keras_model.h5").touch()
    with pytest.raises(InputError, match=rf"Did you mean {near}[ ?]"):
        choice_of(ExperimentConfig(classifier=ChoiceConfig(name=word), classifiers={"located": {}}))  # type: ignore[dict-item]
