"""From what Hydra or DVC hands over to typed, checked settings."""

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.checks.settings import check_settings
from fullconv.config.composition import composed
from fullconv.config.layout import conf_folder
from fullconv.config.schema import ClassifierConfig, ExperimentConfig
from fullconv.errors import InputError


def compose_settings(*overrides: str) -> ExperimentConfig:
    """Return `conf/` composed with `overrides`, such as "data=digits", as a program would.

    Raises:
        InputError: an override that the composition, the schema or a check refuses.
    """
    composition = OmegaConf.create(composed(conf_folder(), overrides))
    assert isinstance(composition, DictConfig)
    return settings_from(composition)


def settings_from(composition: DictConfig) -> ExperimentConfig:
    """Return the composition as dataclasses, checked against the schema and key against key.

    Raises:
        InputError: an unknown key, a wrong type, a missing value, or values that do not fit together.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(ExperimentConfig), _with_choice(composition))
        settings = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        key = getattr(error, "full_key", None) or "configuration"
        first_line = str(error).splitlines()[0]
        raise InputError(
            str(key), first_line, "The keys and their types are in src/fullconv/config/schema.py."
        ) from error
    assert isinstance(settings, ExperimentConfig)
    check_settings(settings)
    return settings


def _with_choice(composition: DictConfig) -> DictConfig:
    """Write the short form classifier=NAME as the pair that it stands for."""
    choice = OmegaConf.select(composition, "classifier")
    if choice is None or OmegaConf.is_config(choice):
        return composition
    whole = composition.copy()
    OmegaConf.update(whole, "classifier", {"name": choice}, merge=False)
    return whole


def chosen_name(settings: ExperimentConfig) -> str:
    """Return the name of the pipeline's classifier that a stage works on.

    Raises:
        InputError: a file was given instead.
    """
    if settings.classifier.path is not None:
        known = ", ".join(settings.classifiers)
        raise InputError(
            "classifier.path",
            f"received {settings.classifier.path!r}, but this program works on a classifier of the pipeline",
            f"Give classifier=NAME ({known}); pipelines/convert.py converts a file.",
        )
    return str(settings.classifier.name)


def chosen(settings: ExperimentConfig) -> ClassifierConfig:
    """Return the settings of the pipeline's classifier that a stage works on."""
    return settings.classifiers[chosen_name(settings)]
