"""TensorFlow's SavedModel: what TensorFlow Serving and TensorFlow itself run, without Keras."""

from pathlib import Path
from typing import Any

from fullconv.export.network import IMAGES, SCORES, Network

SIGNATURE = "serving_default"


def write(network: Network, folder: Path) -> None:
    """Write the folder of a SavedModel with one signature."""
    import tensorflow as tf

    module = tf.Module()
    module.model = network.conversion.model  # whose variables are saved
    module.scores = network.function
    tf.saved_model.save(module, str(folder), signatures={SIGNATURE: network.function})


def runner(folder: Path) -> Any:
    """Return a function images `(N, H, W, C)` → scores `(N, H', W', K)` that TensorFlow computes from the folder."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))
    run = loaded.signatures[SIGNATURE]
    # The module is kept: its variables go with it.
    return lambda images, _kept=loaded: run(**{IMAGES: tf.constant(images)})[SCORES].numpy()
