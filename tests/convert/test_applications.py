"""Classifiers of keras.applications against their conversions: seven families, two and every constructor when slow."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

# Loaded by its path: the benchmark and this test measure the same, and the root is not where tests import from.
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "applications.py"
spec = spec_from_file_location("applications_benchmark", SCRIPT)
assert spec is not None
assert spec.loader is not None
benchmark = module_from_spec(spec)
sys.modules[spec.name] = benchmark
spec.loader.exec_module(benchmark)


def check(row: dict[str, Any]) -> None:
    # Outputs that differ between classes and between images: otherwise equality proves nothing.
    assert 0.01 < row["top_probability"] < 0.99
    assert row["best_classes"] > 1
    assert row["max_difference"] <= benchmark.TOLERANCE
    assert row["max_logit_difference"] <= 1e-3
    assert row["same_parameters"]


# Small sizes whose halves are odd at some depth, so that padding differs along the way.
FAMILIES = {
    "MobileNetV2": (75, 90, 3),
    "MobileNetV3Small": (80, 70, 3),
    "EfficientNetB0": (70, 84, 3),
    "DenseNet121": (72, 67, 3),
    "ConvNeXtTiny": (65, 64, 3),
    "ResNet50V2": (69, 70, 3),
    "NASNetMobile": (64, 75, 3),
}


DEEP = ("DenseNet121", "NASNetMobile")  # hundreds of layers


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in DEEP else name for name in FAMILIES]
)
def test_families(name: str) -> None:
    check(benchmark.measured(name, FAMILIES[name]))


def test_constructors_are_found() -> None:
    names = set(benchmark.constructors())
    assert {*FAMILIES, "VGG19", "NASNetLarge", "ConvNeXtXLarge", "InceptionResNetV2", "EfficientNetV2L"} <= names
    assert len(names) >= 38  # Keras 3.10


@pytest.mark.slow
@pytest.mark.parametrize("name", benchmark.constructors())
def test_every_constructor(name: str) -> None:
    check(benchmark.measured(name))
