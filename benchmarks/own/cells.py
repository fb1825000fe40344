"""BCCD as a set: crops cut from the boxes of its training pictures, all of them or twenty a class."""

from pathlib import Path

import numpy as np

from benchmarks.own.sets import Picture, pictures_of, write_set

BCCD = Path(__file__).resolve().parents[1] / "data" / "bccd"
CLASSES = ("RBC", "WBC", "Platelets")
FEW = 20  # crops a class


def write_cells(folder: Path, few: bool = False, seed: int = 0) -> None:
    """Write the set; `few` takes twenty crops a class, of boxes that lie wholly in their picture."""
    splits = {split: pictures_of(BCCD / f"{split}.json", BCCD / "images") for split in ("train", "val", "test")}
    train = splits.pop("train")
    write_set(folder, CLASSES, train, splits, _chosen(train, seed) if few else None)


def _chosen(pictures: list[Picture], seed: int) -> set[tuple[str, int]]:
    """Return twenty objects of each class, by picture and number."""
    generator, chosen = np.random.default_rng(seed), set()
    for wanted in CLASSES:
        inside = [
            (one.name, number)
            for one in pictures
            for number, (name, (x, y, w, h)) in enumerate(one.objects)
            if name == wanted and x > 1 and y > 1 and x + w < one.pixels.shape[1] and y + h < one.pixels.shape[0]
        ]
        chosen |= {inside[place] for place in generator.choice(len(inside), FEW, replace=False)}
    return chosen
