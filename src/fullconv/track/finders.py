"""What classifier=WHAT searches with: a classifier of the pipeline, a registered one, a file, a pretrained network."""

import logging
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.choice import Kind, searched_with
from fullconv.config.folders import CONVERSION, MEANING, model_in
from fullconv.config.layout import boxes_file, model_file
from fullconv.config.load import chosen
from fullconv.config.own_sets import are_crops
from fullconv.config.schema import DERIVED, ExperimentConfig, LocateConfig
from fullconv.data.prepared import about_prepared, classes_of
from fullconv.errors import InputError
from fullconv.files import read_json
from fullconv.imagenet.networks import build_network
from fullconv.imagenet.synsets import class_names, class_wnids, find_synset
from fullconv.locate.channels import Channels, channels_of
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.finder import Finder, Sought, head_of
from fullconv.locate.outputs import Outputs
from fullconv.models.pixels import PLAIN
from fullconv.track.architectures import architecture_of
from fullconv.track.known_sizes import dimensions_in
from fullconv.track.names import is_ours, named_in

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.finders.made import Kept

log = logging.getLogger(__name__)

# What the pipeline's scenes hold, in pixels.
_SIZES = (12.0, 128.0)


def finder_of(settings: ExperimentConfig, in_scenes: bool = False) -> Finder:
    """Return what `classifier=WHAT` searches with; `in_scenes` says that it searches the pipeline's own.

    Raises:
        InputError: a file, a registered model or weights are missing or cannot be used, or a synset is unknown.
    """
    choice = searched_with(settings)
    if choice.kind is Kind.REGISTERED:
        return _registered(settings, choice.word)
    if choice.kind is Kind.FINDER:
        return _of_a_folder(settings, choice.word)
    if choice.kind is Kind.FILE:
        return _of_a_file(settings, choice.word)
    if choice.kind is Kind.NETWORK:
        return _of_a_network(settings, choice.word)
    from fullconv.convert.storage import load_conversion

    path, about, config = model_file(choice.word, "conversion"), about_prepared(settings.data), chosen(settings)
    dimensions = dimensions_in(None if about is None else about["measures"], config, in_scenes)
    sprites, conversion = not are_crops(settings.data), load_conversion(path)
    finder = searching(conversion, classes_of(settings.data), config.locate, choice.word, sprites, dimensions)
    if dimensions is None:
        return finder
    from fullconv.models.boxes import read_boxes

    mend = f"Run fullconv train classifier={choice.word} again."
    return replace(finder, boxes=read_boxes(boxes_file(choice.word), conversion.model, mend))


def _registered(settings: ExperimentConfig, wanted: str) -> Finder:
    from fullconv.track.registry.models import load_registered

    found = load_registered(settings.tracking, wanted)
    if found.kept is not None:
        return _of_kept(settings, found.kept, f"registry:{wanted}")
    config = found.locate
    if settings.locate.threshold is not None:
        config = replace(config, threshold=settings.locate.threshold)
    return searching(found.conversion, found.classes, config, f"registry:{wanted}", found.sprites)


def _of_a_folder(settings: ExperimentConfig, word: str) -> Finder:
    from fullconv.finders.folder import read_finder

    return _of_kept(settings, read_finder(Path(word).expanduser()), word)


def _of_kept(settings: ExperimentConfig, kept: "Kept", word: str) -> Finder:
    own = sorted({f"classifier.{key}" for key in ("classes", "background", "pixels")} & settings.given)
    if own:
        raise InputError(own[0], f"given, and {word} is a finder, which says it itself", f"Leave {own[0]} out.")
    finder = kept.finder(word)
    return replace(finder, config=with_given(settings, finder.config))


def with_given(settings: ExperimentConfig, own: LocateConfig) -> LocateConfig:
    """Return how a finder searches, but for the knobs of `locate` that a person gave."""
    names = [one.name for one in fields(own) if {"locate", f"locate.{one.name}"} & settings.given]
    return replace(own, **{name: getattr(settings.locate, name) for name in names})


def _of_a_file(settings: ExperimentConfig, word: str) -> Finder:
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.storage import load_conversion
    from fullconv.locate.meaning import background_said, channels_of_images, meaning_of, opened, reads
    from fullconv.models.files.read import read_classifier

    path, config, given = model_in(Path(word).expanduser()), settings.locate, settings.classifier
    if path.name == CONVERSION and path.with_suffix(".json").is_file():
        conversion = load_conversion(path)
        model, classifier, window = conversion.model, None, conversion.window
        kind, pixels = MEANING, _pixels_beside(path)
    else:
        conversion, loaded = None, read_classifier(path, architecture_of(settings))
        model = classifier = loaded.model
        kind, pixels, window = loaded.kind, loaded.pixels, (0, 0)
    if is_ours(settings, path):
        kind, pixels = "the pipeline", PLAIN
    read, form, outputs = reads(model, given.pixels, pixels, kind), opened(model, window, word), model.output_shape[-1]
    named = named_in(settings, path, word, Outputs(form).classes(int(outputs)), grey=channels_of_images(model) == 1)
    channels, meaning = meaning_of(form, int(outputs), named, given.background)
    if channels.has_background:
        log.info("%s: %s", word, background_said(channels, named, given.background))
    if conversion is None:
        head = head_of(config, channels, settings.convert.head)
        conversion = convolutionalize(classifier, head=head, flip_kernels=settings.convert.flip_kernels)
    return Finder(word, conversion, channels, config, classifier, read.pixels, read.because, meaning)


def _pixels_beside(path: Path) -> str | None:
    """Return the range that `fullconv convert` wrote beside a conversion."""
    file = path.with_name(MEANING)
    written = read_json(file) if file.is_file() else None
    pixels = written.get("pixels") if isinstance(written, dict) else None
    return pixels if isinstance(pixels, str) else None


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


def searching(
    conversion: "Conversion",
    classes: Sequence[str],
    config: LocateConfig,
    name: str,
    sprites: bool = True,
    dimensions: Dimensions | None = None,
) -> Finder:
    """Return what searches with a conversion of the pipeline; `name` names it in a message.

    `sprites` says whether it learned light objects on a dark ground; where it learned crops, `dimensions` are theirs.

    Raises:
        InputError: its outputs are not `classes`, nor those and a background.
    """
    channels = channels_of(classes, int(conversion.model.output_shape[-1]), name)
    if config.sizes == DERIVED and sprites:
        config = replace(config, sizes=list(_SIZES))
    return Finder(name, conversion, channels, config, sprites=sprites, dimensions=dimensions)
