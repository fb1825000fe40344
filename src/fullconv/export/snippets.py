"""Ten lines a format that run a conversion without fullconv: NumPy, Pillow and the format's own runtime."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullconv.convert.geometry import Geometry
from fullconv.models.pixels import Range

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # Pillow's, by the number of channels
# What is imported beside NumPy and Pillow; what is made once; how `pixels` become `scores`.
_RUNTIMES: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "keras": (
        "import keras",
        ['network = keras.models.load_model("conversion.keras")'],
        ["scores = np.asarray(network(pixels, training=False))"],
    ),
    "onnx": (
        "import onnxruntime",
        ['session = onnxruntime.InferenceSession("conversion.onnx")'],
        ['scores = session.run(["scores"], {"images": pixels})[0]'],
    ),
    "openvino": (
        "import openvino",
        [
            'exactly = {"INFERENCE_PRECISION_HINT": "f32"}  # else some processors compute in bfloat16',
            'network = openvino.Core().compile_model("openvino/conversion.xml", "CPU", exactly)',
        ],
        ['scores = network(pixels)["scores"]'],
    ),
    "saved_model": (
        "import tensorflow as tf",
        ['loaded = tf.saved_model.load("saved_model")  # keep it: it holds the weights'],
        ['scores = loaded.signatures["serving_default"](images=tf.constant(pixels))["scores"].numpy()'],
    ),
    "litert": (
        "from ai_edge_litert.interpreter import Interpreter",
        ['network = Interpreter("conversion.tflite")'],
        [
            'network.resize_tensor_input(network.get_input_details()[0]["index"], pixels.shape)',
            "network.allocate_tensors()",
            'network.set_tensor(network.get_input_details()[0]["index"], pixels)',
            "network.invoke()",
            'scores = network.get_tensor(network.get_output_details()[0]["index"])',
        ],
    ),
}


@dataclass(frozen=True)
class Reading:
    """How a picture becomes what a network reads: its channels, the number format, and what is done to 0..1."""

    channels: int
    dtype: str
    range: Range


def snippet(name: str, reading: Reading, geometry: Geometry, ours: bool = False) -> str:
    """Return the lines for one format; they print the class, score and box of the best cell of image.png.

    `ours` says that the file has layers of fullconv.
    """
    imported, made, run = _RUNTIMES[name]
    (height, width), (down, across), (top, left) = geometry.window, geometry.stride, geometry.offset
    first = ["import fullconv.convert.layers  # the file has layers of it"] if ours else []
    lines = [
        "import numpy as np",
        *sorted([imported, "from PIL import Image"], key=lambda line: line.startswith("from")),
        *first,
        "",
        *made,
        _opened(reading.channels),
        _scaled(reading),
        *run,
        "row, column, label = np.unravel_index(scores[0].argmax(), scores.shape[1:])",
        f"box = [{_place('column', across, left)}, {_place('row', down, top)}, {width}, {height}]  # x, y and sides",
        "print(label, scores[0, row, column, label], box)",
    ]
    return "\n".join(lines)


def _opened(channels: int) -> str:
    if channels not in _MODES:
        return f'image = np.load("image.npy")  # (height, width, {channels}) in 0..255'
    return f'image = Image.open("image.png").convert("{_MODES[channels]}")'


def _scaled(reading: Reading) -> str:
    shaped = "[np.newaxis, ..., np.newaxis]" if reading.channels == 1 else "[np.newaxis]"
    pixels = f'np.asarray(image, "{reading.dtype}"){shaped}'
    if reading.range.reversed:
        pixels += "[..., ::-1]"  # blue, green, red
    factors, shifts = [one / 255 for one in reading.range.factor], reading.range.shift
    if len(shifts) > 1:
        if any(one != 1 for one in factors):
            pixels = f"{pixels} * {_numbers(factors, reading.dtype)}"
        return f"pixels = {pixels} + {_numbers(shifts, reading.dtype)}"
    (factor,), (shift,) = factors, shifts
    scaled = pixels if factor == 1 else f"{pixels} / {1 / factor:g}" if factor < 1 else f"{pixels} * {factor:g}"
    if shift:
        scaled += f" {'-' if shift < 0 else '+'} {abs(shift):g}"
    return f"pixels = {scaled}"


def _numbers(values: Sequence[float], dtype: str) -> str:
    return f'np.array([{", ".join(f"{one:.9g}" for one in values)}], "{dtype}")'


def _place(name: str, stride: int, offset: int) -> str:
    step = name if stride == 1 else f"{name} * {stride}"
    return step if offset == 0 else f"{step} {'+' if offset > 0 else '-'} {abs(offset)}"
