"""Keras files: the same model gives the same bytes, and a broken file one clear error."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from fullconv.config.schema import ModelConfig
from fullconv.errors import InputError
from fullconv.models.build import build_classifier
from fullconv.models.storage import load_model, save_model

SOURCE = Path(__file__).parents[2] / "src"
SAVE = """
import sys
from pathlib import Path
from fullconv.config.schema import ModelConfig
from fullconv.models.build import build_classifier
from fullconv.models.storage import save_model
save_model(build_classifier(ModelConfig("small", [2, 3], 1, 4, 0.1, 0.2), (12, 12, 1), 3, 5), Path(sys.argv[1]))
"""


def small(seed: int = 5) -> keras.Model:
    return build_classifier(ModelConfig("small", [2, 3], 1, 4, 0.1, 0.2), (12, 12, 1), 3, seed)


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    keras.layers.Dense(3)  # so that the counters of automatic names differ
    save_model(small(), tmp_path / "here.keras")
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(SOURCE)}
    subprocess.run([sys.executable, "-c", SAVE, str(tmp_path / "there.keras")], check=True, env=environment)
    assert (tmp_path / "here.keras").read_bytes() == (tmp_path / "there.keras").read_bytes()


def test_loaded_and_saved_again_gives_the_same_bytes(tmp_path: Path) -> None:
    save_model(small(), tmp_path / "a.keras")
    save_model(load_model(tmp_path / "a.keras"), tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_other_weights_give_other_bytes(tmp_path: Path) -> None:
    save_model(small(5), tmp_path / "a.keras")
    save_model(small(6), tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() != (tmp_path / "b.keras").read_bytes()


def test_file_holds_no_time(tmp_path: Path) -> None:
    save_model(small(), tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01" in archive.read("metadata.json")


def test_loaded_model_computes_the_same(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((4, 12, 12, 1))
    model = small()
    save_model(model, tmp_path / "a.keras")
    np.testing.assert_array_equal(model(images), load_model(tmp_path / "a.keras")(images))


def test_shared_weights_stay_shared(tmp_path: Path) -> None:
    shared = keras.layers.Dense(2, name="shared")
    image = keras.Input((2,), name="image")
    save_model(keras.Model(image, shared(shared(image)), name="twice"), tmp_path / "a.keras")
    assert load_model(tmp_path / "a.keras").count_params() == 6


def test_nothing_is_left_of_a_failed_save(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end in \.keras"):
        save_model(small(), tmp_path / "a.h5")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_broken_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.keras"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.keras"):
        load_model(path)


def test_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    save_model(small(), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="not a whole"):
        load_model(path)


def test_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match="cannot read it"):
        load_model(path)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_lambda_layer_is_not_run(tmp_path: Path) -> None:
    image = keras.Input((2,), name="image")
    keras.Model(image, keras.layers.Lambda(lambda x: x * 2, name="twice")(image)).save(tmp_path / "a.keras")
    with pytest.raises(InputError, match="cannot read it"):
        load_model(tmp_path / "a.keras")
