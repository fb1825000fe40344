"""A set as a person has it: crops by class, larger pictures without labels, and pictures with boxes to be judged by.

SET/crops/<class>/*.png    cut tight from the boxes of the training pictures, as far as these lie in the picture
SET/scenes_train/*         the training pictures
SET/val/, SET/test/        images/ and instances.json, in COCO form; without val/ a threshold is a guess
    SET/source.txt             of a stranger's set: where it is from, and its licence, in a line
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.own.material import Pixels, rgb
from fullconv.files import read_json, whole_folder, write_json

Box = tuple[float, float, float, float]
LEAST = 4  # pixels a side: smaller pieces show nothing


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels (H, W, C), and the class and box (x, y, w, h) of each object."""

    name: str
    pixels: Pixels
    objects: tuple[tuple[str, Box], ...]


def crop_of(pixels: Pixels, box: Box) -> Pixels | None:
    """Return what a box holds of a picture; None where that is less than `LEAST` pixels a side."""
    x, y, w, h = box
    left, top = max(0, round(x)), max(0, round(y))
    piece = pixels[top : max(top, round(y + h)), left : max(left, round(x + w))]
    return piece if min(piece.shape[:2]) >= LEAST else None


def coco_of(pictures: Sequence[Picture], classes: Sequence[str]) -> dict[str, Any]:
    """Return pictures as COCO annotations."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, one in enumerate(pictures, start=1):
        height, width = one.pixels.shape[:2]
        images.append({"id": number, "file_name": f"{one.name}.png", "height": height, "width": width})
        for name, box in one.objects:
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": classes.index(name) + 1,
                                "bbox": list(box), "area": box[2] * box[3], "iscrowd": 0})  # fmt: skip
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(classes)]
    return {"images": images, "annotations": annotations, "categories": categories}


def write_set(
    folder: Path,
    classes: Sequence[str],
    train: Iterable[Picture],
    judged: dict[str, list[Picture]],
    keep: set[tuple[str, int]] | None = None,
) -> None:
    """Write a set into `folder`, which is replaced as a whole; `judged` holds the pictures of test and val.

    `keep` names the objects that crops are cut of, by picture and number; None: all.
    """
    with whole_folder(folder) as temporary:
        _write_crops(temporary, train, keep)
        for split, pictures in judged.items():
            (temporary / split / "images").mkdir(parents=True)
            for one in pictures:
                _write(temporary / split / "images" / f"{one.name}.png", one.pixels)
            write_json(temporary / split / "instances.json", coco_of(pictures, classes))


def pictures_of(annotations: Path, images: Path) -> list[Picture]:
    """Return the pictures of COCO annotations, file names starting from `images`, in RGB."""
    coco = read_json(annotations)
    names = {one["id"]: one["name"] for one in coco["categories"]}
    made = []
    for entry in coco["images"]:
        mine = [one for one in coco["annotations"] if one["image_id"] == entry["id"]]
        objects = tuple((names[one["category_id"]], tuple(one["bbox"])) for one in mine)
        made.append(Picture(Path(entry["file_name"]).stem, rgb(images / entry["file_name"]), objects))
    return made


def _write_crops(folder: Path, train: Iterable[Picture], keep: set[tuple[str, int]] | None) -> None:
    (folder / "scenes_train").mkdir()
    for one in train:
        _write(folder / "scenes_train" / f"{one.name}.png", one.pixels)
        for number, (name, box) in enumerate(one.objects):
            piece = crop_of(one.pixels, box)
            if piece is None or (keep is not None and (one.name, number) not in keep):
                continue
            (folder / "crops" / name).mkdir(parents=True, exist_ok=True)
            _write(folder / "crops" / name / f"{one.name}-{number}.png", piece)


def _write(path: Path, pixels: Pixels) -> None:
    from PIL import Image

    Image.fromarray(pixels).save(path)
