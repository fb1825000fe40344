"""A forward pass traced once."""

from collections.abc import Callable
from typing import Any


def traced(run: Callable[[Any], Any], channels: int, dtype: str) -> Callable[[Any], Any]:
    """Return `run`, a function of images `(N, H, W, C)`, as a TensorFlow graph for images of every size."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, None, None, channels), dtype)
    function = tf.function(run, input_signature=[signature], autograph=False)
    if tf.config.functions_run_eagerly():
        return function  # type: ignore[no-any-return]
    # Its one graph, not the function: TensorFlow warns of many graphs, and counts those of all networks together.
    graph = function.get_concrete_function()
    return lambda images: graph(tf.convert_to_tensor(images, dtype))
