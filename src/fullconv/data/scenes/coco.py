"""Scenes in COCO form: images and one JSON of boxes (cocodataset.org/#format-data)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.images import load_image
from fullconv.data.pictures.orientation import frame_of
from fullconv.data.pictures.samples import AS_STORED, Samples
from fullconv.data.scenes.categories import category_of_class as category_of_class  # part of this module's interface
from fullconv.data.scenes.coco_check import check_coco
from fullconv.data.scenes.coco_defaults import complete, finished
from fullconv.errors import InputError
from fullconv.files import read_json, whole_folder

if TYPE_CHECKING:  # who reads scenes needs nothing of how they are made
    from fullconv.data.scenes.mosaics import Scene


def write_scenes(folder: Path, scenes: "Sequence[Scene]", classes: Sequence[str]) -> None:
    """Write `images/<name>.png` and `instances.json` into `folder`, which is replaced as a whole.

    Ids count from 1: COCO tools take an annotation of id 0 for "no match". Category id = class index + 1. Equal
    scenes give equal bytes.

    Raises:
        InputError: the folder cannot be written, two scenes share a name, a label has no class, or images are
            neither grey nor RGB.
    """
    content = coco_of(scenes, classes)
    with whole_folder(folder) as temporary:
        (temporary / "images").mkdir()
        for scene in scenes:
            _write_png(temporary / "images" / f"{scene.name}.png", scene)
        (temporary / "instances.json").write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def coco_of(scenes: "Sequence[Scene]", classes: Sequence[str]) -> dict[str, Any]:
    """Return scenes in COCO form: image i + 1 is scene i, category k + 1 is class k.

    Raises:
        InputError: two scenes share a name, or a label has no class.
    """
    names = [scene.name for scene in scenes]
    if len(set(names)) != len(names):
        raise InputError("scenes", "two of one name", "Name each scene once.")
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, scene in enumerate(scenes, start=1):
        height, width = scene.image.shape[:2]
        images.append({"id": image_id, "file_name": f"{scene.name}.png", "height": height, "width": width})
        for placed in scene.objects:
            if not 0 <= placed.label < len(classes):
                mend = f"There are {len(classes)} classes, labels from 0."
                raise InputError(f"scene {scene.name}", f"an object of label {placed.label}", mend)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": placed.label + 1,
                    "bbox": list(placed.bbox),
                    "area": placed.bbox[2] * placed.bbox[3],
                    "iscrowd": 0,
                }
            )
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(classes)]
    info = {"description": "Scenes with objects in known places", "version": "1.0"}
    return {"info": info, "images": images, "annotations": annotations, "categories": categories}


def _write_png(path: Path, scene: "Scene") -> None:
    from PIL import Image

    channels = scene.image.shape[2]
    if channels not in (1, 3):
        raise InputError(f"scene {scene.name}", f"{channels} channels", "PNG images need 1 (grey) or 3 (RGB).")
    Image.fromarray(scene.image[..., 0] if channels == 1 else scene.image).save(path, format="PNG")


def read_coco(path: Path) -> dict[str, Any]:
    """Read and check a COCO JSON of boxes.

    Beyond what COCO asks for nothing is needed, and numbers may be written in any way; what detection tools need is
    filled in: a `bbox` around polygons, `area` (w·h pixels), `iscrowd` 0, and the next free id for an annotation
    without one or of id 0, which those tools take for "no match". Category names are text without spaces around it.

    Raises:
        InputError: the file is missing, not JSON or not COCO; the message names the entry.
    """
    return finished(check_coco(complete(read_json(path)), str(path)))


def iter_images(
    coco: dict[str, Any], folder: Path, channels: int, polarity: str = "light", samples: Samples = AS_STORED
) -> Iterator[tuple[dict[str, Any], npt.NDArray[np.float32]]]:
    """Yield each image's COCO entry and its pixels float32 `(H, W, C)` in 0..1, upright, objects light on dark.

    `polarity` and `samples` are `load_image`'s. One image is in memory at a time; reading ahead in a thread gained
    nothing where the network computes on all cores.

    Raises:
        InputError: an image is missing, unreadable, or not of the size that its entry states.
    """
    for entry in coco["images"]:
        path = folder / entry["file_name"]
        pixels = load_image(path, channels, polarity, samples)
        height, width = pixels.shape[:2]
        if (entry.get("height", height), entry.get("width", width)) != (height, width):
            raise of_another_size(path, entry, height, width)
        yield entry, pixels


def of_another_size(path: Path, entry: Mapping[str, Any], height: int, width: int) -> InputError:
    """Return what is said of an image that has another size than its entry states."""
    stated = f"{entry.get('height', height)}x{entry.get('width', width)}"
    frame, turned = frame_of(path), ""
    if frame is not None and frame.orientation > 1:
        stored = "{}x{}".format(*frame.stored)
        turned = f" ({stored} as stored; its EXIF orientation is {frame.orientation})"
    received = f"{height}x{width} pixels{turned} where its entry states {stated}"
    return InputError(str(path), received, "Mend the entry's height and width, or leave them out.")
