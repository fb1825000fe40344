"""A map of a large photo by a pretrained network: against the classifier on crops, and against no head at all.

    python -m benchmarks.photos [--weights imagenet] [--rounds 5] [--pairs 15]

EfficientNet-Lite0 on 1024×1024 pixels. The crops are the windows of 224×224 pixels that the map has a cell for, in
batches of the best size, through the same Keras classifier compiled by `tf.function`. Headless is the same network
without pooling and dense head, as a Keras model compiled likewise. The map is computed in two ways: by
`conversion.forward`, which runs the layers as they are, and by `densify` at the network's own stride, which draws
normalizations into convolutions. The latter also runs with a head of one unit, to tell what 1,000 classes cost. All
sides run in turn; figures are medians of paired ratios. The network pads, so a cell is not the classifier on its crop:
the results say how near it comes.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.machine import machine
from benchmarks.pages.photos import BENCHMARK, COLUMNS, photo_rows
from benchmarks.photo_memory import peak_of
from fullconv.config.quiet import load_tensorflow

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
NETWORK = "efficientnet_lite0"
SIDE = 1024
BATCHES = (8, 16, 32)
GOALS = {"over_headless": 1.02, "difference": 1e-4, "bytes": 4 * 2**30}
HEADS = ("window", "cell")
SYNSET = "dog"
CERTAIN = 0.5  # of a crop's best class

Run = Callable[[], Any]


def photo() -> Any:
    """Return a photo `(1, 1024, 1024, 3)` in 0..1: the middle of scikit-image's coffee, enlarged."""
    import numpy as np
    from skimage.data import coffee
    from skimage.transform import resize

    return resize(coffee()[:, 100:500] / 255.0, (SIDE, SIDE), order=1)[None].astype(np.float32)


