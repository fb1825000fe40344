"""LiteRT, which was TensorFlow Lite: a .tflite file."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.export.network import Network

_UNKNOWN = re.compile(r"(?:TF Select|Custom) ops: (.+)")


def write(network: Network, path: Path) -> None:
    """Write a `.tflite` file; each image's size is told to the interpreter before it is read.

    Raises:
        InputError: the network has operations that LiteRT has not.
    """
    import tensorflow as tf

    try:
        path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([network.frozen]).convert())
    except Exception as error:  # of a class that TensorFlow does not name
        unknown = _UNKNOWN.search(str(error))
        if unknown is None:
            raise
        raise InputError("LiteRT", f"has no operation for {unknown[1]}", "Take another format.") from error


def runner(path: Path) -> Any:
    """Return a function images `(N, H, W, C)` → scores `(N, H', W', K)` that the file's own runtime computes."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    images_at = interpreter.get_input_details()[0]["index"]
    scores_at = interpreter.get_output_details()[0]["index"]

    def run(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        interpreter.resize_tensor_input(images_at, images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(images_at, images)
        interpreter.invoke()
        scores: npt.NDArray[np.float32] = interpreter.get_tensor(scores_at)
        return scores

    return run
