"""Our finder beside a slid classifier, class activation maps and template matching, all from the same crops.

    python -m benchmarks.own [--work FOLDER] [--set FOLDER …] [--only NAME …] [--sides SIDE …] [--seeds 3]

Sets are BCCD's blood cells, the same with twenty crops a class, pages of letters and pictures of small shapes; `--set`
names others, folders of the form that `benchmarks/own/sets.py` tells. Ours is trained and searches by the commands of
fullconv, with every knob as it is. Thresholds are chosen on val/ for all sides alike, one a class; figures are those
of test/. Writes benchmarks/results/own.json, what is there of other sets and sides kept, and prints one table. On 2
cores: half an hour a set.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.own import finder
from benchmarks.own.cells import write_cells
from benchmarks.own.figures import figures, thresholds_by
from benchmarks.own.letters import write_letters
from benchmarks.own.material import Material
from benchmarks.own.others import measured
from benchmarks.own.shapes import write_shapes
from benchmarks.pages.own import RESULTS, SIDES, own_table
from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json, write_json

SETS: dict[str, Callable[[Path], None]] = {
    "bccd": write_cells,
    "bccd20": lambda folder: write_cells(folder, few=True),
    "letters": write_letters,
    "shapes13": write_shapes,
}


def ours(material: Material, work: Path, seed: int) -> dict[str, Any]:
    """Return the finder's figures: at thresholds chosen on val/ as the others' are, and at those that it keeps."""
    place = work / f"{material.folder.name}-{seed}"
    trained = finder.train(material, place, seed)
    coco = material.test.coco
    found, searched = finder.search(place, material.test, work / "test")
    kept = finder.thresholds(place, coco)
    at = kept
    if material.validation is not None:
        truth = material.validation.coco
        at = thresholds_by(finder.search(place, material.validation, work / "val")[0], truth)
    return {
        **figures(found, coco, at),
        "unaided": figures(found, coco, kept),
        "seconds_training": trained,
        "seconds_picture": searched / len(coco["images"]),
    }


def facts_of(material: Material) -> dict[str, Any]:
    """Return what a set holds."""
    coco = material.test.coco
    sides = sorted((one["bbox"][2] * one["bbox"][3]) ** 0.5 for one in coco["annotations"])
    return {
        "source": material.source,
        "classes": len(material.classes),
        "crops": len(material.labels),
        "pictures": len(coco["images"]),
        "objects": len(sides),
        "side": [round(sides[round(share * (len(sides) - 1))]) for share in (0.05, 0.5, 0.95)],
    }


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="where sets and finders are written; not given: a folder that goes")
    parser.add_argument("--set", type=Path, action="append", default=[], help="a set of one's own")
    parser.add_argument("--only", nargs="+", help="the names of the sets that are measured")
    parser.add_argument("--sides", nargs="+", choices=tuple(SIDES), default=tuple(SIDES))
    parser.add_argument("--seeds", type=int, default=3, help="trainings of ours; the others have one")
    return parser.parse_args()


def materials(chosen: argparse.Namespace, work: Path) -> list[Material]:
    """Return the sets that are asked for, written where they are not there yet."""
    made = {name: work / "sets" / name for name in SETS}
    folders = made | {folder.name: folder for folder in chosen.set}
    wanted = {name: folder for name, folder in folders.items() if chosen.only is None or name in chosen.only}
    for name, folder in wanted.items():
        if name in SETS and folder == made[name] and not folder.exists():
            SETS[name](folder)
    return [Material(folder) for folder in wanted.values()]


def measure(chosen: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Measure what is asked for, and write the results after each set and side."""
    results: dict[str, Any] = read_json(RESULTS) if RESULTS.exists() else {"sets": {}}
    for material in materials(chosen, work):
        entry = results["sets"].setdefault(material.folder.name, {"sides": {}})
        entry |= facts_of(material)
        for side in chosen.sides:
            if side == "finder":
                runs = [ours(material, work, seed) for seed in range(chosen.seeds)]
            else:
                runs = [measured(side, material)]
            entry["sides"][side] = {"runs": runs, "machine": machine()}
            write_json(RESULTS, results)
    return results


def main() -> None:
    """Measure, write the results and print the table."""
    from rich.console import Console

    chosen = arguments()
    load_tensorflow()
    with tempfile.TemporaryDirectory() as temporary:
        results = measure(chosen, chosen.work or Path(temporary))
    Console().print(own_table(results))


if __name__ == "__main__":
    main()
