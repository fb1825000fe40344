"""An epoch of training against the plain Keras script, and a shifted epoch against a plain one.

    python -m benchmarks.training [--pairs 9]

Long-lived workers, each with its own thread settings, take turns epoch by epoch, so that whatever else the machine
does falls on both sides. A pair is two epochs next to each other; the figure is the median of the pairs' ratios. The
first epoch of each worker, which compiles, is dropped. Timed is the training part of an epoch, without validation.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from fullconv.config.quiet import load_tensorflow

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BATCH = 100
RATE = 0.001
SEED = 0
# After equally many epochs from the same weights in other orders: how far the two sides may lie apart.
TOLERANCES = {"loss": 0.15, "val_accuracy": 0.01}  # loss: relative; accuracy: share of the images
GOALS = {"ours / Keras script": 0.55, "shifted / plain": 1.10}


def mnist() -> tuple[Any, Any, Any, Any, str]:
    """Return the training and test arrays, and what they are: MNIST, or noise of its size where there is none."""
    import numpy as np
    from omegaconf import OmegaConf

    from fullconv.config.schema import DataConfig
    from fullconv.data.sources.choice import load_arrays
    from fullconv.errors import InputError

    knobs = OmegaConf.merge(OmegaConf.structured(DataConfig), OmegaConf.load(ROOT / "conf" / "data" / "mnist.yaml"))
    try:
        arrays = load_arrays(OmegaConf.to_object(knobs))
        return arrays.train_images, arrays.train_labels, arrays.test_images, arrays.test_labels, "mnist"
    except InputError as error:
        print(f"noise of MNIST's size takes its place. {error}", file=sys.stderr)
    rng = np.random.default_rng(SEED)
    labels = rng.integers(0, 10, 70_000).astype(np.int32)
    images = rng.integers(0, 100, (70_000, 28, 28, 1), np.uint8)
    for row in range(3):  # a bright block whose place is the class
        images[np.arange(70_000), 2 * labels + 4 + row, 5:15] += 60
    return images[:60_000], labels[:60_000], images[60_000:], labels[60_000:], "synthetic"


def swish(classes: int) -> Any:
    """Return the classifier `swish`."""
    from fullconv.config.schema import ModelConfig
    from fullconv.models.build import build_classifier

    config = ModelConfig(architecture="swish", channels=[16, 32, 64], repeats=1, units=64)
    return build_classifier(config, (28, 28, 1), classes, SEED)


def turns(pipe: Connection) -> Any:
    """Return a callback that waits for its turn before each epoch and reports the epoch after it."""
    import keras

    class Turns(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            pipe.recv()
            self.started = time.perf_counter()

        def on_test_begin(self, logs: Any = None) -> None:
            self.seconds = time.perf_counter() - self.started

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            pipe.send({"seconds": self.seconds, **{name: float(value) for name, value in (logs or {}).items()}})

    return Turns()


def ours(pipe: Connection, epochs: int, shift: bool) -> None:
    """Worker: fullconv's training, plain or shifted, with its thread settings."""
    load_tensorflow()
    from fullconv.config.schema import AugmentConfig, TrainConfig
    from fullconv.train.loop import fit
    from fullconv.train.material import Fixed
    from fullconv.train.threads import configure_threads

    shards = os.cpu_count() or 1
    configure_threads(shards)
    *arrays, _ = mnist()
    plain, shifted = (0, epochs) if shift else (epochs, 0)
    train = TrainConfig(epochs=plain, batch_size=BATCH, learning_rate=RATE, shards=shards)
    augment = AugmentConfig(epochs=shifted, shift=0.2)
    fit(swish(10), Fixed(*arrays[:2]), *arrays[2:], train, augment, SEED, [turns(pipe)])


def script(pipe: Connection, epochs: int) -> None:
    """Worker: the plain Keras script with Keras' own settings."""
    load_tensorflow()
    import keras

    train_images, train_labels, test_images, test_labels, _ = mnist()
    model = swish(10)
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        train_images / 255.0,
        train_labels,
        batch_size=BATCH,
        epochs=epochs,
        verbose=0,
        validation_data=(test_images / 255.0, test_labels),
        callbacks=[turns(pipe)],
    )


