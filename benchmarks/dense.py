"""Dense score maps: batched windows, shift-and-stitch, dilation and fragments against one another.

    python benchmarks/dense.py [--rounds 7] [--only lenet-200 …]

Every side computes the same map, which is checked first. In each round every side runs once, one after another, with a
large matrix product beside each, so that whatever else the machine does falls on all; figures are medians of the
rounds' ratios. Memory is that of a process of its own, over what it held before the map was asked for.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from machine import machine

from fullconv.config.quiet import load_tensorflow

SEED = 0
SIDE = 2048  # of the square matrices whose product gives the rate
TOLERANCE = 1e-5
BATCHES = (64, 256, 1024, 4096)
GOALS = {"windows": 15.0, "stitch": 1.9, "rate": 0.85, "difference": 1e-5}
# Classifier: widths of the convolutions and units of the hidden dense layer; 5×5 kernels, 2×2 pools, window 28.
NETWORKS = {"lenet": ([16, 32], 64), "lenet-wide": ([20, 50], 500)}
CASES = {f"{network}-{side}": (network, side) for side in (200, 1000) for network in NETWORKS}


def lenet(network: str) -> Any:
    """Return the padding-free LeNet with weights whose scores differ from window to window."""
    import numpy as np

    from fullconv.config.schema import ModelConfig
    from fullconv.models.build import build_classifier

    channels, units = NETWORKS[network]
    classifier = build_classifier(ModelConfig("valid", channels, 1, units), (28, 28, 1), 10, SEED)
    rng = np.random.default_rng(SEED)
    for weight in classifier.weights:
        fan_in = np.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 25.0
        weight.assign(rng.normal(0, np.sqrt(2 / fan_in), weight.shape))
    return classifier


def image_of(side: int) -> Any:
    """Return one random image."""
    import numpy as np

    return np.random.default_rng(SEED).random((1, side, side, 1), dtype=np.float32)


def windows_of(classifier: Any, batch: int) -> Callable[[Any], Any]:
    """Return the map by the classifier itself, on batches of windows."""
    import numpy as np
    import tensorflow as tf

    compiled = tf.function(
        lambda crops: classifier(crops, training=False),
        input_signature=[tf.TensorSpec((None, 28, 28, 1))],
        autograph=False,
    )

    def scores(image: Any) -> Any:
        view = np.lib.stride_tricks.sliding_window_view(image[0, :, :, 0], (28, 28))
        rows, cols = view.shape[:2]
        found = np.empty((rows * cols, 10), np.float32)
        for start in range(0, rows * cols, batch):
            places = np.arange(start, min(start + batch, rows * cols))
            found[places] = compiled(view[places // cols, places % cols][..., None])
        return found.reshape(1, rows, cols, 10)

    return scores


def seconds(run: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def matrix_product() -> Callable[[], Any]:
    """Return a product of two large square matrices."""
    import numpy as np
    import tensorflow as tf

    one = tf.constant(np.random.default_rng(SEED).random((SIDE, SIDE), dtype=np.float32))
    multiply = tf.function(lambda: tf.linalg.matmul(one, one), autograph=False)
    return lambda: multiply().numpy()


def measured(case: str, rounds: int) -> dict[str, Any]:
    """Return one case's figures."""
    import numpy as np

    from fullconv.convert.conversion import convolutionalize
    from fullconv.dense.densify import ENGINES, densify

    network, side = CASES[case]
    classifier, image, product = lenet(network), image_of(side), matrix_product()
    conversion = convolutionalize(classifier)
    trial = image[:, :60]
    batches = {batch: windows_of(classifier, batch) for batch in BATCHES}
    for run in batches.values():
        run(trial)
    best = min(batches, key=lambda batch: min(seconds(lambda: batches[batch](trial)) for _ in range(3)))
    sides: dict[str, Any] = {"windows": batches[best], **{name: densify(conversion, name) for name in ENGINES}}
    default = densify(conversion).tiling(side, side)
    maps = {name: run(image) for name, run in sides.items()}
    differences = {name: float(np.abs(scores - maps["windows"]).max()) for name, scores in maps.items()}
    del maps
    taken: dict[str, list[float]] = {name: [] for name in (*sides, "product")}
    for number in range(rounds):
        for name in list(sides) if number % 2 else reversed(sides):
            taken[name].append(seconds(lambda: sides[name](image)))
        taken["product"].append(min(seconds(product) for _ in range(5)))
    useful = sides["dilate"]._engines["dilate"].cost((side, side)).products
    return {
        "default": default.engine,
        "parts": list(default.parts),
        "batch": best,
        "sides": {
            name: {
                "seconds": round(statistics.median(taken[name]), 4),
                "windows": _ratio(taken["windows"], taken[name]),
                "stitch": _ratio(taken["stitch"], taken[name]),
                "rate": round(
                    statistics.median(
                        (useful / mine) / (SIDE**3 / other) for mine, other in zip(taken[name], taken["product"], strict=True)
                    ),
                    3,
                ),
                "difference": differences[name],
            }
            for name in sides
        },
        "product_gflops": round(2e-9 * SIDE**3 / statistics.median(taken["product"])),
    }


def _ratio(others: list[float], mine: list[float]) -> float:
    return round(statistics.median(other / own for other, own in zip(others, mine, strict=True)), 3)


if __name__ == "__main__":
    load_tensorflow()
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=list(CASES))
    a = parser.parse_args()
    for case in a.only:
        print(case)
        r = measured(case, a.rounds)
        for k, v in r.items():
            if k == "sides":
                for n, s in v.items():
                    print("   ", n, s)
            else:
                print("  ", k, v)
