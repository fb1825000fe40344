"""Some windows as a network was trained on them, and what it says of them at the end: for people to look at."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.archives import array_file
from fullconv.data.windows.windows import Windows
from fullconv.errors import InputError

SAMPLE = 1200  # windows
_PARTS = ("images", "labels", "certainty")


@dataclass(frozen=True, eq=False)
class Sample:
    """Windows (N, H, W, C), the trained network's scores (N, K) of them, and how many images each class has (C,).

    K is C, or C + 1 where the background is a class: then its scores are the last.
    """

    windows: Windows
    scores: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int64]

    @property
    def knows_background(self) -> bool:
        """Whether the network has a class for what is no object."""
        return bool(self.scores.shape[1] > len(self.counts))


def some_of(windows: Windows, count: int) -> Windows:
    """Return at most `count` windows, evenly taken."""
    places = np.linspace(0, len(windows.labels) - 1, min(count, len(windows.labels))).round().astype(np.int64)
    return windows.of(places)


def write_sample(path: Path, sample: Sample) -> None:
    """Write a sample as .npz, whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    with array_file(path) as add:
        for part in _PARTS:
            values = getattr(sample.windows, part)
            if values is not None:
                add(part, values)
        add("scores", sample.scores)
        add("counts", sample.counts)


def read_sample(path: Path) -> Sample:
    """Return what `write_sample` wrote.

    Raises:
        InputError: the file is missing or is none.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            held: dict[str, Any] = dict(arrays)
        windows = Windows(held["images"], held["labels"], held.get("certainty"))
        return Sample(windows, held["scores"], held["counts"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"no sample of windows ({error})", "Run the stage train again.") from error


def counted(labels: npt.NDArray[np.int32], classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return how many of `labels` (N,) are of each class."""
    return np.bincount(labels, minlength=len(classes))
