"""Weights alone go into the network that `model=` names."""

import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from fullconv.config.choice import searched_with
from fullconv.config.schema import ExperimentConfig
from fullconv.data.sources.choice import load_arrays
from fullconv.errors import InputError
from fullconv.models.build import build_classifier
from fullconv.models.files.read import read_classifier
from fullconv.track.architectures import architecture_of
from fullconv.track.finders import finder_of

Settings = Callable[..., ExperimentConfig]
WRITTEN = Path(__file__).parents[1] / "models" / "files" / "written"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_network_of_the_pipeline_has_the_size_of_its_data(folder: Path, settings_with: Settings) -> None:
    settings = settings_with("model=lenet", "data=digits", "classifier=my.weights.h5")
    shape = load_arrays(settings.data).test_images.shape[1:]
    trained = build_classifier(settings.model, shape, 11, seed=7)
    trained.save_weights(folder / "my.weights.h5")
    loaded = read_classifier(folder / "my.weights.h5", architecture_of(settings)).model
    images = np.random.default_rng(0).random((3, *shape))
    np.testing.assert_array_equal(np.asarray(loaded(images)), np.asarray(trained(images)))
    assert finder_of(settings).classifier is not None


def test_a_network_of_keras_applications_has_the_classes_of_the_weights(folder: Path, settings_with: Settings) -> None:
    settings = settings_with("model=mobilenet", "classifier=my.h5")
    assert searched_with(settings).word == "my.h5"
    assert architecture_of(settings)(5).output_shape == (None, 5)


def test_a_network_beside_a_whole_model_is_too_many(settings_with: Settings) -> None:
    with pytest.raises(InputError, match="Leave out one of the two"):
        searched_with(settings_with("model=mobilenet", "classifier=my.keras"))


def test_weights_of_another_network_name_the_key(folder: Path, settings_with: Settings) -> None:
    shutil.copy(WRITTEN / "weights.h5", folder / "my.h5")
    with pytest.raises(InputError, match=r"weights without an architecture; .*model=NAME"):
        finder_of(settings_with("classifier=my.h5", "data=digits"))


def test_a_folder_of_every_kind_is_searched_with(folder: Path, settings_with: Settings) -> None:
    shutil.copytree(WRITTEN / "functional", folder / "saved")
    (folder / "mine").mkdir()
    shutil.copy(WRITTEN / "teachable.h5", folder / "mine" / "keras_model.h5")
    for name in ("saved", "mine"):
        found = finder_of(settings_with(f"classifier={name}", "classifier.classes=[a,b]"))
        assert isinstance(found.classifier, keras.Model)
