"""Where each stage's outputs lie, relative to the project's root."""

from pathlib import Path

ARRAYS = Path("data/arrays.npz")
MOSAICS = Path("data/mosaics")
SUMMARY = Path("results/summary.json")
COMPARISON = Path("results/comparison.csv")
OVERVIEW = Path("results/overview.png")
PUBLISHED = Path("results/published.json")


def mosaics_folder(name: str) -> Path:
    """Return the folder of a set of mosaics: images/ and instances.json."""
    return MOSAICS / name


def model_file(classifier: str, which: str) -> Path:
    """Return the file of the `classifier` or its `conversion`."""
    return Path("models") / classifier / f"{which}.keras"


def report_file(classifier: str, name: str) -> Path:
    """Return a file or folder of a classifier's report."""
    return Path("reports") / classifier / name
