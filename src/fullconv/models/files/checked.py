"""Architectures that Keras 3 wrote: looked through before Keras makes them, so that no code of the file can run."""

from typing import Any

from fullconv.models.files.modules import with_modules
from fullconv.models.files.old.classes import UnknownLayerError, layer_class
from fullconv.models.files.refused.refusal import RefusalError, reason, short
from fullconv.models.files.version import Version
from fullconv.models.files.weights.parts import Part, parts_of

_ANEW = "Save the classifier anew where it was trained, model.save('name.keras')."
_MODELS = ("Functional", "Sequential", "Model")
# Where functions of an architecture may come from: activations and initializers are among them, downloads are not.
_FUNCTIONS = ("builtins", "keras.activations", "keras.src.activations", "keras.initializers", "keras.ops")


def modern(config: dict[str, Any], version: Version) -> Part:
    """Return the network of an architecture of Keras 3.

    Raises:
        RefusalError: a Lambda, a layer that is not Keras' and not registered, or what Keras refuses.
    """
    import keras

    # How a network was trained is not needed.
    config = with_modules({key: value for key, value in config.items() if key != "compile_config"})
    try:
        _look(config, "model")
    except UnknownLayerError as error:
        raise (newer(version) if version.newer and error.of_keras else error) from None
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:  # what a foreign architecture raises depends on the layer
        if version.newer:
            raise newer(version) from error
        raise RefusalError(f"Keras cannot make its architecture ({reason(error)})", _ANEW) from error
    if not isinstance(model, keras.Model) or not model.built:
        raise RefusalError("its architecture is not that of a network whose input is known", _ANEW)
    return parts_of(model)


def newer(version: Version) -> RefusalError:
    """Return the refusal of a file that a newer Keras wrote and this one cannot read."""
    import keras

    return RefusalError(
        f"written by Keras {version}, newer than Keras {keras.__version__} here, which cannot read it",
        "Install that Keras (pip install -U keras), or save the classifier with an older one.",
    )


def _look(value: Any, name: str) -> None:
    """Look at every object that an architecture names."""
    if isinstance(value, list):
        for one in value:
            _look(one, name)
    if not isinstance(value, dict):
        return
    held, kind = value.get("config"), value.get("class_name")
    inner = str(held.get("name") or name) if isinstance(held, dict) else name
    if isinstance(kind, str):
        _look_at_class(inner, kind, value)
    for one in value.values():
        _look(one, inner)


def _look_at_class(name: str, kind: str, value: dict[str, Any]) -> None:
    import keras

    module = str(value.get("module") or "")
    held = value.get("config")
    if kind == "__lambda__":
        raise RefusalError(f"layer {short(name, 40)!r} holds Python code of its author, which is never run", _ANEW)
    if kind == "function":
        custom = keras.saving.get_custom_objects()
        known = value.get("registered_name") in custom or held in custom
        if not known and not module.startswith(_FUNCTIONS):
            raise RefusalError(
                f"layer {short(name, 40)!r} uses a function {short(held, 40)}, which is not Keras'",
                "Register it with @keras.saving.register_keras_serializable(), then load_classifier reads the file.",
            )
    is_layer = isinstance(held, dict) and ("inbound_nodes" in value or "build_config" in value or ".layers" in module)
    if is_layer and kind not in _MODELS and not module.startswith(("keras.src.ops", "keras.ops")):
        layer_class(name, held or {}, str(value.get("registered_name") or kind), module)
    if isinstance(held, dict) and isinstance(held.get("layers"), list) and kind not in _MODELS:
        registered = keras.saving.get_registered_object(str(value.get("registered_name")))
        if registered is None:
            raise UnknownLayerError(name, f"{kind}, a class of its author")
