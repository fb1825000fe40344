"""Large images tile by tile: against batched windows, against overlapping blended tiles and against the whole at once.

    python -m benchmarks.large [--work FOLDER] [--finder FOLDER] [--whole] [--rounds 5]

Images are tiled TIFFs of repeated scenes, the test pictures of the set of small shapes. The network that does not pad
is that of a finder of these shapes, trained here first unless one is given; the other is EfficientNet-Lite0. All sides
read the same file and give the same map at the same stride, which is checked first; ours also writes it and reads
objects. Sides run in turn; figures are medians of paired ratios. Windows are measured on a part of the map and scaled
up, and so are the cases of `PARTS` on 20,000² pixels, by some tiles in the middle; --whole runs these to the end
(an hour), and an image of 40,000² of which most is empty. Memory is that of a process of its own. Writes
benchmarks/results/large.json, what is there of other parts and cases kept, and prints three tables. On 2 cores: a
quarter of an hour.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.large.images import scene, write_large
from benchmarks.large.memory import searched
from benchmarks.large.pyramids import searches
from benchmarks.large.sides import case_figures
from benchmarks.large.subjects import CASES, LITE0
from benchmarks.machine import machine
from benchmarks.pages.large import RESULTS, tables
from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json, write_json

SMALL, SIDE, LARGER = 2000, 4000, (10000, 20000)
# Pixels a side of the image of which all sides compute the map; of one on which they are traced.
SIDES, TRACED = {"padding-free": SIDE, "padding-free, stride 1": SMALL, LITE0: SIDE}, 1024
# Tiles that are searched of 20,000² pixels where not all are.
PARTS = {"padding-free, stride 1": 2, LITE0: 2}
SPARSE = 40000


def trained(work: Path) -> Path:
    """Return a finder of small shapes, trained by the command that a person types."""
    from benchmarks.own.finder import train
    from benchmarks.own.material import Material

    folder = work / "finder"
    if not folder.exists():
        train(Material(work / "shapes13"), folder, 0)
    return folder


def image(work: Path, side: int, sparse: bool = False) -> Path:
    """Return the file of an image of that many pixels a side, written unless it is there."""
    path = work / f"{side}.tif"
    if not path.exists():
        write_large(path, scene(work / "shapes13" / "test" / "images"), side, sparse)
    return path


def memory_figures(work: Path, finder: Path, whole: bool) -> list[dict[str, Any]]:
    """Return what searches take by case and size, each in a process of its own."""
    made = []
    for case in CASES:
        sizes = (SIDE, *LARGER, *((SPARSE,) if whole else ())) if case == "padding-free" else (SIDE, LARGER[-1])
        for side in sizes:
            some = None if whole or side == SIDE else PARTS.get(case)
            path = image(work, side, side == SPARSE)
            made.append({"case": case, "side": side, **searched(case, finder, path, some)})
            if side == SPARSE:
                path.unlink()
    return made


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="where sets, finder and images are written; else a folder that goes")
    parser.add_argument("--finder", type=Path, help="of images in colour, whose network does not pad")
    parser.add_argument("--whole", action="store_true", help="20,000² pixels to the end in all cases, and 40,000²")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", nargs="+", choices=("cases", "memory", "search"), default=["cases", "memory", "search"]
    )
    parser.add_argument("--case", nargs="+", choices=tuple(CASES), default=tuple(CASES), help="of `cases`")
    return parser.parse_args()


def measure(chosen: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Measure what is asked for and write the results after each part."""
    from benchmarks.own.shapes import write_shapes

    results: dict[str, Any] = read_json(RESULTS) if RESULTS.exists() else {}
    if not (work / "shapes13").exists():
        write_shapes(work / "shapes13")
    finder = chosen.finder or trained(work)
    if "cases" in chosen.only:
        small = image(work, TRACED)
        for case in chosen.case:
            figures = case_figures(case, finder, image(work, SIDES[case]), small, chosen.rounds)
            results.setdefault("cases", {})[case] = figures
            write_json(RESULTS, results)
    if "search" in chosen.only:
        results["search"] = searches(finder, image(work, SMALL), chosen.rounds, (None, 2**22))
        write_json(RESULTS, results)
    if "memory" in chosen.only:
        results["memory"] = memory_figures(work, finder, chosen.whole)
    results |= {"load": round(os.getloadavg()[2], 1), "machine": machine()}
    write_json(RESULTS, results)
    return results


def main() -> None:
    """Measure, write the results and print the tables."""
    from rich.console import Console

    chosen = arguments()
    load_tensorflow()
    with tempfile.TemporaryDirectory() as temporary:
        results = measure(chosen, chosen.work or Path(temporary))
    for table in tables(results):
        Console().print(table)


if __name__ == "__main__":
    main()
