"""A Lambda's code, looked at and never run: which layer of Keras does the same."""

import base64
import binascii
import re
import struct
from typing import Any

from fullconv.models.files.refused.refusal import RefusalError, short

_PLACE = "Build the network with {} in its place, load_weights of this file into it, and save that with model.save"
_RESCALING = "keras.layers.Rescaling(1 / 255) (or what it computes)"
# Names that its code mentions, and what Keras has for each. The first that is found is told.
_BY_NAME = {
    "rgb_to_grayscale": "keras.layers.Conv2D(1, 1, use_bias=False) and weights .2989, .587, .114",
    "rgb_to_hsv": "images that are HSV already",
    "resize": "images of the final size and no layer",
    "resize_images": "images of the final size and no layer",
    "resize_bilinear": "images of the final size and no layer",
    "expand_dims": "keras.layers.Reshape((height, width, 1))",
    "squeeze": "keras.layers.Reshape",
    "reverse": "keras.ops.flip(x, axis=-1)",
    "l2_normalize": "keras.layers.UnitNormalization()",
    "per_image_standardization": "keras.layers.LayerNormalization over the whole image",
    "preprocess_input": "keras.layers.Rescaling(1 / 127.5, offset=-1) (or that of its family)",
    "softmax": "keras.layers.Softmax()",
    "sigmoid": "keras.layers.Activation('sigmoid')",
    "relu6": "keras.layers.ReLU(6)",
    "relu": "keras.layers.ReLU()",
    "concatenate": "keras.layers.Concatenate()",
    "mean": "keras.layers.GlobalAveragePooling2D()",
}
_BY_NUMBERS: dict[tuple[float, ...], str] = {
    (127.5, 1.0): "keras.layers.Rescaling(1 / 127.5, offset=-1)",
    (127.5,): "keras.layers.Rescaling(1 / 127.5, offset=-1)",
    (0.5, 255.0): "keras.layers.Rescaling(1 / 255, offset=-0.5)",
    (128.0,): "keras.layers.Rescaling(1 / 128, offset=-1)",
    (255.0,): "keras.layers.Rescaling(1 / 255)",
    (2.0,): "keras.layers.Rescaling(2, offset=-1)",
}
_DOUBLE, _INTEGER = re.compile(rb"[g\xe7](.{8})", re.DOTALL), re.compile(rb"[i\xe9](.{4})", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{2,40}")
_MOST = 1 << 20  # bytes of code that are looked at


def _code(config: dict[str, Any]) -> bytes:
    """Return the marshalled code, as bytes that are searched and nothing else."""
    function = config.get("function")
    if isinstance(function, dict):
        held = function.get("config")
        function = held.get("code") if isinstance(held, dict) else held
    if isinstance(function, list):
        function = function[0] if function else ""
    text = function[:_MOST] if isinstance(function, str) else ""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")  # the name of a function


def _numbers(code: bytes) -> set[float]:
    doubles = (struct.unpack("<d", match[1])[0] for match in _DOUBLE.finditer(code))
    integers = (float(struct.unpack("<i", match[1])[0]) for match in _INTEGER.finditer(code))
    return {*doubles, *integers}


def replacement(config: dict[str, Any]) -> str:
    """Return the layer that does what a Lambda's code seems to do, as one writes it."""
    code = _code(config)
    words = {word.decode() for word in _WORD.findall(code)}
    for name, layer in _BY_NAME.items():
        if name in words or f"z{name}" in words:
            return layer
    found = _numbers(code)
    for numbers, layer in _BY_NUMBERS.items():
        if set(numbers) <= found:
            return layer
    return _RESCALING


def require_no_lambda(name: str, kind: str, config: dict[str, Any]) -> None:
    """Refuse a Lambda with the layer that replaces it.

    Raises:
        RefusalError: it is one.
    """
    if kind.rpartition(">")[2] == "Lambda":
        raise RefusalError(
            f"layer {short(name, 40)!r} is a Lambda, Python code of its author, and code from a file is never run",
            f"{_PLACE.format(replacement(config))}.",
        )
