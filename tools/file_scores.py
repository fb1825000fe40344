"""What a classifier's own Keras makes of images: the scores that our reader of files is held against.

    uv venv /tmp/old && uv pip install --python /tmp/old/bin/python tf_keras tensorflow h5py
    /tmp/old/bin/python tools/file_scores.py FILE …

Files of Keras 1 and 2 are loaded by tf_keras, files of Keras 3 by Keras; neither is a dependency of fullconv's. Beside
each file, NAME.scores.npz gets 24 random images, eight in each of 0..1, -1..1 and 0..255, and their scores.
"""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

EACH = 8  # images of a range
RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))


def version(path: Path) -> str:
    """Return the version of Keras that wrote a file; "2" where it says none."""
    if path.is_dir():
        return "2"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return str(json.loads(archive.read("metadata.json"))["keras_version"])
    with h5py.File(path) as file:
        holder = file if "keras_version" in file.attrs else file.get("model_weights", file)
        return str(holder.attrs.get("keras_version", "2"))


def loaded(path: Path) -> Any:
    """Return the classifier as the Keras that wrote it loads it."""
    if version(path).startswith("3"):
        import keras

        return keras.models.load_model(path, compile=False)
    import tf_keras

    return tf_keras.models.load_model(path, compile=False)


def images(shape: tuple[int, ...]) -> Any:
    """Return random images, coarse patterns and noise, of each range."""
    rng = np.random.default_rng(0)
    height, width, channels = shape
    coarse = rng.random((EACH, 5, 5, channels))
    rows, cols = np.arange(height) * 5 // height, np.arange(width) * 5 // width
    unit = 0.7 * coarse[:, rows][:, :, cols] + 0.3 * rng.random((EACH, height, width, channels))
    return np.concatenate([low + (high - low) * unit for low, high in RANGES]).astype(np.float32)


def main() -> None:
    """Write the scores of each file that is named."""
    for name in sys.argv[1:]:
        path = Path(name)
        model = loaded(path)
        given = images(tuple(model.input_shape[1:]))
        scores = model.predict(given, verbose=0)
        np.savez_compressed(path.with_name(f"{path.name}.scores.npz"), images=given, scores=scores)
        print(f"{path}: Keras {version(path)}, {scores.shape[1]} classes")


if __name__ == "__main__":
    main()
