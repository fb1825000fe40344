"""A set in Pascal VOC's form: an XML file for each picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fullconv.data.sources.crops.album import Album
from fullconv.data.sources.crops.places import listed
from fullconv.data.sources.crops.sheet import Sheet, Sheets, checked, part_of, unpaired
from fullconv.data.sources.crops.splits import part_named
from fullconv.errors import InputError

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def voc_files(files: Sequence[Path]) -> list[Path]:
    """Return which files may be annotations of VOC's."""
    return [one for one in files if one.suffix.lower() == ".xml" and _is_voc(one)]


def _is_voc(path: Path) -> bool:
    try:
        return b"<annotation" in path.read_bytes()[:2000]
    except OSError:
        return False


def voc_sheets(files: Sequence[Path], album: Album, others: Sequence[Path]) -> Sheets:
    """Return the annotations as sheets, one a part; ImageSets/Main/*.txt, or folders, name parts.

    Raises:
        InputError: none of them has a picture.
    """
    listed_in = _image_sets(others)
    by_part: dict[str | None, list[tuple[Path, Path, Any]]] = {}
    orphans, broken = [], []
    for file in files:
        try:
            tree = ElementTree.fromstring(file.read_bytes())
        except (ElementTree.ParseError, LookupError, ValueError, OSError) as error:
            broken.append((album.inside(file).as_posix(), f"no XML ({error})"))
            continue
        stated = (tree.findtext("filename") or "").strip()
        picture = album.of_stem(file) or (album.named(stated, file) if stated else None)
        if picture is None or not picture.is_file():
            orphans.append(file.name)
        else:
            part = listed_in.get(file.stem) or part_of(album.inside(file), by_stem=False)
            by_part.setdefault(part, []).append((file, picture, tree))
    if not by_part:
        received = f"{len(orphans)} annotations, none with its picture ({listed(orphans)})"
        raise InputError("data.path", received, "Put the pictures there, or give data.path=DIR that holds both.")
    seen = {picture for group in by_part.values() for _, picture, _ in group}
    bare = [one.name for one in album.pictures if one not in seen]
    sheets, hard = [], 0
    for part, group in by_part.items():
        content, paths, bad, left = _content(group, album)
        broken, hard = broken + bad, hard + left
        if content["images"] and content["categories"]:
            sheets.append(Sheet(part, checked(content, "VOC annotations", paths.__getitem__), paths.__getitem__))
    notes = unpaired(orphans, bare) + ([f"{hard} objects that VOC calls difficult"] if hard else [])
    return Sheets("Pascal VOC", tuple(sheets), tuple(notes), tuple(broken))


def _image_sets(others: Sequence[Path]) -> dict[str, str]:
    """Return the part of each stem that ImageSets name; `trainval` trains where nothing splits it."""
    lists = {one.stem.casefold(): one for one in others if one.suffix == ".txt" and "ImageSets" in one.parts}
    found: dict[str, str] = {}
    for name in ("trainval", "train", "val", "valid", "test"):
        if name in lists and not (name == "trainval" and {"train", "val"} <= set(lists)):
            stems = [line.split()[0] for line in lists[name].read_text(errors="replace").splitlines() if line.split()]
            found.update(dict.fromkeys(stems, part_named(name) or "train"))
    return found


def _content(
    group: Sequence[tuple[Path, Path, Any]], album: Album
) -> tuple[dict[str, Any], dict[str, Path], list[tuple[str, str]], int]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    ids: dict[str, int] = {}
    paths: dict[str, Path] = {}
    broken, hard = [], 0
    for number, (file, picture, tree) in enumerate(group, start=1):
        name = album.inside(picture).as_posix()
        paths[name] = picture
        try:
            objects = [(_name(one), _box(one), one.findtext("difficult", "0").strip()) for one in tree.iter("object")]
        except ValueError as error:
            broken.append((album.inside(file).as_posix(), str(error)))
            continue
        images.append({"id": number, "file_name": name, **_size(tree)})
        for label, box, difficult in objects:
            if difficult == "1":
                hard += 1
                continue
            index = ids.setdefault(label, len(ids) + 1)
            annotations.append({"image_id": number, "category_id": index, "bbox": box})
    categories = [{"id": index, "name": label} for label, index in ids.items()]
    return {"images": images, "annotations": annotations, "categories": categories}, paths, broken, hard


def _size(tree: Any) -> dict[str, int]:
    """Return the picture's size as stated; nothing where it is 0 or missing, as some tools leave it."""
    found = {key: (tree.findtext(f"size/{key}") or "").strip() for key in ("height", "width")}
    sizes = {key: int(value) for key, value in found.items() if value.isdecimal() and int(value) > 0}
    return sizes if len(sizes) == 2 else {}


def _name(one: Any) -> str:
    name = (one.findtext("name") or "").strip()
    if not name:
        raise ValueError("an object without a name")
    return name


def _box(one: Any) -> list[float]:
    try:
        left, top, right, bottom = (float(one.findtext(f"bndbox/{key}") or "") for key in _CORNERS)
    except ValueError as error:
        raise ValueError("an object without a box of four numbers") from error
    return [min(left, right), min(top, bottom), abs(right - left), abs(bottom - top)]
