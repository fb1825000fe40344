"""Whether what a person gives is a Keras model or a conversion; anything else is told for what it is.

Recognized by the names of classes and modules, so that nothing is imported that is not there already.
"""

import math
import os
from types import FunctionType, MethodType
from typing import Any

from fullconv.errors import InputError

_FILE = "Give fullconv.load_classifier(path) the file that it was saved to (.keras or .h5)."
_OLD = "Save it, model.save('my.h5'), and give fullconv.load_classifier('my.h5'); or build it with keras (Keras 3)."
_REBUILD = "Build the same layers with keras and copy the weights: kernels as (rows, columns, channels, filters)."
_WORDS = {  # how the name of a class or its module begins: what it is, and what helps
    "tf_keras.": ("an object of tf_keras, which is Keras 2", _OLD),
    "tensorflow.python.keras.": ("an object of the Keras 2 in TensorFlow", _OLD),
    "keras_core.": ("an object of keras_core", _OLD),
    "tensorflow.python.saved_model.": ("a SavedModel of TensorFlow", _FILE),
    "tensorflow.python.trackable.autotrackable.": ("an object of TensorFlow", _FILE),
    "tensorflow.python.eager.": ("a compiled function of TensorFlow, whose layers are gone", _FILE),
    "tensorflow.lite.": ("a TFLite model, whose layers are gone", _FILE),
    "torch.": ("a PyTorch module", _REBUILD),
    "flax.": ("a Flax module", _REBUILD),
    "onnx": ("an ONNX model", _REBUILD),
    "keras.src.layers.": ("a layer", "Put it into a model: keras.Sequential([keras.Input((h, w, c)), layer])."),
    "fullconv.convert.conversion.Conversion": (
        "a Conversion",
        "Give the classifier that it was made of; its network is conversion.model.",
    ),
}
_GENERAL = "Give a Keras 3 model (keras.Model), or the file of one to fullconv.load_classifier(path)."


def require_model(given: Any, where: str = "classifier") -> None:
    """Refuse what is no Keras model.

    Raises:
        InputError: it is none; it says what it is.
    """
    if not _is_model(given):
        raise InputError(where, f"received {_words(given)[0]}", _words(given)[1])


def require_conversion(given: Any, where: str = "conversion") -> None:
    """Refuse what is no conversion.

    Raises:
        InputError: it is none; it says what it is.
    """
    if hasattr(given, "geometry") and hasattr(given, "model"):
        return
    what, mend = _words(given)
    if _is_model(given):
        what, mend = "a Keras model", "Convert it: fullconv.convolutionalize(classifier)."
    raise InputError(where, f"received {what}", mend)


def _is_model(given: Any) -> bool:
    return not isinstance(given, type) and any(
        name.startswith("keras.src.models.model.Model") for name in _names(given)
    )


def _names(given: Any) -> list[str]:
    """Return the full names of a thing's class and of what that is derived from."""
    kinds = given.__mro__ if isinstance(given, type) else type(given).__mro__
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds]


def _words(given: Any) -> tuple[str, str]:
    """Return what a thing is, and what helps."""
    name = _names(given)[0].removeprefix("builtins.")
    if isinstance(given, type):
        return f"the class {name}, not a model of it", "Call it with its layers, and give what it returns."
    if isinstance(given, str | bytes | os.PathLike):
        shown = os.fsdecode(given)
        path = shown if len(shown) <= 80 else f"…{shown[-80:]}"
        return f"a path, {path!r}", "Give fullconv.load_classifier(path): it reads a classifier's file."
    if isinstance(given, FunctionType | MethodType):
        return f"the function {given.__qualname__}", "Give the Keras model itself: what the function returns, or calls."
    for one in _names(given):
        for start, (what, mend) in _WORDS.items():
            if one.startswith(start):
                return f"{what} ({name})", mend
    return name, _GENERAL


def as_images(classifier: Any, shape: tuple[Any, ...]) -> str:
    """Return how a network that reads grey pixels without their channel, in rows or all in one, reads images."""
    sides = shape[1:]
    if len(sides) == 1 and sides[0]:
        sides = (math.isqrt(sides[0]),) * 2
    if len(sides) != 2 or not all(sides) or (len(shape) == 2 and math.prod(sides) != shape[1]):
        return "Let it read images (height, width, channels)."
    kinds = [type(one).__name__ for one in classifier.layers]
    flatten = "keras.layers.Flatten(), " if len(shape) == 2 and "Reshape" not in kinds else ""
    rest = "*(one for one in model.layers if not isinstance(one, keras.layers.Reshape))"
    made = f"keras.Sequential([keras.Input(({sides[0]}, {sides[1]}, 1)), {flatten}{rest}])"
    return f"Grey images have one channel: {made}, saved with model.save, reads them."
