"""format=…: which there are, how they are given, what is missing."""

import tomllib
from pathlib import Path

import pytest

from fullconv.config import formats
from fullconv.config.formats import FORMATS, require_installed
from fullconv.config.load import compose_settings
from fullconv.config.overrides import overrides_of
from fullconv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("format=onnx", "convert.format=[onnx]"),
        ("format=keras,onnx,openvino", "convert.format=[keras,onnx,openvino]"),
        ("format=[keras,litert]", "convert.format=[keras,litert]"),
        ("convert.format=[keras,litert]", "convert.format=[keras,litert]"),
    ],
)
def test_several_formats_in_a_word(word: str, means: str) -> None:
    [made] = overrides_of([word])
    assert made == means
    asked = means.partition("=")[2].strip("[]").split(",")
    settings = compose_settings(made)
    assert settings.convert.format == asked
    assert settings.classifiers["located"].convert.format == asked


def test_keras_alone_if_nothing_is_said() -> None:
    assert compose_settings().convert.format == ["keras"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("[tflite]", "format: received 'tflite'. Choose from keras, onnx, openvino, saved_model, litert"),
        ("[]", "format: no format. Choose from keras"),
        ("[onnx,keras,onnx]", "format: onnx is given twice. Name each format once."),
    ],
)
def test_what_is_no_format(given: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        compose_settings(f"convert.format={given}")
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(("name", "package"), [(name, one) for name, packages in FORMATS.items() for one in packages])
def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, name: str, package: str) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda asked: None if asked == package else object())
    require_installed([other for other in FORMATS if other != name])
    with pytest.raises(InputError) as error:
        require_installed(list(FORMATS))
    said = f"format={name}: {package} is not installed. Install it: pip install 'fullconv[{name}]'."
    assert str(error.value) == said


def test_every_extra_that_is_named_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = [name for name, packages in FORMATS.items() if packages]
    assert set(named) <= set(extras)
    assert sorted(extras["export"]) == sorted(f"fullconv[{name}]" for name in named)