def take_turns(sides: dict[str, tuple[Callable[..., None], tuple[Any, ...]]], pairs: int) -> dict[str, list[Any]]:
    """Return each side's epochs, run one at a time in alternating order, the first of each dropped."""
    context = multiprocessing.get_context("spawn")
    pipes, workers = {}, []
    for name, (work, arguments) in sides.items():
        pipes[name], far = context.Pipe()
        workers.append(context.Process(target=work, args=(far, pairs + 1, *arguments), daemon=True))
        workers[-1].start()
        far.close()  # so that a worker that dies is noticed
    found: dict[str, list[Any]] = {name: [] for name in sides}
    for epoch in range(pairs + 1):
        for name in list(sides) if epoch % 2 else reversed(sides):
            pipes[name].send("go")
            found[name].append(pipes[name].recv())
    for worker in workers:
        worker.join()
    return {name: epochs[1:] for name, epochs in found.items()}


def compared(ours: list[Any], theirs: list[Any]) -> dict[str, Any]:
    """Return the figures of one comparison; seconds per epoch."""
    ratios = [mine["seconds"] / other["seconds"] for mine, other in zip(ours, theirs, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "lowest": round(min(ratios), 3),
        "highest": round(max(ratios), 3),
        "seconds": round(statistics.median(epoch["seconds"] for epoch in ours), 2),
        "other_seconds": round(statistics.median(epoch["seconds"] for epoch in theirs), 2),
        "pairs": [round(ratio, 3) for ratio in ratios],
    }


def learned_alike(ours: list[Any], theirs: list[Any]) -> dict[str, Any]:
    """Return both sides' final figures and whether they lie within the tolerances."""
    mine, other = ours[-1], theirs[-1]
    gaps = {
        "loss": abs(mine["loss"] / other["loss"] - 1),
        "val_accuracy": abs(mine["val_accuracy"] - other["val_accuracy"]),
    }
    return {
        **{f"{name}": [round(mine[name], 4), round(other[name], 4)] for name in gaps},
        "tolerances": TOLERANCES,
        "within": all(gaps[name] <= TOLERANCES[name] for name in gaps),
    }


def main() -> None:
    """Measure, print one table and write `benchmarks/results/training.json`."""
    from rich.console import Console
    from rich.table import Table

    from fullconv.files import write_json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15, help="pairs of epochs per comparison")
    pairs = max(1, parser.parse_args().pairs)

    data = mnist()[-1]  # fetched once, before the workers ask for it
    epochs = take_turns({"script": (script, ()), "ours": (ours, (False,)), "shifted": (ours, (True,))}, pairs)
    alike = learned_alike(epochs["ours"], epochs["script"])
    results = {
        "ours / Keras script": compared(epochs["ours"], epochs["script"]),
        "shifted / plain": compared(epochs["shifted"], epochs["ours"]),
    }
    table = Table(title=f"An epoch of swish, batch {BATCH}: medians of {pairs} pairs, {os.cpu_count()} cores")
    for column in ("comparison", "s", "against s", "ratio", "lowest to highest", "goal"):
        table.add_column(column, justify="left" if column == "comparison" else "right")
    for name, figures in results.items():
        table.add_row(
            name,
            f"{figures['seconds']:.2f}",
            f"{figures['other_seconds']:.2f}",
            f"{figures['ratio']:.2f}",
            f"{figures['lowest']:.2f} to {figures['highest']:.2f}",
            f"≤ {GOALS[name]:.2f}",
        )
    console = Console()
    console.print(table)
    for name, tolerance in TOLERANCES.items():
        mine, other = alike[name]
        console.print(f"{name} after the last epoch: ours {mine}, Keras script {other} (tolerance {tolerance})")
    write_json(
        ROOT / "benchmarks" / "results" / "training.json",
        {"comparisons": results, "learned": alike, "goals": GOALS, "data": data, "machine": machine()},
    )
    if not alike["within"]:
        sys.exit("The two sides did not learn the same thing: the times say nothing.")


if __name__ == "__main__":
    main()
