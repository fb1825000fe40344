"""pipelines/inspect_classifier.py on a person's own .keras file: a table, the files, refusals of one line."""

import json
import subprocess
import sys
from inspect import unwrap
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.command.inspect import main
from fullconv.config.load import compose_settings
from fullconv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
KNOBS = ("data=digits", "inspect.images=60", "inspect.projection=pca")


def classifier(side: int = 28) -> keras.Model:
    """A network over digits in 0..255."""
    made = keras.Sequential(
        [
            keras.Input((side, side, 1)),
            layers.Rescaling(1 / 255, name="rescaling"),
            layers.Conv2D(4, 3, strides=3, activation="relu", name="conv"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="classes"),
        ]
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.3, weight.shape) for weight in made.get_weights()])
    return made


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def inspect(*overrides: str) -> None:
    """Run the program in this process; an error is raised."""
    unwrap(main)(compose_settings(*KNOBS, *overrides))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    classifier().save(tmp_path / "my.keras")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_table_and_the_files_beside_it(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "pipelines" / "inspect_classifier.py"), *KNOBS,
         "classifier.path=my.keras"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Neighbours among 60 test images: my" in done.stdout
    assert "flatten, 324 numbers an image" in done.stdout
    pictures = ("activations", "kernels_01_conv", "kernels_02_classes", "neighbours", "projection")
    inspection = [f"my/inspection/{name}.png" for name in pictures]
    assert files(folder) == ["my.keras", "my/embeddings.csv", "my/inspect.json", *inspection]


def test_knobs_reach_it_and_it_sees_pixels_up_to_255(folder: Path) -> None:
    """In 0..1 the network would see black images only, all alike."""
    inspect("classifier.path=my.keras", "out=found", "inspect.layer=conv", "inspect.neighbours=2")
    found = json.loads((folder / "found" / "inspect.json").read_text())
    assert (found["layer"], found["dimensions"], found["neighbours"]) == ("conv", 4, 2)
    pooled = keras.Sequential([*classifier().layers[:2], layers.GlobalAveragePooling2D()])
    from fullconv.data.sources.choice import load_arrays

    arrays = load_arrays(compose_settings(*KNOBS).data)
    vectors = np.asarray(pooled(arrays.test_images[:60].astype(np.float32)), np.float64)
    labels = arrays.test_labels[:60]
    far = ((vectors[:, None] - vectors) ** 2).sum(axis=2) + np.diag(np.full(60, np.inf))
    nearest = np.argsort(far, axis=1, kind="stable")[:, :2]
    assert found["agreement"] == pytest.approx((labels[nearest] == labels[:, None]).mean(), abs=0.02)


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (["inspect.layer=nowhere"], r"^inspect\.layer: .*conv, flatten, classes"),
        (["inspect.image=360"], r"^inspect\.image: 360"),
        (["out=models/plain"], r"^out: models/plain belongs to the pipeline"),
        (["classifier.path=none.keras"], r"^none\.keras"),
    ],
)
def test_a_refusal_names_the_key_and_nothing_is_written(overrides: list[str], named: str, folder: Path) -> None:
    with pytest.raises(InputError, match=named):
        inspect("classifier.path=my.keras", *overrides)
    assert files(folder) == ["my.keras"]


def test_images_of_another_size_are_refused(folder: Path) -> None:
    classifier(32).save("large.keras")
    with pytest.raises(InputError, match=r"^images: shape \(28, 28, 1\).*reads \(32, 32, 1\)"):
        inspect("classifier.path=large.keras")
