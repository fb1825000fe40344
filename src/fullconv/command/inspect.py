"""A classifier and test images → what it has learnt: kernels, activations, neighbours.

fullconv inspect classifier=my.keras data=digits out=seen   your own (.keras, .h5 …), and test images of its size
fullconv inspect classifier=my.keras inspect.layer=NAME     by the output of another layer than the last but one
fullconv inspect classifier=located                              one of the pipeline: the stage that DVC runs
classifier.pixels=0..1|0..255|-1..1|imagenet|caffe|auto     what a file of your own reads; auto: as fullconv locate

It writes inspect.json, embeddings.csv and the pictures of inspection/ to `out`, or to a folder beside the file.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.choice import Kind, choice_of
from fullconv.config.folders import CLASSIFIER, model_in
from fullconv.config.layout import model_file, own_folder, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig, InspectConfig
from fullconv.data.arrays import Arrays, check_arrays
from fullconv.data.prepared import classes_of, read_prepared
from fullconv.data.sources.choice import load_arrays
from fullconv.track.architectures import architecture_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fullconv.models.files.loaded import Loaded

log = logging.getLogger(__name__)

_LOOKED_AT = 64  # images, from which is measured what range of pixels a network reads


def of_the_pipeline(settings: ExperimentConfig) -> tuple[Path, Path, Arrays, InspectConfig]:
    """Return the classifier's file, the folder for the results, images and knobs of what DVC runs."""
    name = chosen_name(settings)
    return model_file(name, "classifier"), report_file(name, ""), read_prepared(settings.data), chosen(settings).inspect


def of_a_file(settings: ExperimentConfig) -> tuple[Path, Path, Arrays, InspectConfig]:
    """Return the same for a person's own classifier."""
    source = model_in(Path(choice_of(settings).word).expanduser(), [CLASSIFIER])
    return source, own_folder(source, settings.out), load_arrays(settings.data, settings.seed), settings.inspect


def range_of(settings: ExperimentConfig, loaded: "Loaded", images: "npt.NDArray[np.float32]") -> str:
    """Return the range that a classifier reads: those of the pipeline 0..1, a person's own as `locate` has it."""
    from fullconv.convert.conversion import convolutionalize
    from fullconv.inspect.activations import check_readable
    from fullconv.locate.meaning import reads
    from fullconv.locate.pixel_range import told
    from fullconv.models.pixels import AUTO, PLAIN

    choice = choice_of(settings)
    if choice.kind is not Kind.FILE:
        return PLAIN
    check_readable(loaded.model, images)
    read = reads(loaded.model, settings.classifier.pixels, loaded.pixels, loaded.kind)
    if read.pixels != AUTO:
        return read.pixels
    return told(choice.word, convolutionalize(loaded.model), images[:_LOOKED_AT]).pixels


@program
def main(settings: ExperimentConfig) -> None:
    """Write reports/<classifier>/{inspect.json,embeddings.csv,inspection}, or the same to `out`."""
    own = choice_of(settings).kind is Kind.FILE
    source, folder, arrays, config = (of_a_file if own else of_the_pipeline)(settings)
    classes = classes_of(settings.data, arrays)
    check_arrays(arrays, classes, where="data")

    load_tensorflow()
    import numpy as np

    from fullconv.models.files.read import read_classifier
    from fullconv.report.inspection import Subject, write_inspection
    from fullconv.terminal.tables import print_table
    from fullconv.train.sample import read_sample
    from fullconv.train.shown import shown_to

    loaded = read_classifier(source, architecture_of(settings))
    sample = None if own else read_sample(report_file(chosen_name(settings), "windows.npz"))
    shown, labels = arrays.test_images, arrays.test_labels
    if sample is not None:
        shown, labels = shown_to(arrays, chosen(settings).background, lambda: sample.windows)
    images = shown.astype(np.float32) / np.float32(255)
    pixels = range_of(settings, loaded, images)
    subject = Subject(loaded.model, images, labels, classes, pixels)
    found = write_inspection(folder, subject, config, settings.seed, sample)
    rows = [
        ("layer", f"{found['layer']}, {found['dimensions']} numbers an image"),
        (f"share of the {found['neighbours']} nearest of the same class", f"{found['agreement']:.3f}"),
        ("the same between the images' pixels", f"{found['pixels']:.3f}"),
        ("the same by chance", f"{found['chance']:.3f}"),
    ]
    print_table(f"Neighbours among {found['images']} test images: {folder}", rows)
    log.info("%s: %.3f of the nearest neighbours are of the same class", folder, found["agreement"])
