"""What every side gets of a set: crops by class, scenes without labels, pictures with boxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.files import read_json

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Split:
    """Pictures with boxes: a folder with images/ and instances.json."""

    folder: Path

    @cached_property
    def coco(self) -> dict[str, Any]:
        """The annotations."""
        read: dict[str, Any] = read_json(self.folder / "instances.json")
        return read

    def pictures(self, most: int | None = None) -> Iterator[tuple[int, Pixels]]:
        """Yield the id and the pixels (H, W, 3) of each picture, or of `most` that are spread over the split."""
        entries = self.coco["images"]
        step = 1 if most is None else max(1, len(entries) // most)
        for entry in entries[::step][:most]:
            yield entry["id"], rgb(self.folder / "images" / entry["file_name"])


@dataclass(frozen=True)
class Material:
    """A set as `benchmarks.own.sets` writes it."""

    folder: Path

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The names of the class folders."""
        return tuple(sorted(one.name for one in (self.folder / "crops").iterdir()))

    @cached_property
    def crops(self) -> list[Pixels]:
        """Every crop (h, w, 3), class after class."""
        return [rgb(path) for _, path in self._files]

    @cached_property
    def labels(self) -> npt.NDArray[np.int64]:
        """The class of each crop (N,)."""
        return np.array([label for label, _ in self._files])

    @cached_property
    def sizes(self) -> Floats:
        """Height and width of each crop (N, 2)."""
        return np.array([crop.shape[:2] for crop in self.crops], np.float32)

    def scenes(self) -> Iterator[Pixels]:
        """Yield the pictures without labels."""
        for path in sorted((self.folder / "scenes_train").iterdir()):
            yield rgb(path)

    @property
    def source(self) -> str | None:
        """Where a stranger's set is from, and its licence: what source.txt says."""
        told = self.folder / "source.txt"
        return told.read_text().strip() if told.exists() else None

    @property
    def test(self) -> Split:
        """What is measured on."""
        return Split(self.folder / "test")

    @property
    def validation(self) -> Split | None:
        """What thresholds and variants are chosen on, where there is such a thing."""
        return Split(self.folder / "val") if (self.folder / "val").exists() else None

    @cached_property
    def _files(self) -> list[tuple[int, Path]]:
        folders = [self.folder / "crops" / name for name in self.classes]
        return [(label, path) for label, folder in enumerate(folders) for path in sorted(folder.iterdir())]


def resized(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return a picture stretched to a size, bilinear, by the mean of what is reduced."""
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def rgb(path: Path) -> Pixels:
    """Return a picture file's pixels (H, W, 3)."""
    from PIL import Image

    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))
