"""Small classifiers as Keras 2 writes them, and their own scores: what the tests of our reader of files read.

    uv venv /tmp/old && uv pip install --python /tmp/old/bin/python tf_keras tensorflow h5py
    /tmp/old/bin/python tools/old_files.py tests/models/files/written

Writes functional.h5, functional.keras, functional (a SavedModel), weights.h5, sliced.h5, teachable.h5 and scores.npz:
`NAME_images` and `NAME_scores`.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras import layers


def functional(sliced: bool) -> Any:
    """Return a network with operators, networks within it (one frozen, one called twice) and a name with a stroke."""
    image = tf_keras.Input((12, 12, 3), name="image")
    x = layers.Rescaling(1 / 255, name="rescaling")(image) / 0.5 - 1.0
    x = layers.Conv2D(4, 3, activation="relu", name="first")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = tf.nn.relu(layers.DepthwiseConv2D(3, name="deep")(x))
    x = x[..., ::-1] if sliced else x
    x = layers.Activation("hard_sigmoid", name="hard")(x)
    inner = tf_keras.Sequential(
        [
            tf_keras.Input((8, 8, 4)),
            layers.Conv2D(3, 3, name="inner/conv"),
            layers.BatchNormalization(name="inner_norm"),
            layers.GlobalAveragePooling2D(name="mean"),
        ],
        name="inner",
    )
    seen = tf_keras.Input((8, 8, 4), name="seen")
    twice = tf_keras.Model(seen, layers.Conv2D(3, 3, name="frozen")(seen), name="twice")
    twice.trainable = False
    both = [
        layers.GlobalAveragePooling2D(name="average")(twice(x)),
        layers.GlobalMaxPooling2D(name="largest")(twice(x)),
    ]
    x = layers.Add(name="sum")([inner(x), layers.Add(name="both")(both)])
    return tf_keras.Model(image, layers.Dense(2, activation="softmax", name="classes")(x), name="small")


def teachable() -> Any:
    """Return a network built as Teachable Machine builds its own, with a far smaller one inside."""
    image = tf_keras.Input((12, 12, 3), name="input_1")
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="Conv1_pad")(image)
    x = layers.Conv2D(4, 3, strides=2, use_bias=False, name="Conv1")(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(layers.BatchNormalization(name="bn_Conv1")(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="expanded_conv_depthwise")(x)
    features = tf_keras.Model(image, layers.BatchNormalization(name="expanded_conv_depthwise_BN")(x), name="model1")
    pooled = tf_keras.Sequential([features, layers.GlobalAveragePooling2D(name="mean")], name="sequential_1")
    head = tf_keras.Sequential(
        [layers.Dense(5, activation="relu", name="hidden"), layers.Dense(2, use_bias=False, activation="softmax")],
        name="sequential_3",
    )
    return tf_keras.Sequential([pooled, head], name="sequential_4")


def filled(model: Any, image: tuple[int, int, int]) -> Any:
    """Return the model with weights that differ from each other, and scores that differ between images."""
    rng = np.random.default_rng(3)
    model(np.zeros((1, *image), np.float32))
    model.set_weights([rng.uniform(0.1, 1.0, one.shape) - 0.55 * (one.ndim > 1) for one in model.get_weights()])
    return model


def main() -> None:
    """Write the files and the scores."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    image = (12, 12, 3)
    images = (np.random.default_rng(4).random((4, *image)) * 255).astype(np.float32)
    kept: dict[str, Any] = {}
    for name, model in (("functional", functional(False)), ("sliced", functional(True)), ("teachable", teachable())):
        seen = images / 127.5 - 1 if name == "teachable" else images
        filled(model, image).save(folder / f"{name}.h5", include_optimizer=False)
        kept |= {f"{name}_images": seen, f"{name}_scores": model.predict(seen, verbose=0)}
        if name == "functional":
            model.save(folder / "functional.keras")
            model.save_weights(folder / "weights.h5")
            model.save(folder / "functional", save_format="tf")
            # The program is never read: its name alone says that this is a SavedModel.
            (folder / "functional" / "saved_model.pb").write_bytes(b"")
            (folder / "functional" / "fingerprint.pb").unlink(missing_ok=True)
            shutil.rmtree(folder / "functional" / "assets", ignore_errors=True)
    np.savez_compressed(folder / "scores.npz", **kept)


if __name__ == "__main__":
    main()
