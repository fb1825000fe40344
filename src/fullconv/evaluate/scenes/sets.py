"""Sets of scenes to be searched."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fullconv.config.schema import SPRITES, DatasetConfig, MosaicConfig
from fullconv.data.pictures.samples import AS_STORED, Samples
from fullconv.data.scenes.coco import read_coco
from fullconv.data.scenes.upright import upright
from fullconv.errors import InputError

VALIDATION = "validation"  # the set of mosaics that thresholds are chosen on


@dataclass(frozen=True)
class SceneSet:
    """Images with known objects: a COCO dictionary and the folder its file names are in."""

    name: str
    coco: dict[str, Any]
    folder: Path
    figures: int = 0  # how many are drawn
    neighbourhood: bool = False  # tabulate the cells around each object
    polarity: str = "light"  # light | dark | auto: how objects stand out
    names: Mapping[str, str] = field(default_factory=dict)  # category → class, where they differ
    samples: Samples = AS_STORED  # what its files' numbers stand for, where they do not say
    turned: bool = False  # whether its boxes are not where its annotations have them: they were turned upright

    def of(self, images: list[dict[str, Any]]) -> "SceneSet":
        """Return the set with these of its images alone; annotations are kept for those only."""
        ids = {entry["id"] for entry in images}
        annotations = [one for one in self.coco["annotations"] if one["image_id"] in ids]
        coco = {**self.coco, "images": images, "annotations": annotations}
        return replace(self, coco=coco)


def scene_sets(mosaics: Mapping[str, MosaicConfig], root: Path) -> list[SceneSet]:
    """Return the sets of mosaics that the stage `mosaics` wrote below `root`."""
    return [
        SceneSet(
            name,
            read_coco(root / name / "instances.json"),
            root / name / "images",
            config.figures,
            config.neighbourhood,
            polarity="auto" if config.of == SPRITES else "light",
        )
        for name, config in mosaics.items()
    ]


def own_scenes(dataset: DatasetConfig) -> SceneSet:
    """Return a person's own COCO-format dataset, its boxes in pixels of the upright pictures.

    Raises:
        InputError: one of the two paths is missing, or the annotations cannot be read.
    """
    for key in ("images", "annotations"):
        if getattr(dataset, key) is None:
            raise InputError(
                f"dataset.{key}", "not given", "Give both dataset.images=DIR and dataset.annotations=FILE."
            )
    folder = Path(str(dataset.images))
    if not folder.is_dir():
        raise InputError("dataset.images", f"{folder} is not a folder", "Give the folder that file names start from.")
    read = read_coco(Path(str(dataset.annotations)))
    coco = upright(read, lambda name: folder / name)
    return SceneSet(
        "dataset",
        coco,
        folder,
        figures=dataset.figures,
        polarity=dataset.polarity,
        names=dict(dataset.names or {}),
        samples=samples_of(dataset),
        turned=coco is not read,
    )


def samples_of(dataset: DatasetConfig) -> Samples:
    """Return what `dataset.bands` and `dataset.bits` say of a person's pictures."""
    return Samples(tuple(dataset.bands), dataset.bits)
