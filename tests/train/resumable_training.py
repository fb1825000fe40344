"""A training for tests to kill: python resumable_training.py CASE CHECKPOINT [MOMENT]; prints its outputs' digest.

At the MOMENT, such as `epoch 1 begin`, it says so and waits to be killed.
"""

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import keras

from fullconv.config.schema import AugmentConfig, BackgroundConfig, ClassifierConfig, ModelConfig, TrainConfig
from fullconv.data.arrays import Arrays
from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.models.build import ARCHITECTURES, Architecture
from fullconv.models.swish import swish_features
from fullconv.train import checkpoint as checkpoints
from fullconv.train.recipe import train_classifier

WINDOWS: dict[str, Any] = {
    "windows": 300,
    "test": 40,
    "share": 0.5,
    "empty": 0.2,
    "sizes": [0.5, 2.0],
    "place": 1.0,
    "size": 0.1,
    "place_tolerance": 2.5,
    "size_tolerance": 0.2,
    "hardest": 2.0,
}
SWISH: dict[str, Any] = {"architecture": "swish", "channels": [8, 8], "units": 16}
TRAIN: dict[str, Any] = {"epochs": 3, "batch_size": 64, "learning_rate": 0.01, "shards": 2}
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "shifted": {"augment": {"epochs": 2, "shift": 0.2}},
    "dropout": {"model": {**SWISH, "feature_dropout": 0.3, "head_dropout": 0.2}},
    "mined": {"background": WINDOWS},
    # At so high a rate the validation loss rises, and the phase ends early with the weights of an epoch before.
    "patient": {"train": {"patience": 1, "learning_rate": 0.1}, "augment": {"epochs": 3, "shift": 0.2}},
    "cosine": {"train": {"decay": "cosine"}},
    "normalized": {"model": {**SWISH, "architecture": "normalized"}},
    "everything": {
        "model": {**SWISH, "feature_dropout": 0.3},
        "background": WINDOWS,
        "train": {"patience": 1, "decay": "cosine", "learning_rate": 0.02},
        "augment": {"epochs": 2, "shift": 0.2},
    },
}


def normalized_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return features of an image whose statistics are learnt: a layer that needs whole batches."""
    return swish_features(keras.layers.BatchNormalization(name="normalization")(image), channels, repeats)


NORMALIZED = Architecture(normalized_features, "relu", smallest=1, channels=None, repeats=None)


def configured(case: str) -> ClassifierConfig:
    """Return the classifier of a case."""
    knobs = CASES[case]
    return ClassifierConfig(
        model=ModelConfig(**knobs.get("model", SWISH)),
        background=BackgroundConfig(**knobs.get("background", {})),
        augment=AugmentConfig(**knobs.get("augment", {})),
        train=TrainConfig(
            **{"epochs": 3, "batch_size": 64, "learning_rate": 0.01, "shards": 2, **knobs.get("train", {})}
        ),
    )


def arrays() -> Arrays:
    """Return some digits."""
    whole = digits_like_mnist()
    return Arrays(whole.train_images[:300], whole.train_labels[:300], whole.test_images[:100], whole.test_labels[:100])


def digest(model: Any) -> str:
    """Return a SHA-256 of a model's variables."""
    return hashlib.sha256(b"".join(each.tobytes() for each in checkpoints.values_of(model.variables))).hexdigest()


class Moments(keras.callbacks.Callback):  # type: ignore[misc]
    """Calls `reach` with the moment that a training is at."""

    def __init__(self, reach: Any) -> None:
        super().__init__()
        self.reach, self.epoch, self.heard = reach, 0, []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch
        self.heard.append(epoch)
        self.reach(f"epoch {epoch} begin")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.reach(f"epoch {self.epoch} batch {batch}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.reach(f"epoch {epoch} end")

    def on_train_end(self, logs: Any = None) -> None:
        self.reach("end")


def main(case: str, path: str, moment: str = "") -> None:
    """Train, and print what came out."""

    def reach(place: str) -> None:
        if place == moment:
            sys.stdout.write(f"{place}\n")
            sys.stdout.flush()
            time.sleep(600)

    moments = Moments(reach)
    if moment.endswith("write"):  # in the middle of the file
        whole = checkpoints.np.lib.format.write_array

        def written(*given: Any, **more: Any) -> None:
            whole(*given, **more)
            reach(f"epoch {moments.epoch} write")

        checkpoints.np.lib.format.write_array = written
    done = train_classifier(arrays(), configured(case), list("0123456789"), 3, [moments], Path(path))
    told = {
        "weights": digest(done.classifier),
        "rows": done.history.rows(),
        "metrics": done.metrics,
        "heard": moments.heard,
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    ARCHITECTURES["normalized"] = NORMALIZED
    main(*sys.argv[1:])
