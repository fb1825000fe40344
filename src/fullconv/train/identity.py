"""What makes a training this training: go on from nothing else."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fullconv.config.onednn import onednn
from fullconv.config.schema import ClassifierConfig
from fullconv.data.arrays import KEYS, Arrays
from fullconv.data.crops.storage import add_crops

_CODE = ("data", "models", "train")  # packages: all that the outputs of a training depend on lies in them
_LOOKING = ("convert", "dense", "finders", "locate")  # and in these, where it searches scenes in between


def training_digest(arrays: Arrays, config: ClassifierConfig, classes: Sequence[str], seed: int) -> str:
    """Return a SHA-256 of all that determines a training: data, knobs, seed, devices, this code and its libraries.

    Whether TensorFlow computes with oneDNN is part of it: an epoch with and one without are no training.
    """
    total = hashlib.sha256()
    looks = bool(config.background.looks)
    keys = ("model", "background", "augment", "train", *(["locate"] if looks else []))
    knobs = {key: asdict(getattr(config, key)) for key in keys}
    facts = {
        **knobs,
        "classes": list(classes),
        "seed": seed,
        "replicas": tf.distribute.get_strategy().num_replicas_in_sync,
        "onednn": onednn(),
        "versions": [tf.__version__, keras.__version__, np.__version__, version("fullconv")],
    }
    total.update(json.dumps(facts, sort_keys=True).encode())
    for key in KEYS:
        values = getattr(arrays, key)
        total.update(f"{key} {values.dtype} {values.shape}".encode())
        total.update(np.ascontiguousarray(values).data)
    if arrays.crops is not None:
        add_crops(lambda key, values: total.update(key.encode() + np.ascontiguousarray(values).tobytes()), arrays.crops)
    package = Path(__file__).resolve().parent.parent
    code = (*_CODE, *(_LOOKING if looks else ()))
    for file in sorted(file for name in code for file in (package / name).rglob("*.py")):
        total.update(f"{file.relative_to(package).as_posix()} ".encode())
        total.update(file.read_bytes())
    return total.hexdigest()
