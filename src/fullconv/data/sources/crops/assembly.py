"""Crops that are kept, as arrays in an order that halves well."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import DataConfig
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.sources.crops.decoding import Cuts
from fullconv.data.sources.crops.kept import Kept
from fullconv.data.sources.crops.rows import Rows
from fullconv.data.sources.crops.sides import are_of_one_size

Pixels = npt.NDArray[np.uint8]


def assembled(cuts: Cuts, kept: Kept, classes: Sequence[str], config: DataConfig) -> Arrays:
    """Return the crops that are kept: grey (N, H, W, 1) if all are, else RGB (N, H, W, 3)."""
    sizes = np.array(cuts.sizes, np.float32)
    labels = np.array([classes.index(one.label) for one in cuts.places], np.int32)
    source = cuts.rows.stacked((cuts.frame, cuts.frame, 3))
    channels = 1 if cuts.grey else 3
    crops = Crops(
        tuple(classes),
        sizes[kept.train],
        sizes[kept.test],
        unscaled=config.form == "coco" or not are_of_one_size(sizes),
        margin=config.margin,
    )
    return Arrays(
        _chosen(source, kept.train, channels),
        labels[kept.train],
        _chosen(source, kept.test, channels),
        labels[kept.test],
        crops,
    )


def table_of(arrays: Arrays) -> tuple[tuple[str, str, str, str], ...]:
    """Return a row for each class: its name, its crops for training and testing, their median width × height."""
    crops = arrays.crops
    assert crops is not None
    rows = []
    for index, name in enumerate(crops.classes):
        train, test = (labels == index for labels in (arrays.train_labels, arrays.test_labels))
        height, width = np.median(np.concatenate([crops.train_sizes[train], crops.test_sizes[test]]), axis=0)
        rows.append((name, str(train.sum()), str(test.sum()), f"{width:.0f}×{height:.0f}"))
    return tuple(rows)


def _chosen(source: Pixels, numbers: Sequence[int], channels: int) -> Pixels:
    with Rows() as rows:
        for number in numbers:
            rows.add(source[number, ..., :channels])
        return rows.stacked((*source.shape[1:3], channels))
