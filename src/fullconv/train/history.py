"""What each epoch of a training gave."""

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from fullconv.files import whole_file


@dataclass(frozen=True)
class Epoch:
    """One epoch's figures: losses in nats per image, accuracies as shares of images."""

    epoch: int  # from 1, counted through both phases
    phase: str  # plain | shift
    loss: float  # mean over the epoch's batches, while the weights change
    accuracy: float
    val_loss: float
    val_accuracy: float

    def logs(self) -> dict[str, float]:
        """Return the figures as Keras passes them to callbacks."""
        return {name: value for name, value in asdict(self).items() if name not in ("epoch", "phase")}


@dataclass(frozen=True)
class History:
    """The epochs of a training, in order."""

    epochs: tuple[Epoch, ...]

    def rows(self) -> list[dict[str, int | str | float]]:
        """Return one dictionary per epoch, keyed by column."""
        return [asdict(epoch) for epoch in self.epochs]


def write_history(path: Path, history: History) -> None:
    """Write a history as CSV, one line per epoch; whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [column.name for column in fields(Epoch)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(history.rows())
