"""Train `located` over several seeds and measure it on every set of mosaics; time its evaluation.

    python -m benchmarks.localization [--seeds 3] [--trained] [--only quality|speed]

Each seed trains and evaluates in a process of its own. With --trained, weights in benchmarks/models/ (of a run before,
or put there: 0.keras is the pipeline's classifier) are not trained again. Writes benchmarks/results/localization.json.
On 2 cores: about 8 minutes a seed. The sets are those of conf/mosaic/; thresholds are chosen on `validation`.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "localization.json"
MODELS = ROOT / "benchmarks" / "models"  # not in git
NAME = "located"
SHOWN = ("AP50", "AP", "AP75", "F1_center", "F1_iou50", "pointing", "centre", "localization_error", "ECE")
PAIRS = 5  # timed alternations


def settings() -> ExperimentConfig:
    """Return the configuration as it is committed."""
    return compose_settings(f"classifier={NAME}")


def written(config: ExperimentConfig, arrays: Any, folder: Path) -> list[Any]:
    """Return the sets of mosaics, written below `folder`."""
    from fullconv.data.scenes.coco import write_scenes
    from fullconv.data.scenes.mosaics import make_scenes
    from fullconv.evaluate.scenes.sets import scene_sets

    random = {name: one for name, one in config.mosaics.items() if not one.placements}
    for name, one in random.items():
        scenes = make_scenes(one, arrays, config.data.validation_share, where=f"mosaics.{name}")
        write_scenes(folder / name, scenes, config.data.classes)
    return scene_sets(random, folder)


def one_seed(seed: int, trained_before: bool) -> dict[str, Any]:
    """Worker: train, convert, evaluate; return seconds (null where not trained) and each set's metrics."""
    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.data.sources.choice import load_arrays
    from fullconv.evaluate.scenes.search import Search, measure
    from fullconv.models.storage import load_model, save_model
    from fullconv.track.finders import searching
    from fullconv.train.recipe import train_classifier

    config = settings()
    arrays = load_arrays(config.data)
    chosen = config.classifiers[NAME]
    path = MODELS / f"{seed}.keras"
    taken = None
    if not (trained_before and path.exists()):
        start = time.perf_counter()
        save_model(train_classifier(arrays, chosen, config.data.classes, seed).classifier, path)
        taken = time.perf_counter() - start
    conversion = convolutionalize(load_model(path))
    finder = searching(conversion, config.data.classes, chosen.locate, NAME)
    with tempfile.TemporaryDirectory() as folder:
        sets = written(config, arrays, Path(folder))
        meters = {one.name: measure(Search(finder, one)) for one in sets}
    threshold = meters["validation"].best_threshold()
    metrics = {name: meter.metrics(threshold) for name, meter in meters.items()}
    return {"seconds": taken, "metrics": metrics}


def speed(seed: int) -> dict[str, Any]:
    """Worker: 200 mosaics at one scale, files to metrics, against the bare passes that give the same maps."""
    load_tensorflow()
    from dataclasses import replace

    from fullconv.convert.conversion import convolutionalize
    from fullconv.data.scenes.coco import iter_images
    from fullconv.data.sources.choice import load_arrays
    from fullconv.evaluate.scenes.search import Search, batches, measure
    from fullconv.locate.levels.network import Network
    from fullconv.locate.levels.pyramid import levels_of
    from fullconv.models.storage import load_model
    from fullconv.track.finders import searching

    config = settings()
    conversion = convolutionalize(load_model(MODELS / f"{seed}.keras"))
    locate = replace(config.classifiers[NAME].locate, sizes=[], probe=0)
    finder = searching(conversion, config.data.classes, locate, NAME)
    with tempfile.TemporaryDirectory() as folder:
        (scenes,) = [one for one in written(config, load_arrays(config.data), Path(folder)) if one.name == "test"]
        network = Network(conversion, locate.stride, locate.engine)
        border = (round(locate.border * network.window[0]), round(locate.border * network.window[1]))
        (level,) = levels_of([1.0], tuple(config.mosaics["test"].canvas), network, border)
        read = batches(iter_images(scenes.coco, scenes.folder, 1), locate.batch_size)
        held = [level.image(images) for _, images in read]

        def whole() -> None:
            measure(Search(finder, scenes)).metrics(0.5)

        def bare() -> None:
            for images in held:
                network(images, locate.batch_size)

        whole(), bare()
        times = [(seconds(whole), seconds(bare)) for _ in range(PAIRS)]
    ratios = sorted(one / other for one, other in times)
    return {
        "images": sum(map(len, held)),
        "evaluation_seconds": statistics.median(one for one, _ in times),
        "forward_seconds": statistics.median(other for _, other in times),
        "ratio": statistics.median(ratios),
        "range": [ratios[0], ratios[-1]],
    }


def seconds(work: Any) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def summary(seeds: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return mean, least and greatest of each metric of each set."""
    return {
        name: {
            key: {"mean": statistics.mean(values), "least": min(values), "most": max(values)}
            for key in SHOWN
            for values in [[float(one["metrics"][name][key]) for one in seeds]]
        }
        for name in seeds[0]["metrics"]
    }


def table(results: dict[str, Any], goals: dict[str, dict[str, float]]) -> Table:
    """Return the goals beside what was measured."""
    made = Table("set", "metric", "goal", "mean", "range", title=f"{NAME}, {len(results['seeds'])} seeds")
    for name, wanted in goals.items():
        for key, goal in wanted.items():
            one = results["sets"][name][key]
            mark = "" if one["mean"] >= goal else " missed"
            made.add_row(name, key, f"{goal:g}", f"{one['mean']:.4f}{mark}", f"{one['least']:.4f}–{one['most']:.4f}")
    return made


def main() -> None:
    """Measure, write the results and print them as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trained", action="store_true", help="take weights that are there already")
    parser.add_argument("--only", choices=("quality", "speed"))
    arguments = parser.parse_args()
    results = read_json(RESULTS) if RESULTS.exists() else {}
    context = multiprocessing.get_context("spawn")
    if arguments.only != "speed":
        found = []
        for seed in range(arguments.seeds):
            with context.Pool(1) as pool:
                found.append(pool.apply(one_seed, (seed, arguments.trained)))
        results |= {"machine": machine(), "seeds": found, "sets": summary(found)}
        write_json(RESULTS, results)
    if arguments.only != "quality":
        with context.Pool(1) as pool:
            results["speed"] = pool.apply(speed, (0,))
        write_json(RESULTS, results)
    console = Console()
    console.print(table(results, settings().goals))
    console.print(f"seconds of training: {[one['seconds'] for one in results['seeds']]}; {results.get('speed')}")


if __name__ == "__main__":
    main()
