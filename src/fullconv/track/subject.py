"""What a program searches with: a classifier of the pipeline, a registered one, a person's own; its threshold."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.layout import model_file, report_file
from fullconv.config.load import chosen, chosen_name
from fullconv.config.schema import ExperimentConfig, LocateConfig
from fullconv.errors import InputError
from fullconv.evaluate.scenes.sets import channels_of
from fullconv.files import read_json
from fullconv.report.localization import Work

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion

_MEND = "Give locate.threshold=PROBABILITY, such as 0.5"


def work_of(settings: ExperimentConfig) -> Work:
    """Return the classifier `classifier=NAME` or `classifier.path=FILE`, converted, or one that is registered.

    Raises:
        InputError: a file or a registered model is missing or cannot be used, or a file's outputs are not
            `data.classes`.
    """
    if settings.registered is not None:
        return _registered(settings)
    if settings.classifier.path is not None:
        return _of_a_file(settings)
    from fullconv.convert.storage import load_conversion

    path = model_file(chosen_name(settings), "conversion")
    return searching(load_conversion(path), settings.data.classes, chosen(settings).locate, str(path))


def _registered(settings: ExperimentConfig) -> Work:
    from fullconv.track.registry.models import load_registered

    found = load_registered(settings.tracking, settings.registered or "")
    config = found.locate
    if settings.locate.threshold is not None:
        config = replace(config, threshold=settings.locate.threshold)
    return searching(found.conversion, found.classes, config, f"registry:{settings.registered}")


def _of_a_file(settings: ExperimentConfig) -> Work:
    from fullconv.convert.conversion import convolutionalize
    from fullconv.models.storage import load_model

    classifier = load_model(Path(settings.classifier.path))
    config = settings.convert
    conversion = convolutionalize(classifier, head=config.head, flip_kernels=config.flip_kernels)
    return searching(conversion, settings.data.classes, settings.locate, "classifier.path")


def searching(conversion: "Conversion", classes: Sequence[str], config: LocateConfig, where: str) -> Work:
    """Return a conversion with what its channels mean and how it is read; `where` names it in a message.

    Raises:
        InputError: its outputs are not `classes`, nor those and a background.
    """
    return Work(conversion, channels_of(classes, int(conversion.model.output_shape[-1]), where), config)


def threshold_of(settings: ExperimentConfig, work: Work) -> float:
    """Return the score from which a detection counts: the knob, else what the pipeline chose on validation scenes.

    Raises:
        InputError: neither is there.
    """
    if work.config.threshold is not None:
        return work.config.threshold
    if settings.classifier.path is not None:
        raise InputError("locate.threshold", "not given, and a file of one's own has none", f"{_MEND}.")
    path = report_file(chosen_name(settings), "threshold.json")
    if not path.is_file():
        raise InputError(
            "locate.threshold", f"null, and {path} is not there", f"Run dvc repro, which chooses it. {_MEND}."
        )
    return float(read_json(path)["threshold"])
