"""Arrays → one classifier and its history: the stage that DVC runs.

fullconv train classifier=background
fullconv train classifier=background train.epochs=3
fullconv train classifier=located model=valid_deep tracking=none

It goes on after the last epoch of a training that was interrupted.
"""

import logging

from fullconv.config.choice import require_trainable
from fullconv.config.layout import ARRAYS, model_file, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.program import program
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write models/<classifier>/classifier.keras and reports/<classifier>/{history.csv,train.json,windows.npz}."""
    from fullconv.data.arrays import check_arrays, read_arrays
    from fullconv.files import write_json
    from fullconv.track.identity import parameters_of
    from fullconv.track.live import live_run
    from fullconv.track.store.opening import open_store

    name = chosen_name(settings)
    require_trainable(chosen(settings).model.architecture)
    store = open_store(settings.tracking)
    arrays = read_arrays(ARRAYS)
    check_arrays(arrays, settings.data.classes, where=str(ARRAYS))

    load_tensorflow()
    from fullconv.models.storage import save_model
    from fullconv.train.checkpoint import checkpoint_file, discard
    from fullconv.train.history import write_history
    from fullconv.train.recipe import train_classifier
    from fullconv.train.sample import write_sample

    checkpoint = checkpoint_file(name)
    with live_run(store, name, parameters_of(settings, name)) as callbacks:
        trained = train_classifier(
            arrays, chosen(settings), settings.data.classes, settings.seed, callbacks, checkpoint
        )
    save_model(trained.classifier, model_file(name, "classifier"))
    write_history(report_file(name, "history.csv"), trained.history)
    write_json(report_file(name, "train.json"), trained.metrics)
    write_sample(report_file(name, "windows.npz"), trained.sample)
    discard(checkpoint)
    log.info("%s: validation accuracy %.4f", name, trained.metrics["val_accuracy"])
