"""Annotations of one part of a set, in the form of COCO, whatever wrote them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fullconv.data.scenes.coco_check import check_coco
from fullconv.data.scenes.coco_defaults import complete, finished
from fullconv.data.scenes.upright import upright
from fullconv.data.sources.crops.places import listed
from fullconv.data.sources.crops.splits import part_named


@dataclass(frozen=True)
class Sheet:
    """Boxes in pixels of upright pictures; `path_of` finds the picture of a name."""

    part: str | None  # train, val, test; None: the set says nothing
    coco: dict[str, Any]
    path_of: Callable[[str], Path]


@dataclass(frozen=True)
class Sheets:
    """A whole set as it was found, and what a person is told of it."""

    form: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()  # files that cannot be read, and why


def checked(content: Any, where: str, path_of: Callable[[str], Path]) -> dict[str, Any]:
    """Return COCO, checked, finished and upright.

    Raises:
        InputError: it is no COCO.
    """
    return upright(finished(check_coco(complete(content), where)), path_of)


def part_of(inside: Path, by_stem: bool) -> str | None:
    """Return the part that the folders of a file in a set name, or the file itself: instances_train2017.json."""
    pieces = [*inside.parts[:-1], *(re.findall("[a-z]+", inside.stem.casefold()) if by_stem else ())]
    return next((part for piece in reversed(pieces) if (part := part_named(piece)) is not None), None)


def unpaired(orphans: list[str], bare: list[str]) -> list[str]:
    """Return what is told of labels without a picture and of pictures without labels."""
    told = [f"{len(orphans)} label files without a picture ({listed(orphans)})"] if orphans else []
    return told + ([f"{len(bare)} pictures without labels ({listed(bare)})"] if bare else [])
