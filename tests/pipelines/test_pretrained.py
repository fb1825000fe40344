"""pipelines/convert.py and train.py with the name of a pretrained network."""

import json
import subprocess
import sys
from inspect import unwrap
from pathlib import Path
from types import ModuleType

import pytest

from fullconv.command import convert, train
from fullconv.config.composition import composed
from fullconv.config.load import compose_settings
from fullconv.errors import InputError
from fullconv.imagenet.networks import NETWORKS

ROOT = Path(__file__).resolve().parents[2]


def program(name: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "pipelines" / f"{name}.py"), *overrides],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["efficientnet_lite0", "resnet50", "mobilenet_v2", "convnext_xlarge"])
def test_every_network_is_a_model_of_the_composition(name: str) -> None:
    settings = compose_settings(f"model={name}")
    assert name in NETWORKS
    assert settings.model.architecture == name
    assert settings.weights == "imagenet"


def test_a_typo_gets_the_nearest_and_all_choices() -> None:
    with pytest.raises(InputError) as caught:
        composed(ROOT / "conf", ["model=ResNt50"])
    message = str(caught.value)
    assert message.startswith("model: there is no model/ResNt50. Did you mean resnet50 or ")
    for name in (*NETWORKS, "lenet", "swish_deep"):
        assert name in message.partition("Choose one of")[2]
    assert "\n" not in message


def test_a_refusal_is_one_line() -> None:
    done = program("convert", "model=resnet50")
    assert done.returncode == 1
    assert done.stderr == "error: out: not given. Give out=DIR, a folder for the conversion of resnet50.\n"


@pytest.mark.parametrize(
    ("command", "overrides", "expected"),
    [
        (convert, ["model=resnet50", "out=models/x"], "out: models/x belongs to the pipeline's models"),
        (convert, ["model=resnet50", "out=x", "weights=no.h5"], "no.h5: no such file"),
        (train, ["model=resnet50"], "model: resnet50 is a pretrained network, and those are not trained here."),
    ],
)
def test_refusals(
    command: ModuleType, overrides: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        unwrap(command.main)(compose_settings(*overrides))
    assert str(caught.value).startswith(expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("head", ["window", "cell"])
def test_conversion_of_the_default_network(tmp_path: Path, head: str) -> None:
    done = program("convert", "classifier=efficientnet_lite0", f"convert.head={head}", f"out={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "Conversion certificate: efficientnet_lite0" in done.stdout
    names = ["certificate.json", "conversion.json", "conversion.keras", "cost.json", "model-card.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    if head == "window":
        certificate = json.loads((tmp_path / "certificate.json").read_text())
        assert certificate["max_difference"] <= 1e-5
