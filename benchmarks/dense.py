"""Dense score maps: batched windows, shift-and-stitch, dilation and fragments against one another.

    python -m benchmarks.dense [--rounds 9] [--only lenet-200 …]

Every side computes the same map, which is checked first. In each round every side runs once, one after another, with
matrix products before and after each, so that whatever else the machine does falls on all; figures are medians of
the rounds' ratios. Memory is that of a process of its own, over what it held before the map was asked for. At the end
ResNet50: how long its conversion takes, and its converted network against the network without a head.
"""

import argparse
import math
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.memory import peak_of
from benchmarks.sides.networks import NETWORKS, image_of, lenet, resnet
from fullconv.config.quiet import load_tensorflow

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
SIDE = 2048  # of the square matrices whose product gives the rate
BATCHES = (64, 256, 1024, 4096)
GOALS = {"windows": 15.0, "stitch": 1.9, "rate": 0.85, "difference": 1e-5}
CASES = {f"{network}-{side}": (network, side) for side in (200, 1000) for network in NETWORKS}


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


def seconds(run: Callable[[], Any], least: float = 0.2) -> float:
    """Return how long a call takes: the mean of as many as fill `least` seconds."""
    calls, passed, started = 0, 0.0, time.perf_counter()
    while not calls or passed < least:
        run()
        calls, passed = calls + 1, time.perf_counter() - started
    return passed / calls


def matrix_product(rows: int, inner: int, columns: int) -> Callable[[], Any]:
    """Return a product of two matrices."""
    import numpy as np
    import tensorflow as tf

    rng = np.random.default_rng(0)
    one, other = (tf.constant(rng.random(shape, dtype=np.float32)) for shape in ((rows, inner), (inner, columns)))
    return partial(tf.function(tf.linalg.matmul, autograph=False).get_concrete_function(one, other), one, other)


def measured(case: str, rounds: int) -> dict[str, Any]:
    """Return one case's figures."""
    import numpy as np

    from fullconv.convert.conversion import convolutionalize
    from fullconv.dense.densify import ENGINES, densify
    from fullconv.dense.engines import engines_of
    from fullconv.dense.tiles import frame_of

    network, side = CASES[case]
    classifier, image = lenet(network), image_of(side)
    inner, units = 16 * NETWORKS[network][0][1], NETWORKS[network][1]  # of the first dense layer, over 4×4 cells
    places = (side - 27) ** 2
    matrices = {"square": (SIDE, SIDE, SIDE), "layer": (places, inner, units)}
    run_product = {name: matrix_product(*shape) for name, shape in matrices.items()}
    conversion = convolutionalize(classifier)
    batch = _best_batch(classifier, image[:, :60])
    default = densify(conversion).tiling(side, side)
    whole = engines_of(conversion, frame_of(conversion, (1, 1)), default.engine)[0]
    sides: dict[str, Any] = {
        "windows": windows_of(classifier, batch),
        **{name: densify(conversion, name) for name in ENGINES},
        "default": densify(conversion),
    }
    maps = {name: run(image) for name, run in sides.items()}
    differences = {name: float(np.abs(scores - maps["windows"]).max()) for name, scores in maps.items()}
    maps.clear()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    shares: dict[str, dict[str, list[float]]] = {rate: {name: [] for name in sides} for rate in matrices}
    products = whole.cost((side, side)).products
    for number in range(rounds):
        for name in list(sides) if number % 2 else reversed(sides):
            before = {rate: seconds(run) for rate, run in run_product.items()}
            taken[name].append(seconds(lambda name=name: sides[name](image)))
            for rate, run in run_product.items():
                beside = (before[rate] + seconds(run)) / 2
                shares[rate][name].append((products / taken[name][-1]) / (math.prod(matrices[rate]) / beside))
    return {
        "engine": default.engine,
        "parts": list(default.parts),
        "batch": batch,
        "sides": {
            name: {
                "seconds": round(statistics.median(taken[name]), 4),
                "windows": _ratio(taken["windows"], taken[name]),
                "stitch": _ratio(taken["stitch"], taken[name]),
                "rate": round(statistics.median(shares["square"][name]), 3),
                "layer_rate": round(statistics.median(shares["layer"][name]), 3),
                "difference": differences[name],
                "memory": None if name == "windows" else peak_of(network, side, name),
            }
            for name in sides
        },
    }


