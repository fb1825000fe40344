"""A classifier → its fully convolutional network and the certificate.

fullconv convert classifier=my.keras out=converted     a classifier of your own, a file or a folder that holds one:
                                                       .keras, .h5 of any Keras, SavedModel (docs/use/files.md)
fullconv convert classifier=resnet50 out=converted     a network trained on ImageNet: one of keras.applications
fullconv convert classifier=located                    one of the pipeline: the stage that DVC runs

It writes conversion.keras, conversion.json, certificate.json and cost.json to `out`, or to a folder beside the file; of
a file meaning.json too, what it reads and the names of its classes, as far as these are known.
convert.head=cell|window   convert.flip_kernels=true: weights in Theano's convention   weights=FILE|none of a network
of a file: classifier.pixels=0..1|0..255|-1..1|imagenet|caffe|auto   classifier.classes=[NAME,…]|FILE
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.config.choice import Kind, searched_with
from fullconv.config.folders import CLASSIFIER, MEANING, model_in
from fullconv.config.layout import ARRAYS, model_file, mosaics_folder, own_folder, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ConvertConfig, ExperimentConfig
from fullconv.errors import InputError
from fullconv.imagenet.networks import build_network
from fullconv.track.architectures import architecture_of

if TYPE_CHECKING:
    from fullconv.models.files.loaded import Loaded

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What to convert, what to compare it on (None: random images), and where the results go."""

    name: str
    load: Callable[[], "Loaded"]
    config: ConvertConfig
    key: str  # of the configuration
    images: Any
    larger: Any
    conversion: Path
    certificate: Path
    cost: Path
    pixels: str = "auto"  # what the classifier reads, if that was said
    source: Path | None = None  # a person's own file


def of_the_pipeline(settings: ExperimentConfig) -> Task:
    """Return the task that DVC runs."""
    import numpy as np

    from fullconv.data.arrays import read_arrays
    from fullconv.data.scenes.coco import iter_images, read_coco

    name, config = chosen_name(settings), chosen(settings).convert
    images = read_arrays(ARRAYS).test_images[: config.images].astype(np.float32) / np.float32(255)
    folder = mosaics_folder(next(iter(settings.mosaics)))
    scenes = iter_images(read_coco(folder / "instances.json"), folder / "images", images.shape[-1])
    return Task(
        name=name,
        load=partial(_loaded, model_file(name, "classifier")),
        config=config,
        key=f"classifiers.{name}.convert",
        images=images,
        larger=next(image for _, image in scenes)[None],
        conversion=model_file(name, "conversion"),
        certificate=report_file(name, "convert.json"),
        cost=report_file(name, "cost.json"),
    )


def of_a_file(settings: ExperimentConfig, word: str) -> Task:
    """Return the task for a person's own classifier; it needs no data."""
    source = model_in(Path(word).expanduser(), [CLASSIFIER])
    folder = own_folder(source, settings.out)
    task = _alone(settings, source.name, partial(_loaded, source, architecture_of(settings)), folder)
    return replace(task, pixels=settings.classifier.pixels, source=source)


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
    )


def task_of(settings: ExperimentConfig) -> Task:
    """Return what `classifier=WHAT` asks for: a file, a pretrained network, or a classifier of the pipeline.

    Raises:
        InputError: a registered model, which is converted already.
    """
    choice = searched_with(settings)
    if choice.kind is Kind.REGISTERED:
        raise InputError("classifier", f"registry:{choice.word} is converted already", "fullconv locate reads it.")
    if choice.kind is Kind.FILE:
        return of_a_file(settings, choice.word)
    return of_a_network(settings, choice.word) if choice.kind is Kind.NETWORK else of_the_pipeline(settings)


@program
def main(settings: ExperimentConfig) -> None:
    """Write models/<classifier>/conversion.{keras,json} and reports/<classifier>/{convert,cost}.json."""
    task = task_of(settings)

    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.cost.table import cost_line
    from fullconv.convert.storage import save_conversion
    from fullconv.files import write_json
    from fullconv.locate.meaning import reads
    from fullconv.proof.certificate import certify
    from fullconv.proof.faithful import require_faithful
    from fullconv.proof.work import costs
    from fullconv.terminal.tables import print_table
    from fullconv.track.names import names_said

    loaded = task.load()
    classifier, pixels = loaded.model, reads(loaded.model, task.pixels, loaded.pixels, loaded.kind).pixels
    conversion = convolutionalize(classifier, head=task.config.head, flip_kernels=task.config.flip_kernels)
    certificate = certify(classifier, conversion, images=task.images, larger=task.larger, pixels=pixels)
    print_table(f"Conversion certificate: {task.name}, head {task.config.head}", certificate.rows())
    require_faithful(certificate, task.config.tolerance, where=f"{task.key}.tolerance")
    tables = costs(classifier, conversion, None if task.larger is None else task.larger.shape[1:3])
    print_table(f"Cost of one image: {task.name}", [(key, cost_line(table)) for key, table in tables.items()])
    save_conversion(conversion, task.conversion)
    write_json(task.certificate, certificate.as_dict())
    write_json(task.cost, tables)
    if task.source is not None:
        named = names_said(settings, task.source)
        names = None if named is None else list(named.names)
        meaning = {"pixels": None if pixels == "auto" else pixels, "classes": names}
        write_json(task.conversion.with_name(MEANING), meaning)
    log.info("%s, %s, %s", task.conversion, task.certificate, task.cost)
