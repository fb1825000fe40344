"""Networks of blocks beside a plain one, by one recipe: accuracy, AP50, parameters, operations and time.

    python -m benchmarks.blocks [--seed 0]

Each network is trained on MNIST by the recipe of `located`, converted, certified, and measured on the mosaics `test`
with a threshold chosen on `validation`; then all of them take turns on one mosaic of 128×128 pixels. One seed each:
differences of less than half a point of AP50 mean nothing (see localization.json). Seconds of training are shown as
those of all cores together, which other programs slow down least. Writes benchmarks/results/blocks.json after each
network; one that is there with its weights (benchmarks/models/) is not trained again, so an interrupted run goes on.
On 2 cores: about 40 minutes, of which 6 to 10 a network are training.
"""

import argparse
import dataclasses
import multiprocessing
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.localization import MODELS, seconds, written
from benchmarks.machine import machine
from benchmarks.pages.architectures import NETWORKS, RESULTS, block_table
from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.files import read_json, write_json

SIDE = 128  # pixels of the mosaic that is timed
ROUNDS = 20
KEPT = ("AP50", "AP", "AP75", "F1_center", "pointing", "localization_error")


def settings(network: str) -> ExperimentConfig:
    """Return the configuration of one network, with the two sets of mosaics that it is measured on."""
    config = compose_settings(f"+variant@classifiers.one={NETWORKS[network]}", "classifier=one")
    return dataclasses.replace(config, mosaics={name: config.mosaics[name] for name in ("validation", "test")})


def weights(network: str, seed: int) -> Path:
    """Return where a network's weights are kept; git ignores them."""
    return MODELS / f"{network}_{seed}.keras"


def trained(network: str, seed: int) -> dict[str, Any]:
    """Worker: train a network and keep it; return its accuracy and the seconds it took."""
    load_tensorflow()
    from fullconv.data.sources.choice import load_arrays
    from fullconv.models.storage import save_model
    from fullconv.train.recipe import train_classifier

    config = settings(network)
    arrays = load_arrays(config.data)
    start, busy = time.perf_counter(), time.process_time()
    done = train_classifier(arrays, config.classifiers["one"], config.data.classes, seed)
    taken = {"training_seconds": time.perf_counter() - start, "training_core_seconds": time.process_time() - busy}
    save_model(done.classifier, weights(network, seed))
    return {"accuracy": done.metrics["val_accuracy"], **taken}


def measured(network: str, seed: int) -> dict[str, Any]:
    """Worker: convert a trained network; return its certificate's figures, its cost and its metrics."""
    load_tensorflow()
    import numpy as np

    import fullconv
    from fullconv.data.sources.choice import load_arrays
    from fullconv.evaluate.scenes.search import Search, measure
    from fullconv.models.storage import load_model
    from fullconv.track.finders import searching

    config = settings(network)
    chosen, arrays = config.classifiers["one"], load_arrays(config.data)
    classifier = load_model(weights(network, seed))
    conversion = fullconv.convolutionalize(classifier)
    images = arrays.test_images[: chosen.convert.images].astype(np.float32) / np.float32(255)
    certificate = fullconv.certify(classifier, conversion, images)
    cost = fullconv.cost(classifier)
    finder = searching(conversion, config.data.classes, chosen.locate, network)
    with tempfile.TemporaryDirectory() as folder:
        sets = written(config, arrays, Path(folder))
        meters = {one.name: measure(Search(finder, one)) for one in sets}
    metrics = meters["test"].metrics(meters["validation"].best_threshold())
    return {
        "exact": conversion.exact,
        "window": list(conversion.geometry.window),
        "stride": list(conversion.geometry.stride),
        "largest_difference": certificate.max_difference,
        "largest_crop_difference": certificate.crop_max_difference,
        "parameters": cost.parameters,
        "multiply_accumulates": cost.multiply_accumulates,
        "test": {key: float(metrics[key]) for key in KEPT},
    }


def map_milliseconds(seed: int) -> dict[str, Any]:
    """Worker: return the median time of one mosaic's score map at the recipe's stride, all networks in turn."""
    load_tensorflow()
    import numpy as np

    from fullconv.convert.conversion import convolutionalize
    from fullconv.data.scenes.mosaics import make_scenes
    from fullconv.data.sources.choice import load_arrays
    from fullconv.locate.levels.network import Network
    from fullconv.models.storage import load_model

    config = settings("valid_deep")
    mosaic = dataclasses.replace(config.mosaics["test"], images=1, canvas=[SIDE, SIDE])
    (scene,) = make_scenes(mosaic, load_arrays(config.data), config.data.validation_share, where="mosaics.test")
    image = (scene.image / np.float32(255))[None]
    networks = {}
    for name in NETWORKS:
        locate = settings(name).classifiers["one"].locate
        networks[name] = Network(convolutionalize(load_model(weights(name, seed))), locate.stride, locate.engine)
    for network in networks.values():
        network(image, 1)
    rounds = [{name: seconds(partial(one, image, 1)) for name, one in networks.items()} for _ in range(ROUNDS)]
    return {name: 1000 * statistics.median(times[name] for times in rounds) for name in networks}


def main() -> None:
    """Measure what is not there yet, write the results and print them as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    results: dict[str, Any] = read_json(RESULTS) if RESULTS.exists() else {}
    if results.get("seed") != seed:
        results = {"machine": machine(), "seed": seed, "networks": {}}
    context = multiprocessing.get_context("spawn")

    def apart(work: Any, *arguments: Any) -> Any:
        with context.Pool(1) as pool:
            return pool.apply(work, arguments)

    for name in NETWORKS:
        found = results["networks"].get(name, {})
        if "accuracy" not in found or not weights(name, seed).exists():
            found = apart(trained, name, seed)
            results["networks"][name] = found
            write_json(RESULTS, results)
        if "test" not in found:
            found |= apart(measured, name, seed)
            write_json(RESULTS, results)
            print(name, found, flush=True)
    for name, value in apart(map_milliseconds, seed).items():
        results["networks"][name]["map_milliseconds"] = value
    results["networks"] = {name: results["networks"][name] for name in NETWORKS}
    write_json(RESULTS, results)
    Console().print(block_table(results))


if __name__ == "__main__":
    main()
