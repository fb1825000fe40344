"""Keras' own file, as a person without fullconv loads it."""

from pathlib import Path
from typing import Any

import numpy as np

from fullconv.export.network import Network
from fullconv.models.storage import load_model, save_model


def write(network: Network, path: Path) -> None:
    """Write a `.keras` file."""
    save_model(network.conversion.model, path)


def runner(path: Path) -> Any:
    """Return a function images `(N, H, W, C)` → scores `(N, H', W', K)` that Keras computes from the file."""
    model = load_model(path)
    return lambda images: np.asarray(model(images, training=False), np.float32)


def layers_of_ours(network: Network) -> list[str]:
    """Return the kinds of layers in the file that Keras alone does not have."""
    kinds = {type(layer) for layer in network.conversion.model.layers}
    return sorted(kind.__name__ for kind in kinds if kind.__module__.startswith("fullconv."))
