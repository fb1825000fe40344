"""Dense maps of networks from keras.applications: one pass against the network's own map and against shifts."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from fullconv.convert.conversion import convolutionalize
from fullconv.dense.densify import densify

FAMILIES = {
    "ConvNeXtTiny": 64,
    "DenseNet121": 64,
    "EfficientNetB0": 70,
    "EfficientNetV2B0": 64,
    "InceptionResNetV2": 91,
    "InceptionV3": 91,
    "MobileNet": 64,
    "MobileNetV2": 75,
    "MobileNetV3Small": 70,
    "NASNetMobile": 64,
    "ResNet50": 64,
    "ResNet50V2": 69,
    "VGG16": 64,
    "Xception": 75,
}


@pytest.fixture(scope="module")
def applications() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "applications.py"
    spec = spec_from_file_location("applications_for_dense", path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def check(applications: ModuleType, name: str) -> None:
    side = FAMILIES[name]
    # In double precision a difference is a fault, not the rounding of a deep network.
    keras.config.set_dtype_policy("float64")
    try:
        classifier = applications.built(name, (side, side, 3))
    finally:
        keras.config.set_dtype_policy("float32")
    applications.spread(classifier, applications.pictures((side, side, 3), 3, 0), 0)
    conversion = convolutionalize(classifier)
    stride = tuple(own // 2 for own in conversion.geometry.stride)
    images = applications.pictures((side + 2 * stride[0] + 3, side + stride[1] + 5, 3), 1, 1)
    coarse = conversion.forward(images)
    assert coarse.max() > 10 / coarse.shape[-1]
    maps = {engine: densify(conversion, engine, stride)(images) for engine in ("dilate", "fragment")}
    for scores in maps.values():
        again = scores[:, ::2, ::2]
        np.testing.assert_allclose(again, coarse[:, : again.shape[1], : again.shape[2]], atol=1e-6)
    np.testing.assert_allclose(maps["dilate"], maps["fragment"], atol=1e-6)


@pytest.mark.parametrize(
    "name", [name if name == "MobileNetV3Small" else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES]
)
def test_every_family(applications: ModuleType, name: str) -> None:
    check(applications, name)
