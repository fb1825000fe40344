"""A search at unknown sizes, coarse to fine against all cells, by every set of mosaics: what is found, and how quickly.

    python -m benchmarks.search [--images 100] [--seeds 3]

Sizes are not told and not narrowed: 12 to 128 pixels, whatever the set. Weights are those of benchmarks/models/ (see
benchmarks.localization); mosaics are written anew. Times are of one image after the other, a forward pass at the
network's own stride just before and after; medians of paired ratios over the images. Writes
benchmarks/results/search.json. On 2 cores: about ten minutes a seed.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.localization import MODELS, NAME, settings, written
from benchmarks.machine import machine
from fullconv.config.quiet import load_tensorflow
from fullconv.files import write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "search.json"
WAYS = ("whole", "coarse")
METRICS = ("AP50", "AP", "AR")


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call takes, and what it returns."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def one_set(conversion: Any, scenes: Any, classes: list[str], locate: Any) -> dict[str, Any]:
    """Return each way's metrics and times on a set."""
    from fullconv.data.scenes.coco import iter_images
    from fullconv.evaluate.metrics.coco import evaluate_coco
    from fullconv.evaluate.scenes.conventions import box_of
    from fullconv.locate.detections import results
    from fullconv.locate.levels.network import Network
    from fullconv.locate.reading import reader_of
    from fullconv.track.finders import searching

    box = box_of(locate.box, scenes.coco, conversion.window)
    finders = {way: searching(conversion, classes, replace(locate, probe=0, search=way), NAME) for way in WAYS}
    readers = {way: reader_of(finder, box) for way, finder in finders.items()}
    network = Network(conversion)
    found: dict[str, list[Any]] = {way: [] for way in WAYS}
    times: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    images = list(iter_images(scenes.coco, scenes.folder, 1, polarity=finders["whole"].polarity(scenes.polarity)))
    for number, (entry, image) in enumerate([*images[:2], *images]):  # the first two are traced
        for way, reader in readers.items():
            before, _ = seconds(lambda image=image: network(image[None], 1))
            taken, (located,) = seconds(lambda image=image, reader=reader: reader(image[None]))
            after, _ = seconds(lambda image=image: network(image[None], 1))
            if number >= 2:
                times[way].append((taken, (before + after) / 2))
                found[way] += results(located.objects, entry["id"])
    measured = {way: evaluate_coco(found[way], scenes.coco) for way in WAYS}
    quicker = [whole / coarse for (whole, _), (coarse, _) in zip(times["whole"], times["coarse"], strict=True)]
    return {
        "size": list(images[0][1].shape[:2]),
        **{
            way: {
                **{key: measured[way][key] for key in METRICS},
                "seconds": statistics.median(taken for taken, _ in times[way]),
                "passes": statistics.median(taken / one for taken, one in times[way]),
            }
            for way in WAYS
        },
        "quicker": statistics.median(quicker),
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100, help="of each set, the first")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.data.sources.choice import load_arrays
    from fullconv.models.storage import load_model

    config = settings()
    seeds = []
    with tempfile.TemporaryDirectory() as folder:
        sets = written(config, load_arrays(config.data), Path(folder))
        for seed in range(arguments.seeds):
            conversion = convolutionalize(load_model(MODELS / f"{seed}.keras"))
            found = {}
            for scenes in sets:
                some = scenes.of(scenes.coco["images"][: arguments.images])
                locate = config.classifiers[NAME].locate
                found[scenes.name] = one_set(conversion, some, list(config.data.classes), locate)
                print(seed, scenes.name, found[scenes.name], flush=True)
            seeds.append(found)
    write_json(RESULTS, {"machine": machine(), "images": arguments.images, "seeds": seeds})


if __name__ == "__main__":
    main()
