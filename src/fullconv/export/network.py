"""A conversion as one TensorFlow function, for whatever writes it down in another format."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fullconv.convert.conversion import Conversion

IMAGES, SCORES = "images", "scores"  # what every format calls its input and its output
_MUST_COMPILE = "_XlaMustCompile"  # Keras marks convolutions of several groups so; nobody else can read the mark


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
        import tensorflow as tf

        model = self.conversion.model
        own = model.inputs[0].dtype

        def scores(images: Any) -> dict[str, Any]:
            return {SCORES: tf.cast(model(tf.cast(images, own), training=False), tf.float32)}

        signature = tf.TensorSpec((None, None, None, self.channels), self.dtype, name=IMAGES)
        return tf.function(scores, input_signature=[signature], autograph=False)

    @cached_property
    def frozen(self) -> Any:
        """The same as a concrete function whose weights are constants: as variables LiteRT computes NaN from them."""
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

        return convert_variables_to_constants_v2(self.function.get_concrete_function())

    def graph(self) -> Any:
        """Return the frozen function as a GraphDef of operations that other frameworks can read."""
        graph = self.frozen.graph.as_graph_def()
        for function in graph.library.function:
            function.attr.pop(_MUST_COMPILE, None)
        for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
            for node in nodes:
                node.attr.pop(_MUST_COMPILE, None)
        return graph
