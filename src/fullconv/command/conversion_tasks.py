"""What `fullconv convert classifier=WHAT` works on, and where its results go."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.config.choice import Choice, Kind
from fullconv.config.folders import CLASSIFIER, model_in
from fullconv.config.formats import KERAS
from fullconv.config.layout import model_file, mosaics_folder, own_folder, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.schema import ConvertConfig, ExperimentConfig
from fullconv.errors import InputError
from fullconv.finders.outputs import said_by
from fullconv.imagenet.networks import build_network
from fullconv.track.architectures import architecture_of

if TYPE_CHECKING:
    from fullconv.models.files.loaded import Loaded


@dataclass(frozen=True)
class Task:
    """What to convert, what to compare it on (None: random images), and where the results go.

    `out` is a person's own folder; None for the pipeline's stage.
    """

    name: str
    load: Callable[[], "Loaded"]
    config: ConvertConfig
    key: str  # of the configuration
    images: Any
    larger: Any
    conversion: Path
    certificate: Path
    cost: Path
    out: Path | None = None
    pixels: str = "auto"  # what the classifier reads, if that was said
    source: Path | None = None  # a person's own file
    names: tuple[str, ...] = ()  # of its outputs, where its folder says them


def of_the_pipeline(settings: ExperimentConfig) -> Task:
    """Return the task that DVC runs, or the same for a person's own folder."""
    import numpy as np

    from fullconv.data.prepared import read_prepared
    from fullconv.data.scenes.coco import iter_images, read_coco
    from fullconv.train.sample import read_sample
    from fullconv.train.shown import shown_to

    name, config = chosen_name(settings), chosen(settings).convert
    if settings.out is None and list(config.format) != [KERAS]:
        raise InputError("out", "not given", f"Give out=DIR, a folder for other formats of {name} than {KERAS}.")
    sample = partial(read_sample, report_file(name, "windows.npz"))
    shown, _ = shown_to(read_prepared(settings.data), chosen(settings).background, lambda: sample().windows)
    images = shown[: config.images].astype(np.float32) / np.float32(255)
    folder = mosaics_folder(next(iter(settings.mosaics)))
    scenes = iter_images(read_coco(folder / "instances.json"), folder / "images", images.shape[-1])
    out = None if settings.out is None else own_folder(Path(name), settings.out)
    return Task(
        name=name,
        load=partial(_loaded, model_file(name, "classifier")),
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
    load = partial(_loaded, source, architecture_of(settings))
    task = _alone(settings, source.name, load, own_folder(source, settings.out))
    return replace(task, pixels=settings.classifier.pixels, source=source)


def of_a_finder(settings: ExperimentConfig, word: str) -> Task:
    """Return the task for the network of a finder's folder, whose meaning the finder says.

    Raises:
        InputError: no `out`, or the finder's own folder; or its file is missing or damaged.
    """
    folder = Path(word).expanduser()
    if settings.out is None or Path(settings.out).expanduser().resolve() == folder.resolve():
        received = "not given" if settings.out is None else "the finder's own folder"
        raise InputError("out", received, f"Give out=DIR, another folder, for what {word} is written as.")
    names, pixels = said_by(folder)
    source = folder / CLASSIFIER
    task = _alone(settings, folder.name, partial(_loaded, source), own_folder(folder, settings.out))
    return replace(task, pixels=pixels, source=source, names=names)


def of_a_network(settings: ExperimentConfig, name: str) -> Task:
    """Return the task for a network trained on ImageNet; it needs no data."""
    if settings.out is None:
        raise InputError("out", "not given", f"Give out=DIR, a folder for the conversion of {name}.")
    return _alone(settings, name, partial(_built, name, settings.weights), own_folder(Path(name), settings.out))


def _loaded(file: Path, architecture: Any = None) -> "Loaded":
    from fullconv.models.files.read import read_classifier  # brings Keras, which a task that is refused does without

    return read_classifier(file, architecture)


def _built(name: str, weights: str) -> "Loaded":
    from fullconv.models.files.loaded import Loaded

    return Loaded(build_network(name, weights), "a network trained on ImageNet", "0..1")


def _alone(settings: ExperimentConfig, name: str, load: Callable[[], "Loaded"], folder: Path) -> Task:
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
    if choice.kind is Kind.FINDER:
        return of_a_finder(settings, choice.word)
    if choice.kind is Kind.FILE:
        return of_a_file(settings, choice.word)
    return of_a_network(settings, choice.word) if choice.kind is Kind.NETWORK else of_the_pipeline(settings)