def _best_batch(classifier: Any, trial: Any) -> int:
    sides = {batch: windows_of(classifier, batch) for batch in BATCHES}
    for run in sides.values():
        run(trial)
    return min(BATCHES, key=lambda batch: min(seconds(lambda: sides[batch](trial)) for _ in range(3)))


def _ratio(others: list[float], mine: list[float]) -> float:
    return round(statistics.median(other / own for other, own in zip(others, mine, strict=True)), 3)


def resnet_figures(rounds: int) -> dict[str, Any]:
    """Return how long ResNet50's conversion takes, and its forward passes against those without a head."""
    import tensorflow as tf

    from fullconv.convert.conversion import convolutionalize

    classifier, headless = resnet(top=True), resnet(top=False)
    headless.set_weights(classifier.get_weights()[:-2])
    conversions = [seconds(lambda: convolutionalize(classifier), 0) for _ in range(3)]
    conversion = convolutionalize(classifier)
    plain = tf.function(lambda image: headless(image, training=False), autograph=False)
    figures: dict[str, Any] = {"conversion_seconds": [round(value, 2) for value in conversions]}
    for side in (224, 448):
        image = tf.constant(image_of(side, 3))
        figures[f"forward_{side}"] = paired(
            partial(conversion.forward, image), partial(lambda given: plain(given).numpy(), image), 4 * rounds
        )
    return figures


def paired(ours: Callable[[], Any], theirs: Callable[[], Any], pairs: int) -> float:
    """Return the median ratio of paired times; who begins alternates, the first pair, which compiles, is dropped."""
    ratios = []
    for number in range(pairs + 1):
        both = (ours, theirs) if number % 2 else (theirs, ours)
        first, second = seconds(both[0]), seconds(both[1])
        ratios.append(first / second if number % 2 else second / first)
    return round(statistics.median(ratios[1:]), 3)


def limits(rounds: int) -> dict[str, Any]:
    """Return memory under a limit, and the time in parts against that of the whole map at once."""
    from fullconv.convert.conversion import convolutionalize
    from fullconv.dense.densify import densify

    over = {}
    for network in NETWORKS:
        conversion, image = convolutionalize(lenet(network)), image_of(1000)
        parts, whole = densify(conversion, memory=2**29), densify(conversion, memory=2**35)
        way = whole.tiling(1000, 1000)
        whole._tiling = lambda size, images, way=way: replace(way, parts=(1, 1))  # type: ignore[method-assign]
        parts(image)
        over[network] = paired(partial(parts, image), partial(whole, image), 2 * rounds)
    return {
        "over_whole": over,
        "1000": peak_of("lenet", 1000, "default", 2**29),
        "4000": peak_of("lenet", 4000, "default", 2**31),
    }


def main() -> None:
    """Measure, print one table and write `benchmarks/results/dense.json`."""
    from rich.console import Console

    from benchmarks.pages.dense import dense_rows, dense_table
    from fullconv.files import read_json, write_json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", nargs="*", choices=(*CASES, "resnet50", "limits"), help="the rest stays as recorded")
    chosen = parser.parse_args()
    wanted = (*CASES, "resnet50", "limits") if chosen.only is None else chosen.only
    load_tensorflow()
    path = ROOT / "benchmarks" / "results" / "dense.json"
    results = {"cases": {}} if chosen.only is None else read_json(path)
    for case in (name for name in wanted if name in CASES):
        results["cases"][case] = measured(case, chosen.rounds)
        for name, figures in results["cases"][case]["sides"].items():
            if figures["difference"] > GOALS["difference"]:
                sys.exit(
                    f"{case}: {name} gives another map (off by {figures['difference']:.1e}): its time says nothing."
                )
    if "resnet50" in wanted:
        results["resnet50"] = resnet_figures(chosen.rounds)
    if "limits" in wanted:
        results["limited"] = limits(chosen.rounds)
    results |= {"goals": GOALS, "machine": machine()}
    Console().print(dense_table(dense_rows(results)))
    write_json(path, results)


if __name__ == "__main__":
    main()
