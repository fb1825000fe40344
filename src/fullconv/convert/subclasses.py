"""Subclasses of Keras' layers: which of them compute what their parent does.

Files of Keras 2 are loaded with `class DepthwiseConv2D(keras.layers.DepthwiseConv2D)` whose `__init__` drops a keyword.
Its `call` is the parent's own, so it is the parent. One that overrides anything else may compute anything.
"""

from typing import Any

# What a subclass may define without changing what its instances compute.
_HARMLESS = {"get_config", "from_config"}  # and __init__
_MATTERING = {"__call__", "__getattribute__", "__new__", "__setattr__"}  # of names between underscores
# What Keras itself puts into every layer.
_OF_EVERY_LAYER = {"build", "quantize"}


def of_keras(cls: type) -> bool:
    """Return whether a class is Keras' own."""
    return cls.__module__.split(".")[0] == "keras"


def parent_of(cls: type) -> type:
    """Return the nearest class of Keras that a class is, or is derived from; `object` if there is none."""
    return next((one for one in cls.__mro__ if of_keras(one)), object)


def overridden(layer: Any) -> list[str]:
    """Return the names of what a layer, by its class or itself, defines otherwise than its parent in Keras."""
    cls, parent = type(layer), parent_of(type(layer))
    before = cls.__mro__[: cls.__mro__.index(parent)]
    own = {name for one in before for name in vars(one) if _matters(name)}
    replaced = {name for name in vars(layer) if callable(getattr(parent, name, None))} - _OF_EVERY_LAYER
    return sorted(own | replaced)


def _matters(name: str) -> bool:
    if name.startswith("__") and name.endswith("__"):
        return name in _MATTERING
    return name not in _HARMLESS


def plain(layer: Any) -> Any:
    """Return a layer as one of its parent in Keras, with the same weights, if its class changes nothing else."""
    parent = parent_of(type(layer))
    if parent is type(layer) or parent is object or overridden(layer):
        return layer
    made: Any = object.__new__(parent)
    vars(made).update(vars(layer))
    return made
