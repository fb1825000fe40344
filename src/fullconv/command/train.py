"""Labelled images → what finds such objects in larger pictures, or one classifier of the pipeline.

fullconv train data=folder data.path=crops out=finder                        crops/<class>/*.png, of any size
fullconv train data=folder data.path=crops data.scenes=pictures out=finder   larger pictures too, without labels
fullconv train classifier=background                                         the stage that DVC runs

With out=DIR the images are read from where `data` says, and DIR receives the finder: classifier, conversion,
certificate, what it knows of classes, sizes and thresholds, what was measured. It may be moved and copied:
  fullconv locate classifier=DIR image=PICTURE out=found        fullconv serve classifier=DIR
  fullconv evaluate classifier=DIR dataset.images=DIR dataset.annotations=FILE.json out=report
  fullconv convert classifier=DIR format=onnx out=exported
data=folder|coco|csv      what data.path holds: class folders, pictures with boxes to cut out, a CSV of path and label;
                          a data set by its name too (data=fashion_mnist)
data.scenes=DIR           data.background=NAME   the folder of crops that show no object
data.margin=0.1           more than the object on each side that the crops show, as a share of its sides
data.test_share=0.2       held out of each class, where there is no train/ and test/
classifier=located        the variant that is trained, with what is given of train.epochs=, augment.flips=, model= …
seed=0
tracking=sqlite|server    curves, metrics and the finder to MLflow, to be promoted; not given: nowhere
What was cut off goes on when the same command is run again: it is kept in DIR.part meanwhile. A finder that is there
is replaced once the new one is whole; a folder of anything else is refused.

Without out=, the stage: data/arrays.npz → models/<classifier>/ and reports/<classifier>/; fullconv prepare comes first.
  fullconv train classifier=background model=valid_deep tracking=none
"""

import logging
from functools import partial

from fullconv.config.choice import require_trainable
from fullconv.config.layout import ARRAYS, boxes_file, model_file, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError

log = logging.getLogger(__name__)


def of_the_pipeline(settings: ExperimentConfig) -> None:
    """Write what the pipeline keeps of a classifier, to models/<classifier>/ and reports/<classifier>/.

    Raises:
        InputError: a knob or the arrays cannot be used.
    """
    from fullconv.data.prepared import classes_of, read_prepared
    from fullconv.files import write_json
    from fullconv.track.datasets import array_inputs
    from fullconv.track.identity import parameters_of
    from fullconv.track.live import live_run
    from fullconv.track.store.opening import open_store

    name = chosen_name(settings)
    require_trainable(chosen(settings).model.architecture)
    if settings.data.form != "arrays" and not ARRAYS.is_file():
        received = f"not given, and there is no {ARRAYS}"
        raise InputError("out", received, "Give out=DIR, a folder for the finder, or run fullconv prepare first.")
    arrays = read_prepared(settings.data)
    store = open_store(settings.tracking)
    classes = classes_of(settings.data, arrays)

    load_tensorflow()
    from fullconv.finders.searching import pipeline_look
    from fullconv.models.boxes import write_boxes
    from fullconv.models.storage import save_model
    from fullconv.train.checkpoint import checkpoint_file, discard
    from fullconv.train.history import write_history
    from fullconv.train.recipe import train_classifier
    from fullconv.train.sample import write_sample

    checkpoint = checkpoint_file(name)
    inputs = partial(array_inputs, arrays, settings.data.name, {"dvc": str(ARRAYS)})
    with live_run(store, name, parameters_of(settings, name), inputs) as callbacks:
        look = pipeline_look(arrays, chosen(settings), classes, settings.seed, checkpoint)
        trained = train_classifier(arrays, chosen(settings), classes, settings.seed, callbacks, checkpoint, look)
    save_model(trained.classifier, model_file(name, "classifier"))
    write_boxes(boxes_file(name), trained.boxes)
    write_history(report_file(name, "history.csv"), trained.history)
    write_json(report_file(name, "train.json"), trained.metrics)
    write_sample(report_file(name, "windows.npz"), trained.sample)
    discard(checkpoint)
    log.info("%s: validation accuracy %.4f", name, trained.metrics["val_accuracy"])


@program
def main(settings: ExperimentConfig) -> None:
    """Write a finder to `out`, or what the pipeline keeps of one classifier."""
    if settings.out is None:
        of_the_pipeline(settings)
        return
    from fullconv.command.training import train_finder

    train_finder(settings, settings.out)
