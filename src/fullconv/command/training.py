"""A finder of a person's own data: labelled images in, a folder out; nothing of the pipeline is read or written."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.choice import require_trainable, word_for
from fullconv.config.given import with_given_knobs
from fullconv.config.layout import PLACES, own_folder
from fullconv.config.load import chosen_name
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import DataConfig, ExperimentConfig
from fullconv.data.arrays import Arrays
from fullconv.data.sources.choice import load_arrays
from fullconv.data.sources.crops.account import write_places
from fullconv.data.sources.crops.loading import read_crops
from fullconv.errors import InputError
from fullconv.finders.place import check_place, forget, unfinished

if TYPE_CHECKING:
    from fullconv.data.sources.crops.places import Place
    from fullconv.finders.made import Made
    from fullconv.track.store.opening import Store

_RECIPE = "located"  # the variant that a finder is trained as, where nobody says


def train_finder(settings: ExperimentConfig, out: str) -> None:
    """Train on what `data` says and write a finder to `out`; a training that was cut off goes on.

    Raises:
        InputError: a knob, the data or the folder cannot be used.
    """
    folder = own_folder(Path("finder"), out)
    check_place(folder)
    name = variant_of(settings)
    settings = with_given_knobs(settings, name)
    config = settings.classifiers[name]
    require_trainable(config.model.architecture)
    store = _store_asked_for(settings)
    start = time.perf_counter()
    arrays, places = _read(settings)
    taken = time.perf_counter() - start
    classes = settings.data.classes if arrays.crops is None else arrays.crops.classes

    load_tensorflow()
    from fullconv.finders.folder import write_finder
    from fullconv.finders.making import make_finder
    from fullconv.finders.met import facts_of
    from fullconv.report.finder import write_sheets_of
    from fullconv.track.datasets import array_inputs
    from fullconv.track.identity import digest, parameters_of
    from fullconv.track.live import live_run

    part, facts = unfinished(folder), facts_of(arrays, classes, source_of(settings.data), settings.seed)
    # Knobs do not tell one folder of crops from another.
    parameters = {**parameters_of(settings, name), "data.digest": facts["digest"]}
    inputs = partial(array_inputs, arrays, source_of(settings.data), {"data": settings.data.name})
    with live_run(store, folder.name, parameters, inputs) as callbacks:
        made = make_finder(arrays, config, classes, settings.seed, callbacks, part / "training.npz")
    made = replace(made, seconds={"data": taken, **made.seconds})

    def beside(written: Path) -> None:
        if places is not None:
            write_places(written / PLACES.name, places)
        write_sheets_of(written, made, folder.name)

    write_finder(folder, made, facts, beside)
    forget(part)
    _tell(word_for(folder, settings), arrays, made)
    if store is not None:
        from fullconv.track.registry.finder_model import log_finder

        run_id = log_finder(store, folder.name, digest(parameters), folder, made)
        metric = "AP50" if "AP50" in made.validation else "accuracy"
        print(f"fullconv promote run={run_id} registry.name=NAME registry.metric=validation/{metric}")


def _read(settings: ExperimentConfig) -> "tuple[Arrays, Sequence[tuple[Place, str]] | None]":
    """Return arrays, and of annotated pictures the places that crops were cut out of."""
    if settings.data.form != "coco":
        return load_arrays(settings.data, settings.seed), None
    reading = read_crops(settings.data, settings.seed)
    return reading.arrays, reading.account.places


def variant_of(settings: ExperimentConfig) -> str:
    """Return the name of the variant that a finder is trained as: what a person gave, else `located`.

    Raises:
        InputError: it is no variant of the pipeline.
    """
    if {"classifier", "classifier.name", "classifier.path"} & settings.given:
        return chosen_name(settings)
    if _RECIPE not in settings.classifiers:
        known = ", ".join(settings.classifiers)
        raise InputError("classifier", f"not given, and there is no {_RECIPE}", f"Give classifier=NAME ({known}).")
    return _RECIPE


def source_of(data: DataConfig) -> str:
    """Return what a finder says of where it learnt: the name of a folder or file, or of a data set, and no path."""
    return data.name if data.path is None else Path(data.path).resolve().name


def _store_asked_for(settings: ExperimentConfig) -> "Store | None":
    """Return the store that a person named; a finder of one's own makes none by itself."""
    if not any(key.partition(".")[0] == "tracking" for key in settings.given):
        return None
    from fullconv.track.store.opening import open_store

    return open_store(settings.tracking)


def _tell(word: str, arrays: Arrays, made: "Made") -> None:
    from fullconv.terminal.tables import figure, print_table

    sizes = made.dimensions.sizes
    columns = ["class", "learnt from", "held out", *(["pixels: least", "usual", "greatest"] if sizes else [])]
    rows = [
        [name, *_counts(arrays, label), *([f"{size:.0f}" for size in sizes[label]] if sizes else [])]
        for label, name in enumerate(made.channels.classes)
    ]
    print_table(f"A finder: {word}", rows, columns)
    measured = made.validation or made.metrics
    print_table("On what was held out", [[key, figure(value)] for key, value in measured.items()])
    print_table("Seconds", [[step, f"{taken:.1f}"] for step, taken in made.seconds.items()])
    what = f"classifier={shlex.quote(word)}"
    print(f"fullconv locate {what} image=PICTURE.jpg out=found")
    print(f"fullconv evaluate {what} dataset.images=DIR dataset.annotations=FILE.json out=report")


def _counts(arrays: Arrays, label: int) -> Sequence[str]:
    return [str(int((labels == label).sum())) for labels in (arrays.train_labels, arrays.test_labels)]
