"""pipelines/convert.py on a person's own .keras file: tables, five files, and refusals."""

import json
import re
import subprocess
import sys
from inspect import unwrap
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.command.convert import main
from fullconv.config.load import compose_settings
from fullconv.convert.storage import load_conversion
from fullconv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def classifier(*first: layers.Layer) -> keras.Model:
    """A padding-free network over 20×24 pixels in 0..255, of weights that tell images apart."""
    made = keras.Sequential(
        [
            keras.Input((20, 24, 3)),
            *first,
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.7, weight.shape) for weight in made.get_weights()])
    return made


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def convert(*overrides: str) -> None:
    """Run the program in this process; an error is raised."""
    unwrap(main)(compose_settings(*overrides))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    classifier().save(tmp_path / "my.keras")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tables_and_six_files_beside_it(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "pipelines" / "convert.py"), "classifier.path=my.keras"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Conversion certificate: my.keras, head window" in done.stdout
    assert "random, pixels 0 to 255" in done.stdout
    assert "a cell is the classifier on its crop │ yes" in done.stdout
    assert re.search(r"classifier │ 20×24×\d: [\d,]+ parameters, [\d,]+ multiply–accumulates", done.stdout)
    made = ["certificate.json", "conversion.json", "conversion.keras", "cost.json", "meaning.json", "model-card.md"]
    assert files(folder) == ["my.keras", *(f"my/{name}" for name in made)]
    conversion = load_conversion(folder / "my" / "conversion.keras")
    assert conversion.window == (20, 24)
    certificate = json.loads((folder / "my" / "certificate.json").read_text())
    assert certificate["max_difference"] <= 1e-5
    assert certificate["crop_max_difference"] <= 1e-5
    assert certificate["spread"] > 0.05


def test_knobs_and_out_reach_a_file_and_the_same_call_writes_the_same_bytes(folder: Path) -> None:
    contents = []
    for out in ("one", "two"):
        convert("classifier.path=my.keras", f"out={out}", "convert.head=cell", "convert.flip_kernels=true")
        contents.append({name: (folder / out / name).read_bytes() for name in files(folder / out)})
    assert contents[0] == contents[1]
    conversion = load_conversion(folder / "one" / "conversion.keras")
    assert conversion.cellwise
    assert conversion.flipped


def test_a_file_that_may_run_any_code_is_refused_by_name(folder: Path) -> None:
    classifier(layers.Lambda(lambda image: image * 2, output_shape=(20, 24, 3), name="double")).save("lambda.keras")
    with pytest.raises(InputError, match="Lambda") as caught:
        convert("classifier.path=lambda.keras")
    assert caught.value.where == "lambda.keras"
    assert files(folder) == ["lambda.keras", "my.keras"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.keras", None), ("cut.keras", slice(3000)), ("text.keras", b"no model"), ("other.txt", b"no model")],
)
def test_a_file_that_is_no_model_is_refused_by_name(name: str, content: slice | bytes | None, folder: Path) -> None:
    if content is not None:
        whole = (folder / "my.keras").read_bytes()
        (folder / name).write_bytes(whole[content] if isinstance(content, slice) else content)
    before = files(folder)
    with pytest.raises(InputError) as caught:
        convert(f"classifier.path={name}")
    assert caught.value.where == name
    assert files(folder) == before


def test_a_layer_that_cannot_be_converted_is_refused_and_nothing_is_written(folder: Path) -> None:
    keras.Sequential(
        [keras.Input((8, 8, 1)), layers.UpSampling2D(name="larger"), layers.Flatten(), layers.Dense(2)]
    ).save("up.keras")
    with pytest.raises(InputError, match="layer 'larger'"):
        convert("classifier.path=up.keras")
    assert files(folder) == ["my.keras", "up.keras"]


def test_too_large_a_difference_is_refused_and_nothing_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fullconv.convert.conversion import Conversion
    from fullconv.proof import certificate

    def wrong(of: Any, conversion: Conversion) -> Any:
        return lambda images: np.asarray(of(images)) + np.float32(0.01)

    monkeypatch.setattr(certificate, "reference", wrong)
    with pytest.raises(InputError, match=r"^convert\.tolerance: the conversion differs .* by 0\.01"):
        convert("classifier.path=my.keras")
    assert files(folder) == ["my.keras"]


def test_a_pipelines_model_is_never_overwritten(folder: Path) -> None:
    with pytest.raises(InputError, match=r"^out: models/plain belongs to the pipeline"):
        convert("classifier.path=my.keras", "out=models/plain")
