"""Where the knobs lie, and each stage's outputs, relative to the project's root."""

import sys
from pathlib import Path

from fullconv.config.folders import BOXES
from fullconv.errors import InputError

ARRAYS = Path("data/arrays.npz")
ARRAYS_ABOUT = Path("data/arrays.json")  # what they are, for those who do not read them
PLACES = Path("data/places.csv")  # of crops that were cut out of annotated pictures
MOSAICS = Path("data/mosaics")
MODELS = Path("models")
SUMMARY = Path("results/summary.json")
METRICS = Path("results/metrics")  # a file a classifier: what `dvc metrics` shows
COMPARISON = Path("results/comparison.csv")
TRAINING = Path("results/training.csv")
PRECISION_RECALL = Path("results/precision_recall.csv")
OVERVIEW = Path("results/overview.png")
PAGE = Path("results/report.html")
PUBLISHED = Path("results/published.json")
PHOTOS = "photos"  # the report of the stage `photos` lies among those of classifiers
PHOTO_METRICS = Path("results/photos.json")


def conf_folder() -> Path:
    """Return the folder of every knob: the checkout's `conf/`, or the copy that an installed package brings."""
    package = Path(__file__).resolve().parent.parent
    brought = package / "conf"
    return brought if brought.is_dir() else package.parent.parent / "conf"


def used_conf() -> Path:
    """Return the `conf/` that a program composes: a script's own, beside its folder, or else `conf_folder()`.

    So pipelines/*.py of any checkout use that checkout's knobs, whichever one is installed.
    """
    beside = Path(sys.argv[0]).resolve().parent.parent / "conf"
    return beside if (beside / "config.yaml").is_file() else conf_folder()


def mosaics_folder(name: str) -> Path:
    """Return the folder of a set of mosaics: images/ and instances.json."""
    return MOSAICS / name


def model_file(classifier: str, which: str) -> Path:
    """Return the file of the `classifier` or its `conversion`."""
    return MODELS / classifier / f"{which}.keras"


def boxes_file(classifier: str) -> Path:
    """Return the file of what tells its objects' sizes and shapes."""
    return MODELS / classifier / BOXES


def report_file(classifier: str, name: str) -> Path:
    """Return a file or folder of a classifier's report."""
    return Path("reports") / classifier / name


def own_folder(source: Path, out: str | None) -> Path:
    """Return the folder for what is made of a person's own file: `out`, or one beside the file, named after it.

    Raises:
        InputError: it lies where the pipeline keeps its models.
    """
    folder = source.with_suffix("") if out is None else Path(out)
    if folder.resolve().is_relative_to(MODELS.resolve()):
        raise InputError("out", f"{folder} belongs to the pipeline's models", "Give out=DIR, another folder.")
    return folder
