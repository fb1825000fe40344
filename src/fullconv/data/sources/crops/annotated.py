"""Pictures with annotated places, in the form of COCO, YOLO or Pascal VOC: which it is, and its places."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fullconv.config.schema import DataConfig
from fullconv.data.sources.crops.album import Album
from fullconv.data.sources.crops.coco_sets import coco_files, coco_sheets
from fullconv.data.sources.crops.places import OPEN, TEST, Listing, Place
from fullconv.data.sources.crops.points import squares
from fullconv.data.sources.crops.sheet import Sheet, Sheets
from fullconv.data.sources.crops.splits import UNUSED, roles
from fullconv.data.sources.crops.voc import voc_files, voc_sheets
from fullconv.data.sources.crops.walk import files_below
from fullconv.data.sources.crops.yolo import label_files, yolo_sheets
from fullconv.errors import InputError
from fullconv.nearest import meant_file

_log = logging.getLogger(__name__)
_MEND = "Give a folder with COCO JSON, YOLO's labels/*.txt or VOC's XML, or data.annotations=FILE or DIR."


def list_annotated(root: Path, config: DataConfig) -> Listing:
    """Return every place of a set below `root`, sorted by picture.

    Raises:
        InputError: nothing there is a set of annotations, or it is one that cannot be used.
    """
    at = root if config.annotations is None else Path(config.annotations).expanduser()
    if not at.exists():
        raise InputError("data.annotations", f"no file or folder {at}", meant_file(at) + _MEND)
    found = _sheets(root, at, config.classes)
    used = roles(sheet.part for sheet in found.sheets if sheet.part is not None)
    _log.info("%s: read as %s", root, found.form)
    notes = list(found.notes)
    places: list[Place] = []
    named: set[str] = set()
    without: int = 0
    for sheet in found.sheets:
        split = OPEN if sheet.part is None else used[sheet.part]
        named |= {one["name"] for one in sheet.coco["categories"]}
        if split == UNUSED:
            notes.append(f"{len(sheet.coco['images'])} pictures of test are left unseen, for fullconv evaluate")
            continue
        usable = list(_places(sheet, split))
        without += len(sheet.coco["annotations"]) - len(usable)
        places += usable
    if without:
        notes.append(f"{without} crowds and boxes without area")
    if not places:
        raise InputError("data.annotations", f"{found.form} of {len(named)} classes and no box", _MEND)
    places.sort(key=lambda one: one.name)  # stable: within a picture as annotated
    if config.points:
        places = squares(places, config.side)
    names = {name for name in named if name.casefold() != config.background.casefold()}
    objects = tuple(one for one in places if one.label in names)
    nothing = tuple(one for one in places if one.label not in names and one.split != TEST)
    return Listing(objects, nothing, True, tuple(sorted(names)), tuple(notes), found.broken)


def _sheets(root: Path, given: Path, classes: Sequence[str]) -> Sheets:
    at = given.parent if given.is_file() else given
    album = Album(root, at)
    if given.suffix.lower() == ".json" and given.is_file():
        return coco_sheets([given], album)
    files = files_below(at, "data.annotations")
    if jsons := coco_files(files):
        return coco_sheets(jsons, album)
    if not album.pictures:
        raise InputError("data.path", f"no pictures in {root}", "Give data.path=DIR, the folder that holds them.")
    if labels := label_files(files, at, album):
        # Names of classes lie with the labels, with the pictures, or a folder above.
        inside = [] if at == root else files_below(root, "data.path")
        above = [one for end in ("yaml", "yml", "txt", "names") for one in sorted(at.parent.glob(f"*.{end}"))]
        return yolo_sheets(labels, [*files, *inside, *above], album, classes)
    if sheets := voc_files(files):
        return voc_sheets(sheets, album, files_below(root, "data.path"))
    raise InputError("data.annotations", f"no annotations in {at} that are known", _MEND)


def _places(sheet: Sheet, split: str) -> Iterator[Place]:
    names = {one["id"]: one["name"] for one in sheet.coco["categories"]}
    entries = {one["id"]: one for one in sheet.coco["images"]}
    paths = {image: sheet.path_of(one["file_name"]) for image, one in entries.items()}
    for one in sheet.coco["annotations"]:
        x, y, w, h = one["bbox"]
        if one["iscrowd"] or not (w > 0 and h > 0):
            continue
        entry: dict[str, Any] = entries[one["image_id"]]
        stated = (entry["height"], entry["width"]) if {"height", "width"} <= set(entry) else None
        box, label = (float(x), float(y), float(w), float(h)), names[one["category_id"]]
        place = Place(paths[entry["id"]], entry["file_name"], label, split, box, str(one["id"]))
        yield replace(place, stated=stated)
