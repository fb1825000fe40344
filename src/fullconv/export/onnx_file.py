"""ONNX: written by tf2onnx, run by onnxruntime."""

from pathlib import Path
from typing import Any

from fullconv.errors import InputError
from fullconv.export.network import IMAGES, SCORES, Network

OPSET = 18  # what onnxruntime 1.14 and later run
_AXES = {IMAGES: ("batch", "height", "width"), SCORES: ("batch", "rows", "columns")}


def write(network: Network, path: Path) -> None:
    """Write a `.onnx` file.

    Raises:
        InputError: the network has operations that ONNX has not.
    """
    import onnx

    made = _converted(network)
    unknown = sorted({node.op_type for node in made.graph.node if not onnx.defs.has(node.op_type, node.domain)})
    if unknown:
        raise InputError("ONNX", f"has no operation for {', '.join(unknown)}", "Take another format.")
    for value in (*made.graph.input, *made.graph.output):
        for axis, name in zip(value.type.tensor_type.shape.dim, _AXES[value.name], strict=False):
            axis.dim_param = name
    onnx.save(made, path)


def _converted(network: Network) -> Any:
    import tensorflow as tf
    from tf2onnx import optimizer, tf_loader, tfonnx

    images, scores = network.frozen.inputs[0].name, network.frozen.outputs[0].name
    with tf.Graph().as_default():  # in which functions become operations of the graph
        tf.import_graph_def(network.graph(), name="")
        plain = tf_loader.tf_optimize([images], [scores], network.graph())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(plain, name="")
        written = tfonnx.process_tf_graph(
            graph,
            continue_on_error=True,  # all that is unknown is told at once
            opset=OPSET,
            input_names=[images],
            output_names=[scores],
            custom_op_handlers={"Erfc": (_erfc, [])},
            tensors_to_rename={images: IMAGES, scores: SCORES},
        )
        # Without its ReshapeOptimizer: of networks with one score it lost the last axis, in one run of seven.
        steps = {
            "transpose": optimizer.TransposeOptimizer,
            "constants": optimizer.ConstFoldOptimizer,
            "duplicates": optimizer.MergeDuplicatedNodesOptimizer,
            "identity": optimizer.IdentityOptimizer,
            "back_to_back": optimizer.BackToBackOptimizer,
        }
        return optimizer.optimize_graph(written, optimizers=steps).make_model(network.conversion.model.name)


def _erfc(context: Any, node: Any, name: str, _: Any) -> None:
    """Write 1 - erf(x) for erfc(x), which tf2onnx does not know: GELU has it."""
    import numpy as np

    [read], [given] = node.input, node.output
    shape, dtype = context.get_shape(given), context.get_dtype(given)
    context.remove_node(name)
    one = context.make_const(f"{name}_one", np.array(1, np.float32))
    error = context.make_node("Erf", [read], shapes=[shape], dtypes=[dtype])
    context.make_node(
        "Sub", [one.output[0], error.output[0]], name=name, outputs=[given], shapes=[shape], dtypes=[dtype]
    )


def runner(path: Path) -> Any:
    """Return a function images `(N, H, W, C)` → scores `(N, H', W', K)` that the file's own runtime computes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: session.run([SCORES], {IMAGES: images})[0]
