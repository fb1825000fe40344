"""What `fullconv convert classifier=WHAT` works on, and where its results go."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fullconv.config.choice import Choice, Kind
from fullconv.config.folders import CLASSIFIER, model_in
from fullconv.config.formats import KERAS
from fullconv.config.layout import ARRAYS, model_file, mosaics_folder, own_folder, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.schema import ConvertConfig, ExperimentConfig
from fullconv.errors import InputError
from fullconv.imagenet.networks import build_network


@dataclass(frozen=True)
class Task:
    """What to convert, what to compare it on (None: random images), and where the results go.

    `out` is a person's own folder; None for the pipeline's stage.
    """

    name: str
    load: Callable[[], Any]  # the classifier
    config: ConvertConfig
    key: str  # of the configuration
    images: Any
    larger: Any
    conversion: Path
    certificate: Path
    cost: Path
    out: Path | None = None


def of_the_pipeline(settings: ExperimentConfig) -> Task:
    """Return the task that DVC runs, or the same for a person's own folder."""
    import numpy as np

    from fullconv.data.arrays import read_arrays
    from fullconv.data.scenes.coco import iter_images, read_coco

    name, config = chosen_name(settings), chosen(settings).convert
    if settings.out is None and list(config.format) != [KERAS]:
        raise InputError("out", "not given", f"Give out=DIR, a folder for other formats of {name} than {KERAS}.")
    images = read_arrays(ARRAYS).test_images[: config.images].astype(np.float32) / np.float32(255)
    folder = mosaics_folder(next(iter(settings.mosaics)))
    scenes = iter_images(read_coco(folder / "instances.json"), folder / "images", images.shape[-1])
    out = None if settings.out is None else own_folder(Path(name), settings.out)
    return Task(
        name=name,
        load=partial(_classifier, model_file(name, "classifier")),
        config=config,
        key=f"classifiers.{name}.convert",
        images=images,
        larger=next(image for _, image in scenes)[None],
        conversion=model_file(name, "conversion"),
        certificate=report_file(name, "convert.json") if out is None else out / "certificate.json",
        cost=report_file(name, "cost.json") if out is None else out / "cost.json",
        out=out,
    )


def of_a_file(settings: ExperimentConfig, word: str) -> Task:
    """Return the task for a person's own classifier; it needs no data."""
    source = model_in(Path(word).expanduser(), [CLASSIFIER])
    return _alone(settings, source.name, partial(_classifier, source), own_folder(source, settings.out))


def of_a_network(settings: ExperimentConfig, name: str) -> Task:
    """Return the task for a network trained on ImageNet; it needs no data."""
    if settings.out is None:
        raise InputError("out", "not given", f"Give out=DIR, a folder for the conversion of {name}.")
    return _alone(settings, name, partial(build_network, name, settings.weights), own_folder(Path(name), settings.out))


def _classifier(file: Path) -> Any:
    from fullconv.models.files.read import load_classifier  # brings Keras, which a task that is refused does without

    return load_classifier(file)


def _alone(settings: ExperimentConfig, name: str, load: Callable[[], Any], folder: Path) -> Task:
    return Task(
        name=name,
        load=load,
        config=settings.convert,
        key="convert",
        images=None,
        larger=None,
        conversion=folder / "conversion.keras",
        certificate=folder / "certificate.json",
        cost=folder / "cost.json",
        out=folder,
    )


def task_of(settings: ExperimentConfig, choice: Choice) -> Task:
    """Return what `classifier=WHAT` asks for: a file, a pretrained network, or a classifier of the pipeline."""
    if choice.kind is Kind.FILE:
        return of_a_file(settings, choice.word)
    return of_a_network(settings, choice.word) if choice.kind is Kind.NETWORK else of_the_pipeline(settings)
