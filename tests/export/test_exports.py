"""Each format, run by its own runtime, against the conversion; and none whose runtime differs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.config.formats import FORMATS
from fullconv.convert.conversion import Conversion
from fullconv.convert.storage import load_conversion
from fullconv.errors import InputError
from fullconv.export.exports import Export, export, require_all
from fullconv.export.kinds import KINDS


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def running(monkeypatch: pytest.MonkeyPatch, name: str, run: Any) -> None:
    """Let a format's runtime answer otherwise: `run` of images and the true scores."""
    true = KINDS[name].runner

    def runner(path: Path) -> Any:
        scores_of = true(path)
        return lambda images: run(scores_of(images))

    monkeypatch.setitem(KINDS, name, replace(KINDS[name], runner=runner))


@pytest.fixture
def exported(conversion: Conversion, tmp_path: Path) -> tuple[Path, dict[str, Export]]:
    return tmp_path, export(conversion, list(FORMATS), tmp_path, 1e-5)


def test_every_format_is_written_and_named_with_its_size(exported: tuple[Path, dict[str, Export]]) -> None:
    out, made = exported
    assert [name for name, one in made.items() if one.cannot is not None] == []
    listed = {file: size for one in made.values() for file, size in one.files.items()}
    assert {"conversion.onnx", "conversion.tflite", "openvino/conversion.xml", "saved_model/saved_model.pb"} <= set(
        listed
    )
    assert sorted([*listed, "conversion.json"]) == files(out)
    assert all((out / file).stat().st_size == size > 0 for file, size in listed.items())
    assert load_conversion(out / "conversion.keras").window == (16, 20)


def test_any_number_of_images_of_any_size(exported: tuple[Path, dict[str, Export]], conversion: Conversion) -> None:
    runners = {name: kind.runner(exported[0] / kind.file) for name, kind in KINDS.items()}
    assert set(runners) == set(FORMATS)
    for count, height, width in ((1, 16, 20), (3, 37, 22), (2, 29, 51)):
        images = np.random.default_rng(5).random((count, height, width, 1), dtype=np.float32)
        wanted = conversion.forward(images)
        assert np.ptp(wanted) > 0.05
        for name, run in runners.items():
            np.testing.assert_allclose(run(images), wanted, rtol=0, atol=1e-4, err_msg=name)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda scores: scores + np.float32(0.01), "differs from the conversion by 0.01, more than 0.0001"),
        (lambda scores: scores * np.float32("nan"), "differs from the conversion by inf"),
        (lambda scores: scores[..., 0], "instead of (1, 1, 1, 3) scores"),
    ],
)
def test_a_runtime_that_differs_leaves_no_file(
    conversion: Conversion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Any, said: str
) -> None:
    (tmp_path / "openvino").mkdir()
    (tmp_path / "openvino" / "conversion.xml").write_text("of another conversion, from before")
    running(monkeypatch, "openvino", wrong)
    made = export(conversion, ["openvino", "litert"], tmp_path, 1e-5)
    assert files(tmp_path) == ["conversion.tflite"]
    assert said in str(made["openvino"].cannot)
    with pytest.raises(InputError) as error:
        require_all(made, "my.keras")
    assert str(error.value).startswith("format=openvino: not written of my.keras: its runtime")
    assert str(error.value).endswith("Leave it out: format=litert.")


def test_a_larger_tolerance_lets_a_difference_pass(
    conversion: Conversion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(monkeypatch, "litert", lambda scores: scores + np.float32(0.005))
    assert export(conversion, ["litert"], tmp_path, 1e-2)["litert"].largest == pytest.approx(0.005, abs=1e-4)


def test_operations_that_a_format_has_not_are_named_and_the_others_are_written(
    conversion: Conversion, tmp_path: Path
) -> None:
    import tensorflow as tf

    conversion.model.layers[1].activation = lambda values: tf.math.bessel_i0e(values)
    made = export(conversion, ["onnx", "litert", "saved_model"], tmp_path, 1e-5)
    assert made["onnx"].cannot == "ONNX has no operation for BesselI0e"
    assert made["litert"].cannot == "LiteRT has no operation for BesselI0e"
    assert made["saved_model"].cannot is None
    assert {name.split("/")[0] for name in files(tmp_path)} == {"saved_model"}


def test_what_a_converter_says_is_cut(conversion: Conversion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_: Any, path: Path) -> None:
        raise RuntimeError(f"cannot write {path}\n" + "because " * 200)

    monkeypatch.setitem(KINDS, "litert", replace(KINDS["litert"], write=write))
    with pytest.raises(InputError, match=r"cannot write conversion\.tflite because .*…\. Take another format") as error:
        require_all(export(conversion, ["litert"], tmp_path, 1e-5), "a" * 60)
    assert len(str(error.value)) <= 400
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_format(conversion: Conversion, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="the output folder cannot be written"):
        export(conversion, ["litert"], tmp_path / "out", 1e-5)
