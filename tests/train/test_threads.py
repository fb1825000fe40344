"""Threads, and the same weights in two processes."""

import json
import logging
import os
import subprocess
import sys

import pytest
import tensorflow as tf

from fullconv.train.threads import configure_threads

pytestmark = pytest.mark.numeric

PROGRAM = """
import hashlib, json
import numpy as np
from fullconv.train.threads import configure_threads
configure_threads(2)
import keras, tensorflow as tf
from fullconv.config.schema import AugmentConfig, TrainConfig
from fullconv.train.loop import fit
from fullconv.train.material import Fixed
keras.utils.set_random_seed(0)
layers = keras.layers
model = keras.Sequential([
    keras.Input((28, 28, 1)), layers.Conv2D(16, 3, 2, "same", activation="swish"),
    layers.Conv2D(32, 3, 2, "same", activation="swish"), layers.GlobalMaxPooling2D(), layers.Dropout(0.3),
    layers.Dense(32, "swish"), layers.Dense(10, "softmax"),
])
rng = np.random.default_rng(0)
images, labels = rng.integers(0, 256, (1200, 28, 28, 1), np.uint8), rng.integers(0, 10, 1200).astype(np.int32)
history = fit(model, Fixed(images, labels), images[:300], labels[:300],
              TrainConfig(epochs=1, batch_size=100, learning_rate=0.001, shards=2), AugmentConfig(1, 0.2), 7)
threads = tf.config.threading
print(json.dumps({
    "weights": hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest(),
    "history": history.rows(),
    "threads": [threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads()],
}))
"""


def test_two_processes_give_the_same_weights_whatever_their_threads() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONHASHSEED": threads, "FULLCONV_THREADS": threads},
        )
        for threads in ("1", "2")
    ]
    first, second = [json.loads(process.communicate()[0]) for process in running]
    assert first.pop("threads") == [1, 1]
    assert second.pop("threads") == [1, 2]
    assert first == second


def test_threads_of_a_process_at_work_stay(caplog: pytest.LogCaptureFixture) -> None:
    tf.constant(1) + 1
    before = tf.config.threading.get_inter_op_parallelism_threads()
    with caplog.at_level(logging.INFO, "fullconv"):
        configure_threads(before + 3)
    assert tf.config.threading.get_inter_op_parallelism_threads() == before
    assert "stay as they are" in caplog.text
