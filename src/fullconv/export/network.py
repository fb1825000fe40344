"""A conversion as one TensorFlow function, for whatever writes it down in another format."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fullconv.convert.conversion import Conversion
from fullconv.convert.weights import fill, weights_of
from fullconv.proof.faithful import HALF

IMAGES, SCORES = "images", "scores"  # what every format calls its input and its output
# Keras marks convolutions of several groups so; nobody else can read the marks.
_MARKS = ("_XlaMustCompile", "_noinline")


@dataclass(frozen=True)
class Network:
    """A conversion that reads images `(N, H, W, C)` of single precision and gives scores `(N, H', W', K)` of the same.

    A network that reads whole numbers goes on reading them.
    """

    conversion: Conversion

    @property
    def channels(self) -> int:
        """How many channels an image has."""
        return int(self.conversion.model.input_shape[-1])

    @property
    def dtype(self) -> str:
        """The number format of its images."""
        own = str(self.conversion.model.inputs[0].dtype)
        return "float32" if "float" in own else own

    @cached_property
    def function(self) -> Any:
        """The forward pass as a `tf.function` of images of every size and number."""
        return self._traced(self.conversion.model)

    def _traced(self, model: Any) -> Any:
        import tensorflow as tf

        own = model.inputs[0].dtype

        def scores(images: Any) -> dict[str, Any]:
            return {SCORES: tf.cast(model(tf.cast(images, own), training=False), tf.float32)}

        signature = tf.TensorSpec((None, None, None, self.channels), self.dtype, name=IMAGES)
        return tf.function(scores, input_signature=[signature], autograph=False)

    @cached_property
    def frozen(self) -> Any:
        """The same as a concrete function that computes in single precision, its weights constants.

        LiteRT computes NaN from variables, and has no operations of half precision.
        """
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        return convert_variables_to_constants_v2(self._traced(in_single(self.conversion.model)).get_concrete_function())

    def graph(self) -> Any:
        """Return the frozen function as a GraphDef of operations that other frameworks can read."""
        graph = self.frozen.graph.as_graph_def()
        functions = graph.library.function
        nodes = [node for part in (graph.node, *(function.node_def for function in functions)) for node in part]
        for marked in (*functions, *nodes):
            for mark in _MARKS:
                marked.attr.pop(mark, None)
        return graph


def in_single(model: Any) -> Any:
    """Return a network that computes in single precision: the same, or a copy where a layer computes in half."""
    import keras

    if not any(str(layer.compute_dtype) in HALF for layer in model.layers):
        return model

    def copied(layer: Any) -> Any:
        made = type(layer).from_config({**layer.get_config(), "dtype": "float32"})
        pairs.append((layer, made))
        return made

    pairs: list[tuple[Any, Any]] = []
    copy = keras.models.clone_model(model, clone_function=copied)
    for layer, made in pairs:
        if isinstance(layer, keras.Layer):  # an operator of keras.ops has no weights
            fill(made, weights_of(layer))
    return copy
