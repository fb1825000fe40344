"""What the outputs of a person's own classifier are called: as knobs say, else a file beside it, else a data set."""

import logging
from pathlib import Path

from fullconv.config.data_sets import are_of_a_data_set
from fullconv.config.layout import model_file
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import classes_of
from fullconv.locate.meaning import Named
from fullconv.models.class_names import class_names_beside, read_class_names

log = logging.getLogger(__name__)

CLASSES = "classifier.classes"
_HINT = f"{CLASSES}=[…] or {CLASSES}=FILE gives them, or a labels.txt beside the file"


def named_in(settings: ExperimentConfig, path: Path, word: str, known: int, grey: bool) -> Named:
    """Return the names of the `known` classes of the classifier in `path`, which a person calls `word`.

    Names of a data set that nobody chose for it are taken only where there is one for each class and it reads `grey`
    images, as those of all our data sets are; and that is said.

    Raises:
        InputError: a file of names is missing or holds none.
    """
    named = names_said(settings, path)
    if named is not None:
        more = ", …" if len(named.names) > 3 else ""
        log.info("%s: classes %s%s, as %s says", word, ", ".join(named.names[:3]), more, named.source)
        return named
    if grey and known == len(settings.data.classes):
        log.warning("%s: its outputs are called as in %s, for want of names; %s", word, settings.data.name, _HINT)
        return Named(tuple(settings.data.classes), "data.classes")
    log.warning("%s: its %d outputs have no names; %s", word, known, _HINT)
    return Named((), CLASSES)


def names_said(settings: ExperimentConfig, path: Path) -> Named | None:
    """Return the names that a knob or a file beside the classifier in `path` says; None: nothing says any.

    Raises:
        InputError: a file of names is missing or holds none.
    """
    given = settings.classifier.classes
    if isinstance(given, str):
        source = Path(given).expanduser()
        return Named(tuple(read_class_names(source)), str(source))
    if given:
        return Named(tuple(given), CLASSES)
    if is_ours(settings, path):
        return Named(tuple(classes_of(settings.data)), "data.classes")
    if not are_of_a_data_set(settings.data.classes):
        return Named(tuple(settings.data.classes), "data.classes")
    beside = class_names_beside(path)
    return None if beside is None else Named(tuple(beside[1]), str(beside[0]))


def is_ours(settings: ExperimentConfig, path: Path) -> bool:
    """Return whether a file lies where the pipeline writes its classifiers."""
    folders = (model_file(name, "classifier").parent.resolve() for name in settings.classifiers)
    return path.parent.resolve() in folders
