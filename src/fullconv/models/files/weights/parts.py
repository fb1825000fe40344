"""A network as its file tells it: each layer's name and class there, beside the layer of Keras that it became."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Part:
    """A layer of a file; a network within the network has parts of its own, in the file's order."""

    name: str
    kind: str  # its class there
    layer: Any  # of Keras; of an input its tensor; None for an operator
    parts: list["Part"] = field(default_factory=list)
    after: list[Any] = field(default_factory=list)  # layers without weights that belong to it
    trainable: bool = True


def parts_of(model: "keras.Model") -> Part:
    """Return a Keras model as such a tree."""
    import keras

    parts = [
        parts_of(layer)
        if isinstance(layer, keras.Model) and layer.layers
        else Part(layer.name, type(layer).__name__, layer, trainable=layer.trainable)
        for layer in model.layers
    ]
    return Part(model.name, type(model).__name__, model, parts, trainable=model.trainable)
