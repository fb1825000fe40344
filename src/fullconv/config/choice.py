"""What classifier=WHAT means: a classifier of the pipeline, a file or folder, a registered model, a network."""

import logging
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from hydra.core.config_store import ConfigStore
from hydra.plugins.config_source import ConfigLoadError

from fullconv.config.folders import MODELS, is_finder
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.nearest import meant, meant_file

log = logging.getLogger(__name__)

REGISTRY = "registry:"
_OF_A_SYNSET = "efficientnet_lite0"  # what looks for a synset where nothing else is named
# A word that ends so is meant as a file, and what it is not is told of the file.
_SUFFIXES = (*MODELS, ".pb", ".tflite", ".onnx", ".pt", ".pth", ".json")


class Kind(Enum):
    """What kind of thing a program works on."""

    PIPELINE = "a classifier of the pipeline"
    FILE = "a file or a folder"
    FINDER = "a finder's folder"
    REGISTERED = "a registered model"
    NETWORK = "a pretrained network"


@dataclass(frozen=True)
class Choice:
    """What a program works on: `word` is a name, a path, NAME@ALIAS or NAME/VERSION, or a network's name."""

    kind: Kind
    word: str


def networks() -> list[str]:
    """Return the names of pretrained networks: what our Hydra plugin has registered as models."""
    try:
        return sorted(Path(name).stem for name in ConfigStore.instance().list("model"))
    except (ConfigLoadError, OSError):
        return []


def require_trainable(architecture: str) -> None:
    """Refuse a pretrained network where a classifier is to be trained.

    Raises:
        InputError: it is one.
    """
    if architecture in networks():
        raise InputError(
            "model",
            f"{architecture} is a pretrained network, and those are not trained here",
            f"Convert it with fullconv convert model={architecture} out=DIR, or choose a model of conf/model to train.",
        )


def choice_of(settings: ExperimentConfig) -> Choice:
    """Return what `classifier=WHAT` means; a name of the pipeline comes before a network, and that before a file.

    Raises:
        InputError: it is none of all.
    """
    given = settings.classifier
    if given.path is not None:
        return _of_a_path(str(given.path))
    word = str(given.name)
    if word.startswith(REGISTRY):
        return Choice(Kind.REGISTERED, word.removeprefix(REGISTRY))
    if word in settings.classifiers:
        return Choice(Kind.PIPELINE, word)
    if word in networks():
        return Choice(Kind.NETWORK, word)
    if "/" in word or "\\" in word or word.lower().endswith(_SUFFIXES) or Path(word).expanduser().exists():
        return _of_a_path(word)
    known = ", ".join(settings.classifiers)
    hint = meant(word, [*settings.classifiers, *networks()], 0.75) or meant_file(Path(word))
    mend = f"Choose one of {known}; or give a file, a folder with one, registry:NAME@ALIAS, or a pretrained network."
    raise InputError("classifier", f"received {word!r}, and no file or folder is called so", hint + mend)


def word_for(folder: Path, settings: ExperimentConfig) -> str:
    """Return the WHAT by which `classifier=WHAT` means a folder: its path, told from a name that is the same."""
    word = str(folder)
    taken = word in settings.classifiers or word in networks() or word.startswith(REGISTRY)
    return f"./{word}" if taken else word


def _of_a_path(word: str) -> Choice:
    return Choice(Kind.FINDER if is_finder(Path(word).expanduser()) else Kind.FILE, word)


def searched_with(settings: ExperimentConfig) -> Choice:
    """Return what a search works on: `classifier=WHAT`; a synset alone means EfficientNet-Lite0.

    Raises:
        InputError: it is nothing that there is, or two things at once.
    """
    choice = choice_of(settings)
    named = settings.model.architecture if settings.model.architecture in networks() else None
    if choice.kind in (Kind.FILE, Kind.FINDER, Kind.REGISTERED):
        for key, given in ((f"model={named}", named), ("synset", settings.synset)):
            if given is not None and not (key != "synset" and _may_be_weights(choice)):
                received = f"{choice.word!r}, {choice.kind.value}, together with {key}"
                raise InputError(
                    "classifier", received, "Leave out one of the two: each chooses what is searched with."
                )
    if choice.kind is Kind.PIPELINE and named is not None:
        _say_once(named)
        return Choice(Kind.NETWORK, named)
    if choice.kind is Kind.PIPELINE and settings.synset is not None:
        return Choice(Kind.NETWORK, _OF_A_SYNSET)
    return choice


def _may_be_weights(choice: Choice) -> bool:
    """Return whether a file may hold weights alone, which belong to the network that `model=` names."""
    return choice.kind is Kind.FILE and choice.word.lower().endswith(MODELS[1:])


@cache
def _say_once(name: str) -> None:
    log.warning("model=%s: what searches is called classifier=%s now", name, name)