def crops_of(classifier: Any, stride: int, batch: int) -> Callable[[Any], Any]:
    """Return the map by the classifier itself, on batches of crops."""
    import numpy as np
    import tensorflow as tf

    height, width = classifier.input_shape[1:3]
    compiled = tf.function(
        lambda crops: classifier(crops, training=False),
        input_signature=[tf.TensorSpec((None, height, width, 3))],
        autograph=False,
    )

    def scores(image: Any) -> Any:
        view = np.lib.stride_tricks.sliding_window_view(image[0], (height, width), axis=(0, 1))
        view = view[::stride, ::stride].transpose(0, 1, 3, 4, 2)
        rows, cols = view.shape[:2]
        found = np.empty((rows * cols, 1000), np.float32)
        for start in range(0, rows * cols, batch):
            places = np.arange(start, min(start + batch, rows * cols))
            found[places] = compiled(view[places // cols, places % cols])
        return found.reshape(1, rows, cols, -1)

    return scores


def best_batch(classifier: Any, stride: int, image: Any) -> int:
    """Return the quickest batch size on a band of 26 × 3 crops."""
    from benchmarks.dense import seconds

    taken = {}
    for batch in BATCHES:
        run = partial(crops_of(classifier, stride, batch), image[:, : 224 + 2 * stride])
        run()
        taken[batch] = min(seconds(run, 0) for _ in range(2))
    return min(taken, key=lambda batch: taken[batch])


def headless_of(classifier: Any) -> Run:
    """Return the classifier's features of an image of any size: pooling and dense head are left out."""
    import keras
    import tensorflow as tf

    features = keras.Model(classifier.input, classifier.layers[-2].input)
    network = keras.models.clone_model(features, input_tensors=keras.Input((None, None, 3)))
    network.set_weights(features.get_weights())
    compiled = tf.function(
        lambda image: network(image, training=False),
        input_signature=[tf.TensorSpec((None, None, None, 3))],
        autograph=False,
    )
    return lambda image: compiled(image).numpy()


def one_unit(classifier: Any) -> Any:
    """Return the classifier with a head of one unit instead of 1,000."""
    import keras

    return keras.Model(classifier.input, keras.layers.Dense(1)(classifier.layers[-2].output))


def rounds_of(sides: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each side in each round; who begins alternates."""
    from benchmarks.dense import seconds

    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in list(sides) if number % 2 else reversed(sides):
            taken[name].append(seconds(sides[name], 0))
    return taken


def ratio(one: list[float], other: list[float]) -> float:
    """Return the median of paired ratios."""
    return round(statistics.median(a / b for a, b in zip(one, other, strict=True)), 3)


def measured(weights: str, rounds: int, pairs: int) -> dict[str, Any]:
    """Return all figures."""
    import numpy as np

    from fullconv.convert.conversion import convolutionalize
    from fullconv.dense.densify import densify
    from fullconv.imagenet.networks import build_network
    from fullconv.imagenet.synsets import find_synset, synset_scores

    classifier, image = build_network(NETWORK, weights), photo()
    conversions = {head: convolutionalize(classifier, head) for head in HEADS}
    stride = conversions["window"].geometry.stride
    dense = {head: densify(conversion, stride=stride) for head, conversion in conversions.items()}
    bare = densify(convolutionalize(one_unit(classifier), "cell"), stride=stride)
    crop = image[:, 400:624, 400:624]
    own = np.asarray(classifier(crop, training=False))
    differences = {
        "at training size": float(np.abs(dense["window"](crop)[0, 0, 0] - own[0]).max()),
        **{head: float(np.abs(dense[head](image) - conversions[head].forward(image)).max()) for head in HEADS},
    }
    headless = headless_of(classifier)
    sides: dict[str, Run] = {"headless": partial(headless, image), "one unit": partial(bare, image)}
    for head in HEADS:
        sides[f"{head}, forward"] = partial(conversions[head].forward, image)
        sides[f"{head}, densify"] = partial(dense[head], image)
    for run in sides.values():
        run()
    taken = rounds_of(sides, pairs)
    batch = best_batch(classifier, stride[0], image)
    crops = partial(crops_of(classifier, stride[0], batch), image)
    by_crops, by_map = crops(), dense["window"](image)
    long = rounds_of({"crops": crops, **sides}, rounds)
    synset = find_synset(SYNSET)
    certain, agrees = by_crops.max(-1) > CERTAIN, by_map.argmax(-1) == by_crops.argmax(-1)
    sums = rounds_of({"sum": lambda: synset_scores(by_map, synset)}, pairs)["sum"]
    return {
        "batch": batch,
        "cells": list(by_map.shape[1:3]),
        "differences": differences,
        "map_and_crops": {
            "certain_crops": round(float(certain.mean()), 3),
            "best_class_agrees": round(float(agrees[certain].mean()), 3) if certain.any() else None,
            "best_score_by_map": round(float(by_map.max(-1).mean()), 3),
            "best_score_by_crops": round(float(by_crops.max(-1).mean()), 3),
        },
        "memory": {head: peak_of(head, weights) for head in HEADS},
        "crops_seconds": round(statistics.median(long["crops"]), 2),
        "synset_sum_ms": round(1e3 * statistics.median(sums), 2),
        "sides": {
            name: {
                "seconds": round(statistics.median(taken[name]), 4),
                "over_headless": ratio(taken[name], taken["headless"]),
                "over_one_unit": ratio(taken[name], taken["one unit"]),
                "crops_over": ratio(long["crops"], long[name]),
            }
            for name in sides
        },
    }


def main() -> None:
    """Measure, print one table and write `benchmarks/results/photos.json`."""
    from rich.console import Console
    from rich.table import Table

    from fullconv.files import write_json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="imagenet", help="imagenet, none or a file")
    parser.add_argument("--rounds", type=int, default=5, help="with the crops")
    parser.add_argument("--pairs", type=int, default=15, help="without")
    chosen = parser.parse_args()
    load_tensorflow()
    results = measured(chosen.weights, chosen.rounds, chosen.pairs) | {"goals": GOALS, "machine": machine()}
    for name, difference in results["differences"].items():
        if difference > GOALS["difference"]:
            sys.exit(f"{name}: another map (off by {difference:.1e}): its time says nothing.")
    table = Table(title=f"A map of {SIDE}² pixels by {NETWORK}: medians of paired ratios", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "way" else "right")
    for row in photo_rows(results):
        table.add_row(*row)
    Console().print(table)
    write_json(BENCHMARK, results)


if __name__ == "__main__":
    main()
