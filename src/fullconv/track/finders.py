"""What classifier=WHAT searches with: a classifier of the pipeline, a registered one, a file, a pretrained network."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.config.choice import Kind, searched_with
from fullconv.config.folders import CONVERSION, model_in
from fullconv.config.layout import model_file
from fullconv.config.load import chosen
from fullconv.config.schema import DERIVED, ExperimentConfig, LocateConfig
from fullconv.imagenet.networks import build_network
from fullconv.imagenet.synsets import class_names, class_wnids, find_synset
from fullconv.locate.channels import Channels, channels_of
from fullconv.locate.finder import Finder, Sought, head_of

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion

log = logging.getLogger(__name__)

# What the pipeline's scenes hold, in pixels.
_SIZES = (12.0, 128.0)


def finder_of(settings: ExperimentConfig) -> Finder:
    """Return what `classifier=WHAT` searches with.

    Raises:
        InputError: a file, a registered model or weights are missing or cannot be used, or a synset is unknown.
    """
    choice = searched_with(settings)
    if choice.kind is Kind.REGISTERED:
        return _registered(settings, choice.word)
    if choice.kind is Kind.FILE:
        return _of_a_file(settings, choice.word)
    if choice.kind is Kind.NETWORK:
        return _of_a_network(settings, choice.word)
    from fullconv.convert.storage import load_conversion

    path = model_file(choice.word, "conversion")
    return searching(load_conversion(path), settings.data.classes, chosen(settings).locate, choice.word)


def _registered(settings: ExperimentConfig, wanted: str) -> Finder:
    from fullconv.track.registry.models import load_registered

    found = load_registered(settings.tracking, wanted)
    config = found.locate
    if settings.locate.threshold is not None:
        config = replace(config, threshold=settings.locate.threshold)
    return searching(found.conversion, found.classes, config, f"registry:{wanted}")


def _of_a_file(settings: ExperimentConfig, word: str) -> Finder:
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.storage import load_conversion
    from fullconv.models.files.read import read_classifier

    path, config = model_in(Path(word).expanduser()), settings.locate
    facts = {"name": word, "config": config, "pixels": settings.classifier.pixels}
    if path.name == CONVERSION and path.with_suffix(".json").is_file():
        conversion = load_conversion(path)
        return Finder(conversion=conversion, channels=_names(settings, conversion.model, word), **facts)
    classifier = read_classifier(path).model
    channels = _names(settings, classifier, word)
    head = head_of(config, channels, settings.convert.head)
    conversion = convolutionalize(classifier, head=head, flip_kernels=settings.convert.flip_kernels)
    return Finder(conversion=conversion, channels=channels, classifier=classifier, **facts)


def _names(settings: ExperimentConfig, model: Any, word: str) -> Channels:
    """Return what the outputs of a file are called: `classifier.classes`, else `data.classes` where they fit."""
    outputs, given = int(model.output_shape[-1]), settings.classifier.classes
    if given:
        return channels_of(given, outputs, "classifier.classes")
    known = settings.data.classes
    if outputs - len(known) in (0, 1):
        # They may well be those of another data set.
        told = f"{', '.join(known[:3])} …"
        log.info("%s: its outputs are called as data.classes is, %s; classifier.classes=[…] says otherwise", word, told)
        return channels_of(known, outputs, word)
    log.warning("%s: its %d outputs have no names; classifier.classes=[…] gives them", word, outputs)
    return Channels(tuple(f"class {index}" for index in range(outputs)), has_background=False)


def _of_a_network(settings: ExperimentConfig, name: str) -> Finder:
    from fullconv.convert.conversion import convolutionalize

    sought = () if settings.synset is None else (_of_synset(settings.synset),)
    channels, config = Channels(tuple(class_names()), has_background=False), settings.locate
    classifier = build_network(name, settings.weights)
    conversion = convolutionalize(classifier, head=head_of(config, channels, settings.convert.head))
    return Finder(name, conversion, channels, config, classifier, wnids=tuple(class_wnids()), sought=sought)


def _of_synset(word: str) -> Sought:
    synset = find_synset(word)
    return Sought(synset.name, tuple(synset.classes), 1, synset.wnid)


def searching(conversion: "Conversion", classes: Sequence[str], config: LocateConfig, name: str) -> Finder:
    """Return what searches with a conversion of the pipeline; `name` names it in a message.

    Raises:
        InputError: its outputs are not `classes`, nor those and a background.
    """
    channels = channels_of(classes, int(conversion.model.output_shape[-1]), name)
    config = config if config.sizes != DERIVED else replace(config, sizes=list(_SIZES))
    return Finder(name, conversion, channels, config, sprites=True)
