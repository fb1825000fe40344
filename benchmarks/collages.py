"""Strangers' classifiers on collages of their own kind of pictures: does what `fullconv locate` finds lie where it is?

    python -m benchmarks.collages FOLDER [--collages 12]

FOLDER/<name>/ holds one network: classifier.keras, pictures/<class>/ of its kind, and facts.json: `network` and
`pictures`, the public repositories that they are from, `kind`, `pixels`, `classes` in the order of the outputs, and
`aside`, whether it was kept aside while the reading was made. Collages are of 2×2 to 4×4 pictures that the network
names right alone, as large as its window or twice, without gaps; no class is beside itself. A box's truth is
its picture. Each is read twice: as `locate.read=auto` does, which sees that it is put together, and by `regions`,
which does not. Nothing
is trained, and nothing of a stranger's comes into the repository but the figures. Writes
benchmarks/results/collages.json.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.localization import settings
from benchmarks.machine import machine
from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "collages.json"
READINGS = ("auto", "regions")
GRIDS = (2, 3, 4)


def pictures(folder: Path, classes: list[str], window: int) -> tuple[Any, Any]:
    """Return the middle square of every picture (N, w, w, 3) at the window's size, and the classes (N,)."""
    from fullconv.data.pictures.photo_files import load_photo
    from fullconv.errors import InputError
    from fullconv.locate.levels.resize import resized

    pixels, labels = [], []
    for label, name in enumerate(classes):
        for path in sorted((folder / name).iterdir()) if (folder / name).is_dir() else []:
            try:
                photo = load_photo(path)
            except InputError:
                continue
            side = min(photo.shape[:2])
            top, left = ((length - side) // 2 for length in photo.shape[:2])
            pixels.append(resized(photo[None, top : top + side, left : left + side], window, window)[0])
            labels.append(label)
    return np.stack(pixels), np.array(labels)


def arrangement(classes: list[int], grid: int, generator: Any) -> list[int]:
    """Return the classes of a collage's cells in reading order: all different, or else none beside itself."""
    if len(classes) >= grid * grid:
        return [int(one) for one in generator.permutation(classes)[: grid * grid]]
    while True:
        cells: dict[tuple[int, int], int] = {}
        for row, col in np.ndindex(grid, grid):
            near = {cells.get((row + y, col + x)) for y in (-1, 0) for x in (-1, 0, 1)}
            left = [one for one in classes if one not in near]
            if not left:
                break
            cells[row, col] = int(generator.choice(left))
        if len(cells) == grid * grid:
            return list(cells.values())


def collages(pixels: Any, labels: Any, grid: int, times: int, count: int) -> Iterator[tuple[Any, list[Any]]]:
    """Yield collages (H, W, 3), and the class and box of each of their pictures."""
    from fullconv.evaluate.photos.collages import collage_of
    from fullconv.locate.levels.resize import resized

    generator, side = np.random.default_rng([grid, times]), pixels.shape[1] * times
    classes = sorted({int(one) for one in labels})
    for _ in range(count):
        cells = arrangement(classes, grid, generator)
        chosen = [generator.choice(np.nonzero(labels == one)[0]) for one in cells]
        image, boxes = collage_of(resized(pixels[chosen], side, side), range(grid * grid))
        yield image, list(zip(cells, boxes.tolist(), strict=True))


def measured(finder: Any, scenes: list[Any]) -> dict[str, float]:
    """Return the share of classes whose highest cell lies on a picture of theirs, and the AP50 of the boxes."""
    from fullconv.evaluate.metrics.coco import evaluate_coco
    from fullconv.locate.detections import results
    from fullconv.locate.reading import search

    images, annotations, found, hits = [], [], [], []
    of_label = {label: one.category for label, one in enumerate(finder.sought)}
    for number, (image, truth) in enumerate(scenes, start=1):
        located = search(finder, image)
        images.append({"id": number, "file_name": f"{number}.png", "height": image.shape[0], "width": image.shape[1]})
        for label, box in truth:
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": label + 1, "bbox": box,
                                "area": box[2] * box[3], "iscrowd": 0})  # fmt: skip
        found += results(located.objects, number, of_label)
        for label in sorted({label for label, _ in truth}):
            heat = located.scores[..., located.labels.index(label)]
            row, col = np.unravel_index(int(heat.argmax()), heat.shape)
            y, x = located.geometry.center(int(row), int(col))
            mine = [box for one, box in truth if one == label]
            hits.append(any(left <= x <= left + w and top <= y <= top + h for left, top, w, h in mine))
    categories = [{"id": one.category, "name": one.name} for one in finder.sought]
    metrics = evaluate_coco(found, {"images": images, "annotations": annotations, "categories": categories})
    return {"pointing": float(np.mean(hits)), "AP50": float(metrics["AP50"]), "classes": len(hits)}


def one_network(folder: Path, count: int) -> dict[str, Any]:
    """Return what is measured of one network, and where it is from."""
    from fullconv.convert.conversion import convolutionalize
    from fullconv.locate.channels import Channels
    from fullconv.locate.finder import Finder, head_of
    from fullconv.models.files.read import read_classifier

    facts = read_json(folder / "facts.json")
    model = read_classifier(folder / "classifier.keras").model
    pixels, labels = pictures(folder / "pictures", facts["classes"], int(model.input_shape[1]))
    channels, locate = Channels(tuple(facts["classes"]), has_background=False), replace(settings().locate, probe=0)
    conversion = convolutionalize(model, head=head_of(locate, channels, "window"))
    finders = {
        read: Finder(folder.name, conversion, channels, replace(locate, read=read), model, facts["pixels"])
        for read in READINGS
    }
    right = finders["auto"].named(pixels).argmax(axis=1) == labels
    known = (pixels[right], labels[right])
    sets = {f"{grid}x{grid} {times}": list(collages(*known, grid, times, count)) for grid in GRIDS for times in (1, 2)}
    told = {key: value for key, value in facts.items() if key != "classes"}
    return {
        **told,
        "window": list(conversion.window),
        "outputs": len(facts["classes"]),
        "pictures_right": [int(right.sum()), len(right)],
        **{read: {name: measured(finder, scenes) for name, scenes in sets.items()} for read, finder in finders.items()},
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--collages", type=int, default=12, help="of each number and size of pictures")
    arguments = parser.parse_args()
    load_tensorflow()
    networks = {}
    for folder in sorted(arguments.folder.iterdir()):
        networks[folder.name] = one_network(folder, arguments.collages)
        print(folder.name, {read: networks[folder.name][read] for read in READINGS}, flush=True)
    write_json(RESULTS, {"machine": machine(), "collages": arguments.collages, "networks": networks})


if __name__ == "__main__":
    main()
