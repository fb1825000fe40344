"""The formats by name: what writes each, what runs it, what it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.formats import KERAS
from fullconv.export import keras_file, litert_file, onnx_file, openvino_file, saved_model
from fullconv.export.network import Network

Run = Callable[[npt.NDArray[Any]], npt.NDArray[np.float32]]  # images (N, H, W, C) → scores (N, H', W', K)


@dataclass(frozen=True)
class Kind:
    """One format: the name of its file or folder, how that is written, and how its own runtime runs it."""

    file: str
    folder: bool
    write: Callable[[Network, Path], None]
    runner: Callable[[Path], Run]


KINDS = {
    KERAS: Kind("conversion.keras", False, keras_file.write, keras_file.runner),
    "onnx": Kind("conversion.onnx", False, onnx_file.write, onnx_file.runner),
    "openvino": Kind("openvino", True, openvino_file.write, openvino_file.runner),
    "saved_model": Kind("saved_model", True, saved_model.write, saved_model.runner),
    "litert": Kind("conversion.tflite", False, litert_file.write, litert_file.runner),
}
