"""A trial of a guided search that does badly is ended early: the objective is measured while it trains."""

import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fullconv.config.load import chosen
from fullconv.config.own_sets import are_crops, key_of
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.data.arrays import Arrays
from fullconv.data.prepared import classes_of, measures_in
from fullconv.data.scenes.mosaics import make_scenes
from fullconv.errors import InputError
from fullconv.sweeps.search.settings import PruningConfig

log = logging.getLogger(__name__)

SEARCH = "FULLCONV_SEARCH"  # an environment variable that the sweeper gives each job: where its trial is


class Pruned(Exception):  # noqa: N818  (no error: the search has seen enough)
    """The trial was ended after `epochs`, with the objective's `value` at that moment; the storage says so too."""

    def __init__(self, epochs: int, value: float) -> None:
        super().__init__(f"pruned after {epochs} epochs at {value:.4f}")
        self.epochs, self.value = epochs, value

    def __reduce__(self) -> tuple[type["Pruned"], tuple[int, float]]:
        return type(self), (self.epochs, self.value)


@dataclass(frozen=True)
class TrialAddress:
    """Where the trial of a job is kept, and when it may be ended."""

    storage: str
    study: str
    trial: int
    pruning: PruningConfig


def trial_address() -> TrialAddress | None:
    """Return the address that the search gave this process; None without a search."""
    content = json.loads(os.environ.get(SEARCH) or "null")
    if content is None:
        return None
    return TrialAddress(content["storage"], content["study"], content["trial"], PruningConfig(**content["pruning"]))


def pruning_callbacks(settings: ExperimentConfig, arrays: Arrays) -> list[Any]:
    """Return the Keras callback that measures the objective as a job trains, and raises `Pruned`; none, often.

    It adds the objective to an epoch's logs as `<set>_<metric>`, so it stands before callbacks that write them. The
    objective is measured on the first mosaics of its set, with the network converted as it is. Weights stay as they
    are.

    Raises:
        InputError: the objective names a set that is not there.
    """
    address = trial_address()
    if settings.job.trial is None or address is None or address.pruning.method == "none":
        return []
    return [watching(measuring(settings, arrays, address.pruning.images), judge_of(address), settings, address.pruning)]


def measuring(settings: ExperimentConfig, arrays: Arrays, images: int) -> Callable[[Any], float]:
    """Return a function that gives a classifier's objective on the first `images` mosaics of the objective's set.

    Raises:
        InputError: there is no such set.
    """
    from fullconv.data.scenes.coco import write_scenes
    from fullconv.evaluate.scenes.sets import scene_sets

    name, metric = settings.objective.split(".", 1)
    if name not in settings.mosaics:
        raise InputError("objective", f"no set of mosaics {name!r}", f"Choose one of {', '.join(settings.mosaics)}.")
    mosaics = replace(settings.mosaics[name], images=min(images, settings.mosaics[name].images))
    scenes = make_scenes(mosaics, arrays, settings.data.validation_share, where=key_of(settings.data, name))
    classes, measures = classes_of(settings.data, arrays), measures_in(arrays)

    def measured(classifier: Any) -> float:
        with tempfile.TemporaryDirectory() as folder:
            write_scenes(Path(folder) / name, scenes, classes)
            (written,) = scene_sets({name: mosaics}, Path(folder))
            return _objective(settings, classifier, classes, measures, written, metric)

    return measured


def _objective(
    settings: ExperimentConfig,
    classifier: Any,
    classes: Sequence[str],
    measures: Mapping[str, Any] | None,
    scenes: Any,
    metric: str,
) -> float:
    from fullconv.convert.conversion import convolutionalize
    from fullconv.evaluate.scenes.search import Search, measure
    from fullconv.track.finders import searching
    from fullconv.track.known_sizes import dimensions_in

    config = chosen(settings)
    conversion = convolutionalize(classifier, head=config.convert.head, flip_kernels=config.convert.flip_kernels)
    dimensions = dimensions_in(measures, config, in_scenes=True)
    finder = searching(conversion, classes, config.locate, "data.classes", not are_crops(settings.data), dimensions)
    meter = measure(Search(finder, scenes))
    threshold = config.locate.threshold
    return float(meter.metrics(meter.best_threshold() if threshold is None else threshold)[metric])


def judge_of(address: TrialAddress) -> Callable[[int, float], bool]:
    """Return a function that reports `(epochs, objective)` and says whether the trial ends; it is told as pruned then.

    A storage that does not answer ends no training: a warning says so, and the trial goes on.
    """

    def ends(epochs: int, value: float) -> bool:
        try:
            return _reported(address, epochs, value)
        except Exception as error:
            # Whatever a database raises; hours of training are worth more than an early end.
            log.warning("the search's storage does not answer, no early end here: %s", error)
            return False

    return ends


def _reported(address: TrialAddress, epochs: int, value: float) -> bool:
    import optuna
    from optuna.trial import Trial, TrialState

    from fullconv.sweeps.search.study import pruner_of, storage_of

    # The random sampler keeps quiet: another would propose values that nobody asked for.
    study = optuna.load_study(
        study_name=address.study,
        storage=storage_of(address.storage),
        sampler=optuna.samplers.RandomSampler(),
        pruner=pruner_of(address.pruning),
    )
    trial = Trial(study, study.get_trials(deepcopy=False)[address.trial]._trial_id)
    trial.report(value, epochs)
    if not trial.should_prune():
        return False
    study.tell(address.trial, state=TrialState.PRUNED)
    return True


def watching(
    measured: Callable[[Any], float],
    ends: Callable[[int, float], bool],
    settings: ExperimentConfig,
    pruning: PruningConfig,
) -> Any:
    """Return the Keras callback that measures every so many epochs, but for the last."""
    load_tensorflow()
    import keras

    key = settings.objective.replace(".", "_", 1)

    class Watching(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            done = epoch + 1
            if done % pruning.every or done >= self.params["epochs"]:
                return
            value = measured(self.model)
            if logs is not None:
                logs[key] = value
            log.info("epoch %d: %s = %.4f", done, settings.objective, value)
            if ends(done, value):
                raise Pruned(done, value)

    return Watching()
