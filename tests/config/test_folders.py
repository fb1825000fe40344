"""A folder means the model in it, whatever kind of file that is, or itself."""

from pathlib import Path

import pytest

from fullconv.config.folders import CLASSIFIER, model_in
from fullconv.errors import InputError


@pytest.mark.parametrize(
    ("held", "meant"),
    [
        (["my.keras", "labels.txt"], "my.keras"),
        (["keras_model.h5", "labels.txt"], "keras_model.h5"),
        (["MODEL.HDF5"], "MODEL.HDF5"),
        (["model.h5", "model.weights.h5"], "model.h5"),
        (["only.weights.h5"], "only.weights.h5"),
        (["conversion.keras", "classifier.keras", "other.h5"], "conversion.keras"),
        (["saved_model.pb", "keras_metadata.pb"], "."),
        (["config.json", "metadata.json", "model.weights.h5"], "."),
        (["model.json", "weights.bin"], "."),
        ([], "."),
    ],
)
def test_a_folder_means_its_model(tmp_path: Path, held: list[str], meant: str) -> None:
    for name in held:
        (tmp_path / name).touch()
    assert model_in(tmp_path) == tmp_path / meant


def test_of_two_models_one_must_be_named(tmp_path: Path) -> None:
    for name in ("a.h5", "b.keras"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"holds 2 models, a\.h5 among them. Name the file itself"):
        model_in(tmp_path)
    (tmp_path / CLASSIFIER).touch()
    assert model_in(tmp_path, [CLASSIFIER]) == tmp_path / CLASSIFIER


def test_a_file_means_itself(tmp_path: Path) -> None:
    assert model_in(tmp_path / "not there.h5") == tmp_path / "not there.h5"
