"""A conversion on a set of scenes: raw scores, detections and metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import DatasetConfig, ExperimentConfig, LocateConfig, MosaicConfig
from fullconv.data.coco import category_of_class, iter_images, read_coco
from fullconv.errors import InputError
from fullconv.evaluate.scene_metrics import scene_metrics
from fullconv.locate.detections import detect
from fullconv.locate.scores import score_map

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Geometry

Image = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SceneSet:
    """Images with known objects: a COCO dictionary and the folder its file names are in."""

    name: str
    coco: dict[str, Any]
    folder: Path
    figures: int = 0  # how many are drawn
    neighbourhood: bool = False  # tabulate the cells around each object


@dataclass(frozen=True)
class Channels:
    """What the channels of a score map mean: the object classes, then the background if there is one."""

    classes: tuple[str, ...]
    has_background: bool

    @property
    def background(self) -> int | None:
        """The background's channel."""
        return len(self.classes) if self.has_background else None

    @property
    def names(self) -> list[str]:
        """The name of every channel."""
        return [*self.classes, "background"] if self.has_background else list(self.classes)


def channels_of(settings: ExperimentConfig, classifier: str) -> Channels:
    """Return the channels of a classifier of the pipeline."""
    return Channels(tuple(settings.data.classes), settings.classifiers[classifier].background.train > 0)


@dataclass(frozen=True)
class Localization:
    """What was found on a set: score maps `(H', W', K)` by image id, COCO results, metrics."""

    scores: dict[int, Image]
    detections: list[dict[str, Any]]
    metrics: dict[str, float | int]
    geometry: "Geometry"
    channels: Channels


def scene_sets(mosaics: Mapping[str, MosaicConfig], root: Path) -> list[SceneSet]:
    """Return the sets of mosaics that the stage `mosaics` wrote below `root`."""
    return [
        SceneSet(
            name,
            read_coco(root / name / "instances.json"),
            root / name / "images",
            config.figures,
            config.neighbourhood,
        )
        for name, config in mosaics.items()
    ]


def own_scenes(dataset: DatasetConfig) -> SceneSet:
    """Return a person's own COCO-format dataset.

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
    coco = read_coco(Path(str(dataset.annotations)))
    return SceneSet("dataset", coco, folder, figures=min(len(coco["images"]), 16))


def batches(images: Iterator[tuple[dict[str, Any], Image]], size: int) -> Iterator[tuple[list[int], Image]]:
    """Yield image ids and `(N, H, W, C)` arrays: neighbours of equal size, at most `size` of them."""
    ids: list[int] = []
    held: list[Image] = []
    for entry, image in images:
        if held and (len(held) == size or image.shape != held[0].shape):
            yield ids, np.stack(held)
            ids, held = [], []
        ids.append(entry["id"])
        held.append(image)
    if held:
        yield ids, np.stack(held)


def localize(conversion: "Conversion", scenes: SceneSet, channels: Channels, config: LocateConfig) -> Localization:
    """Find the objects of every scene and measure how well.

    Raises:
        InputError: an image or annotation that cannot be used, or a category that is no class.
    """
    categories = category_of_class(scenes.coco, channels.classes)
    classes_by_category = {category: index for index, category in categories.items()}
    scores: dict[int, Image] = {}
    found: list[dict[str, Any]] = []
    for ids, images in batches(
        iter_images(scenes.coco, scenes.folder, conversion.model.input_shape[-1]), config.batch_size
    ):
        maps = score_map(conversion, images, batch_size=config.batch_size)
        scores |= dict(zip(ids, maps, strict=True))
        found += detect(
            maps,
            conversion.geometry,
            image_ids=ids,
            categories=categories,
            background=channels.background,
            threshold=config.threshold,
            distance=config.distance,
            size=conversion.window,
        )
    metrics = scene_metrics(scores, found, scenes.coco, conversion.geometry, classes_by_category, channels.background)
    return Localization(scores, found, metrics, conversion.geometry, channels)
