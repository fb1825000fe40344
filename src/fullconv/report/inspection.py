"""What a classifier has learnt, written down: a metric, a table, pictures."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from fullconv.config.schema import InspectConfig
from fullconv.errors import InputError
from fullconv.figures.activations import activations_figure
from fullconv.figures.inspection import (
    kernels_figure,
    neighbours_figure,
    projection_figure,
)
from fullconv.figures.scenes import save_figure
from fullconv.files import whole_file, whole_folder, write_json
from fullconv.inspect.activations import activations
from fullconv.inspect.embeddings import embedding_layer, embeddings
from fullconv.inspect.kernels import kernel_pictures
from fullconv.inspect.neighbours import agreement, chance_agreement, class_agreement, nearest, queries
from fullconv.inspect.projection import projection
from fullconv.inspect.walk import input_name
from fullconv.locate.channels import channels_of
from fullconv.models.pixels import PLAIN, scaled
from fullconv.report.windows import sample_image, write_windows
from fullconv.train.sample import Sample

Array = npt.NDArray[Any]

NAMES = {"tsne": "t-SNE", "pca": "principal components"}


@dataclass(frozen=True, eq=False)
class Subject:
    """A classifier, labelled images `(N, H, W, C)` in 0..1, and the range that the classifier reads them in."""

    classifier: Any
    images: Array
    labels: Array
    classes: Sequence[str]
    pixels: str = PLAIN

    def first(self, count: int) -> "Subject":
        """Return the same with so many of the images."""
        return Subject(self.classifier, self.images[:count], self.labels[:count], self.classes, self.pixels)


def write_inspection(
    folder: Path, subject: Subject, config: InspectConfig, seed: int, sample: Sample | None = None
) -> dict[str, Any]:
    """Write inspect.json, embeddings.csv and the pictures of `inspection/`; return what inspect.json holds.

    With a `sample` of its training, its windows are among the pictures.

    Raises:
        InputError: a knob that does not fit the classifier or the images, or a folder that cannot be written.
    """
    if config.image >= len(subject.images):
        mend = f"Give 0 to {len(subject.images) - 1}."
        raise InputError("inspect.image", f"{config.image}, while there are {len(subject.images)} test images", mend)
    some = subject.first(config.images)
    layer = embedding_layer(some.classifier, config.layer)
    vectors = embeddings(some.classifier, scaled(some.images, some.pixels), layer)
    neighbours = nearest(vectors, config.neighbours)
    points = projection(vectors, config.projection, seed)
    found = {
        "layer": layer,
        "dimensions": int(vectors.shape[1]),
        "images": len(vectors),
        "neighbours": config.neighbours,
        "agreement": agreement(some.labels, neighbours),
        "classes": dict(zip(some.classes, _shares(some, neighbours), strict=True)),
        "chance": chance_agreement(some.labels),
        "pixels": _pixel_agreement(some, config.neighbours),
        "projection": config.projection,
    }
    with whole_folder(folder / "inspection") as pictures:
        if sample is not None:
            write_windows(pictures / "windows.png", sample_image(sample, subject.classes))
        _draw_kernels(pictures, some)
        _draw_activations(pictures, subject, config.image)
        shown = queries(some.labels, config.queries)
        save_figure(
            neighbours_figure(some.images, some.labels, shown, neighbours, some.classes), pictures / "neighbours.png"
        )
        title = f"{len(points)} test images, {vectors.shape[1]} numbers of {layer} each, by {NAMES[config.projection]}"
        save_figure(projection_figure(points, some.labels, some.classes, title), pictures / "projection.png")
    _write_points(folder / "embeddings.csv", points, some)
    write_json(folder / "inspect.json", found)
    return found


def _shares(subject: Subject, neighbours: Array) -> list[float | None]:
    return class_agreement(subject.labels, neighbours, len(subject.classes))


def _pixel_agreement(subject: Subject, count: int) -> float:
    """Return what the same neighbours' agreement is between images as they are: what the network is to beat."""
    pixels = embeddings(subject.classifier, subject.images, input_name(subject.classifier))
    return agreement(subject.labels, nearest(pixels, count))


def _draw_kernels(folder: Path, subject: Subject) -> None:
    for number, kernels in enumerate(kernel_pictures(subject.classifier), start=1):
        name = kernels.name.replace("/", "-").replace(":", "-").replace(" ", "-")
        save_figure(kernels_figure(kernels), folder / f"kernels_{number:02d}_{name}.png")


def _draw_activations(folder: Path, subject: Subject, index: int) -> None:
    image = subject.images[index]
    layers = activations(subject.classifier, scaled(image, subject.pixels))
    names = channels_of(subject.classes, layers[-1].values.size, "classifier").names
    save_figure(activations_figure(image, layers, names), folder / "activations.png")


def _write_points(path: Path, points: Array, subject: Subject) -> None:
    with whole_file(path) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["image", "class", "x", "y"])
        for index, (label, (x, y)) in enumerate(zip(subject.labels, points, strict=True)):
            writer.writerow([index, subject.classes[label], f"{x:.6g}", f"{y:.6g}"])
