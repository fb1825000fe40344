"""The graph of an architecture that Keras 1 or 2 wrote → a model of Keras 3."""

from typing import Any

from fullconv.models.files.bounds import DEPTH
from fullconv.models.files.old.classes import CONTAINERS, OPERATORS
from fullconv.models.files.old.keywords import dtype
from fullconv.models.files.old.layers import layers_of, legal
from fullconv.models.files.old.nodes import functional, through
from fullconv.models.files.refused.refusal import RefusalError, short
from fullconv.models.files.weights.parts import Part

_BROKEN = "Get the file anew, or save the classifier anew with Keras 3, model.save('name.keras')."


def rebuild(config: dict[str, Any]) -> Part:
    """Return the network of an old architecture, with what its layers were called.

    Raises:
        RefusalError: it is no network of layers, or a layer is not known.
    """
    part = _part(config, 0)
    if not part.parts:
        raise RefusalError(f"it is one layer, {short(part.kind, 40)}, not a network", _BROKEN)
    return part


def _part(config: Any, depth: int) -> Part:
    if depth > DEPTH:
        raise RefusalError("its networks are nested too deeply", _BROKEN)
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise RefusalError("a layer of its architecture has no class", _BROKEN)
    kind, held = config["class_name"].rpartition(">")[2], config.get("config")
    if kind in CONTAINERS:
        return _container(kind, held, str(config.get("name") or ""), depth)
    if isinstance(held, dict) and isinstance(held.get("layers"), list):
        raise RefusalError(
            f"it is {short(kind, 40)}, a class of its author derived from keras.Model",
            "Load it where its class is, and save keras.Model(model.inputs, model.outputs), which needs no class.",
        )
    if not isinstance(held, dict):
        raise RefusalError(f"a layer {short(kind, 40)} has no settings", _BROKEN)
    name = str(held.get("name") or config.get("name") or kind.lower())
    if kind in OPERATORS:
        return Part(name, kind, None)
    first, *after = layers_of(name, kind, held)
    return Part(name, kind, first, after=after, trainable=held.get("trainable") is not False)


def _container(kind: str, held: Any, name: str, depth: int) -> Part:
    listed = {"layers": held} if isinstance(held, list) else held  # Keras 2.2 and older
    if not isinstance(listed, dict) or not isinstance(listed.get("layers"), list):
        raise RefusalError("it is an architecture without layers", _BROKEN)
    name = str(listed.get("name") or name or kind.lower())
    configs = listed["layers"]
    parts = [
        Part(_name(one), "InputLayer", input_of(one)) if _is_input(one) else _part(one, depth + 1) for one in configs
    ]
    if kind == "Sequential":
        return Part(name, kind, _sequential(name, configs, parts, listed), parts)
    return Part(name, "Functional", functional(name, listed, parts), parts)


def _is_input(config: Any) -> bool:
    return isinstance(config, dict) and config.get("class_name") == "InputLayer"


def _name(config: dict[str, Any]) -> str:
    return str((config.get("config") or {}).get("name") or config.get("name") or "input")


def _shape(config: dict[str, Any]) -> list[Any] | None:
    """Return the shape of a batch that a layer's settings name, else None."""
    shape = config.get("batch_input_shape") or config.get("batch_shape") or config.get("build_input_shape")
    if shape is None and isinstance(config.get("input_dim"), int):
        shape = [None, config["input_dim"]]
    return shape if isinstance(shape, list) else None


def input_of(config: dict[str, Any]) -> Any:
    """Return the tensor that an InputLayer stands for.

    Raises:
        RefusalError: it has no shape.
    """
    import keras

    held = config.get("config") or {}
    shape = _shape(held)
    if shape is None:
        raise RefusalError(f"its input {short(_name(config), 40)!r} has no shape", _BROKEN)
    # A batch of a fixed size is what the network was trained with, not what it needs.
    return keras.Input(shape[1:], name=legal(_name(config)), dtype=dtype(held.get("dtype")))


def _sequential(name: str, configs: list[Any], parts: list[Part], listed: dict[str, Any]) -> Any:
    import keras

    if not parts:
        raise RefusalError(f"its network {short(name, 40)!r} has no layers", _BROKEN)
    if parts[0].kind == "InputLayer":
        first = parts[0].layer
    else:
        held = configs[0].get("config")
        shape = _shape(held if isinstance(held, dict) else {}) or _shape(listed)
        shape = shape or (list(parts[0].layer.input_shape) if parts[0].parts and parts[0].layer.built else None)
        if shape is None:  # it is known when the network is called
            return keras.Sequential([one for part in parts for one in (part.layer, *part.after)], name=legal(name))
        first = keras.Input(shape[1:])
    tensor = first
    for part in parts:
        tensor = tensor if part.kind == "InputLayer" else through(part, [tensor])
    return keras.Model(first, tensor, name=legal(name))
