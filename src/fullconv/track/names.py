"""What the outputs of a person's own classifier are called: as knobs say, else a file beside it, else a data set."""

import logging
from collections.abc import Sequence
from pathlib import Path

from fullconv.config.data_sets import are_of_a_data_set
from fullconv.config.layout import model_file
from fullconv.config.schema import ExperimentConfig
from fullconv.locate.meaning import Named
from fullconv.models.class_names import class_names_beside, read_class_names

log = logging.getLogger(__name__)

CLASSES = "classifier.classes"


def named_in(settings: ExperimentConfig, path: Path, word: str, known: int) -> Named:
    """Return the names of the `known` classes of the classifier in `path`, which a person calls `word`.

    Names of a data set that nobody chose for it are taken only where there is one for each class, and that is said.

    Raises:
        InputError: a file of names is missing or holds none.
    """
    given = settings.classifier.classes
    if isinstance(given, str) and given:
        source = Path(given).expanduser()
        return Named(tuple(read_class_names(source)), str(source))
    if given:
        return Named(tuple(map(str, given)), CLASSES)
    classes = settings.data.classes
    if not are_of_a_data_set(classes) or _is_ours(settings, path):
        return Named(tuple(classes), "data.classes")
    beside = class_names_beside(path)
    if beside is not None:
        return _told(word, beside[1], Named(tuple(beside[1]), str(beside[0])))
    if known == len(classes):
        named = Named(tuple(classes), "data.classes")
        log.warning("%s: its outputs are called as in %s, for want of names; %s", word, settings.data.name, _hint())
        return named
    log.warning("%s: its %d outputs have no names; %s", word, known, _hint())
    return Named((), CLASSES)


def _hint() -> str:
    return f"{CLASSES}=[…] or {CLASSES}=FILE gives them, or a labels.txt beside the file"


def _told(word: str, names: Sequence[str], named: Named) -> Named:
    more = ", …" if len(names) > 3 else ""
    log.info("%s: classes %s%s, as %s says", word, ", ".join(names[:3]), more, named.source)
    return named


def _is_ours(settings: ExperimentConfig, path: Path) -> bool:
    folders = (model_file(name, "classifier").parent.resolve() for name in settings.classifiers)
    return path.parent.resolve() in folders
