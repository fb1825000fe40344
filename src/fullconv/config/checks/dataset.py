"""Checks of a person's own pictures and annotations."""

from fullconv.config.checks.requirement import require
from fullconv.config.schema import DatasetConfig


def check_dataset(config: DatasetConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    require(
        config.polarity in ("light", "dark", "auto"),
        "dataset.polarity",
        config.polarity,
        "Choose light, dark or auto.",
    )
    require(
        config.names is None or isinstance(config.names, dict),
        "dataset.names",
        config.names,
        'Give a mapping of categories to classes, such as {zero: "0", one: "1"}.',
    )
    require(config.figures >= 0, "dataset.figures", config.figures, "Give 0 or more.")
    require(
        len(config.bands) in (0, 1, 3) and all(band >= 1 for band in config.bands),
        "dataset.bands",
        config.bands,
        "Give one band (grey) or three (red, green, blue), counted from 1, such as [3,2,1].",
    )
    require(
        config.bits is None or 8 <= config.bits <= 64,
        "dataset.bits",
        config.bits,
        "Give 8 to 64, such as 12 where white is 4095, or null.",
    )
