"""Where the classes of an HDF5 file of Keras 3 come from: it leaves that out, and Keras misses its own operators."""

from typing import Any

_OUTSIDE = {  # of keras.layers
    "Functional": "keras.src.models.functional",
    "Sequential": "keras",
    "Model": "keras",
    "LayerScale": "keras.src.applications.convnext",
}
_OPERATORS = ("numpy", "nn", "core", "math", "image", "linalg")  # modules of keras.src.ops


def _module_of(kind: str, settings: Any) -> str | None:
    """Return the module that has a class of Keras; None for one that is not Keras'.

    `Subtract` is a layer and an operator: layers alone can be trained, and say so.
    """
    import importlib

    import keras

    if kind in _OUTSIDE:
        return _OUTSIDE[kind]
    is_layer = kind == "InputLayer" or (isinstance(settings, dict) and "trainable" in settings)
    if is_layer:
        return "keras.layers" if hasattr(keras.layers, kind) else None
    for name in _OPERATORS:
        module = f"keras.src.ops.{name}"
        found = getattr(importlib.import_module(module), kind, None)
        if isinstance(found, type) and issubclass(found, keras.Operation):
            return module
    return None


def with_modules(config: Any) -> Any:
    """Return an architecture in which every layer of Keras says so."""
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        return config
    kind, held = config["class_name"], config.get("config")
    placed = dict(config)
    if not placed.get("module") and (module := _module_of(kind, held)) is not None:
        placed |= {"module": module, "registered_name": kind if module.startswith("keras.src.") else None}
    placed.setdefault("registered_name", kind)
    if isinstance(held, dict) and isinstance(held.get("layers"), list):
        placed["config"] = held | {"layers": [with_modules(one) for one in held["layers"]]}
    return placed
