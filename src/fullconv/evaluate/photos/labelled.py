"""Photos that show one synset each, with boxes around what is seen of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.photos import bundled_photo
from fullconv.data.scenes.coco import read_coco
from fullconv.data.scenes.upright import upright
from fullconv.errors import InputError
from fullconv.evaluate.tables import Flags, Floats
from fullconv.imagenet.synsets import Synset, find_synset


@dataclass(frozen=True, eq=False)
class LabelledPhoto:
    """A photo's id and file, its synset and category, and its annotations.

    `boxes` (M, 4) are x, y, width, height in pixels, `crowd` (M,) marks crowds, `segmentation` is the COCO mask of a
    photo's only object, if it has one.
    """

    id: int
    path: Path
    synset: Synset
    category: int
    boxes: Floats
    crowd: Flags
    segmentation: Any

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def alone(self) -> bool:
        """Whether one object is all that is annotated."""
        return len(self.boxes) == 1 and not bool(self.crowd[0])


def read_labelled(path: Path) -> tuple[dict[str, Any], list[LabelledPhoto]]:
    """Return a COCO JSON as read, and its photos in its own order.

    Categories carry their WordNet 3.0 id as `wnid`. File names start from the JSON's folder, but `skimage/…` and
    `sklearn/…` are the pictures that those packages bring.

    Raises:
        InputError: a file that is no COCO, an annotated category without a `wnid` of a synset with classes, a photo
            whose objects are not of one category, or two photos of one name.
    """
    coco = upright(read_coco(path), lambda name: _file(name, path))
    categories = {one["id"]: one for one in coco["categories"]}
    photos = [_labelled(entry, coco, categories, path) for entry in coco["images"]]
    names = [photo.name for photo in photos]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: images", f"two called {name!r}", "Name each photo differently.")
    return coco, photos


def _labelled(entry: dict[str, Any], coco: dict[str, Any], categories: dict[int, Any], path: Path) -> LabelledPhoto:
    name = entry["file_name"]
    mine = [one for one in coco["annotations"] if one["image_id"] == entry["id"]]
    kinds = sorted({one["category_id"] for one in mine if not one["iscrowd"]})
    if len(kinds) != 1 or any(one["category_id"] not in kinds for one in mine):
        received = f"objects of {len(kinds)} categories"
        raise InputError(f"{path}: {name}", received, "Annotate the objects of one category in each photo.")
    wnid = categories[kinds[0]].get("wnid")
    if not isinstance(wnid, str):
        where = f"{path}: category {categories[kinds[0]]['name']!r}"
        raise InputError(where, f"wnid {wnid!r}", 'Give its WordNet 3.0 id, such as "wnid": "n02084071".')
    return LabelledPhoto(
        id=entry["id"],
        path=_file(name, path),
        synset=find_synset(wnid),
        category=kinds[0],
        boxes=np.array([one["bbox"] for one in mine], np.float64),
        crowd=np.array([bool(one["iscrowd"]) for one in mine]),
        segmentation=mine[0].get("segmentation") if len(mine) == 1 else None,
    )


def _file(name: str, annotations: Path) -> Path:
    return bundled_photo(name) or annotations.parent / name
