"""What a training needs to go on after its last whole epoch, in one file that is whole or absent."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.archives import array_file
from fullconv.errors import InputError
from fullconv.train.history import Epoch
from fullconv.train.patience import Patience

_log = logging.getLogger(__name__)
_FACTS = "facts"  # the entry that holds what is no array, as JSON
_LISTS = ("model", "optimizer", "best")
FOUND = "found.json"  # beside it: what the same training found in scenes

Values = list[npt.NDArray[Any]]


@dataclass(frozen=True)
class State:
    """A training between two epochs."""

    epochs: tuple[Epoch, ...]  # so far
    phases: int  # how many are over
    patience: Patience  # of the phase that comes next, or goes on
    model: Values  # every variable, dropout's seeds too
    optimizer: Values


def values_of(variables: Iterable[Any]) -> Values:
    """Return the values of Keras variables."""
    return [np.asarray(variable) for variable in variables]


def assign(variables: Iterable[Any], values: Values) -> None:
    """Give Keras variables their values, one by one."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value.reshape(variable.shape))  # an archive makes an array `(1,)` of a single number


def checkpoint_file(*names: str) -> Path:
    """Return where the training of a classifier (or `"jobs", digest`) is kept while it runs, in the project."""
    return Path("checkpoints", *names, "training.npz")


def discard(path: Path) -> None:
    """Remove a checkpoint whose training has left its outputs; nothing if there is none."""
    for file in (path, path.with_name(FOUND)):
        file.unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:  # something else lies there
        return


@dataclass
class Checkpoint:
    """The file of one training; one of another training, or a damaged one, counts as none."""

    path: Path
    training: str  # digest of all that determines it
    _failed: bool = field(default=False, init=False)

    def read(self) -> State | None:
        """Return the training as it was after its last whole epoch; None if there is nothing to go on from."""
        if not self.path.exists():
            return None
        try:
            facts, lists = _read(self.path)
            if facts["training"] != self.training:
                _log.info("%s is of a training with other data, knobs or code: it begins anew.", self.path)
                return None
            return State(
                tuple(Epoch(**row) for row in facts["epochs"]),
                facts["phases"],
                Patience(**facts["patience"], weights=lists["best"]),
                lists["model"],
                lists["optimizer"],
            )
        except Exception as error:  # what a broken file raises depends on where it is broken
            _log.warning("checkpoint %s cannot be read (%s): the training begins anew.", self.path, error)
            return None

    def write(self, state: State) -> None:
        """Replace the file; where that fails, the training goes on without, and a warning says so once."""
        kept = state.patience
        facts = {
            "training": self.training,
            "epochs": [asdict(epoch) for epoch in state.epochs],
            "phases": state.phases,
            "patience": {"epochs": kept.epochs, "waited": kept.waited, "lowest": kept.lowest},
        }
        try:
            with array_file(self.path) as add:
                add(_FACTS, np.frombuffer(json.dumps(facts).encode(), np.uint8))
                for name, values in zip(_LISTS, (state.model, state.optimizer, kept.weights), strict=True):
                    for index, value in enumerate(values):
                        add(f"{name}/{index}", value)
        except (OSError, InputError) as error:
            if not self._failed:
                _log.warning("checkpoint %s cannot be written (%s): the training goes on without.", self.path, error)
            self._failed = True


def _read(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Values]]:
    """Return the facts and the lists of arrays; every entry's checksum is checked."""
    # NumPy leaves a file that it opened itself and cannot read open.
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        entries = {name: archive[name] for name in archive.files}
    lists: dict[str, Values] = {name: [] for name in _LISTS}
    for name, value in entries.items():
        if name != _FACTS:
            lists[name.split("/")[0]].append(value)  # in the order in which they were written
    return json.loads(entries[_FACTS].tobytes()), lists
