"""From what Hydra or DVC hands over to typed, checked settings."""

from collections.abc import Iterable

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.checks.settings import check_settings
from fullconv.config.choice import Kind, choice_of
from fullconv.config.composition import composition_of, meant_key
from fullconv.config.layout import conf_folder
from fullconv.config.literal import escaped, literal
from fullconv.config.overrides import overrides_of
from fullconv.config.own_sets import with_fitting_sets
from fullconv.config.schema import ClassifierConfig, ExperimentConfig
from fullconv.config.texts import names_in
from fullconv.errors import InputError


def compose_settings(*overrides: str) -> ExperimentConfig:
    """Return `conf/` composed with `overrides`, such as "data=digits", as a program would.

    Raises:
        InputError: an override that the composition, the schema or a check refuses.
    """
    return settings_from(composition_of(conf_folder(), overrides), overrides_of(overrides))


def settings_from(composition: DictConfig, overrides: Iterable[str] = ()) -> ExperimentConfig:
    """Return the composition as dataclasses, checked against the schema and key against key.

    `overrides` are a person's KEY=VALUEs, of which the keys are remembered.

    Raises:
        InputError: an unknown key, a wrong type, a missing value, or values that do not fit together.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(ExperimentConfig), _with_short_forms(composition))
        settings = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        key = getattr(error, "full_key", None) or "configuration"
        first_line = str(error).splitlines()[0]
        mend = meant_key(error) + "The keys and their types are in src/fullconv/config/schema.py."
        raise InputError(str(key), first_line, mend) from error
    assert isinstance(settings, ExperimentConfig)
    check_settings(settings)
    settings = with_fitting_sets(settings)
    settings.given = frozenset(word.partition("=")[0].lstrip("+~") for word in overrides)
    return settings


def _with_short_forms(composition: DictConfig) -> DictConfig:
    """Write classifier=WHAT as what it stands for, and dataset.names that came as a text as a mapping."""
    choice, names = (OmegaConf.select(composition, key) for key in ("classifier", "dataset.names"))
    # Of plain values, so that the schema sees a key that was added (+key=…) too.
    whole = OmegaConf.create(OmegaConf.to_container(composition, resolve=False))
    assert isinstance(whole, DictConfig)
    if choice is not None and not OmegaConf.is_config(choice):
        chosen = escaped(choice) if isinstance(choice, str) else choice
        OmegaConf.update(whole, "classifier", {"name": chosen}, merge=False)
    if isinstance(names, str):
        OmegaConf.update(whole, "dataset.names", literal(names_in(names, "dataset.names")), merge=False)
    return whole


def chosen_name(settings: ExperimentConfig) -> str:
    """Return the name of the pipeline's classifier that a stage works on.

    Raises:
        InputError: something else was given.
    """
    choice = choice_of(settings)
    if choice.kind is not Kind.PIPELINE:
        known = ", ".join(settings.classifiers)
        received = f"{choice.word!r} is {choice.kind.value}, but this program works on a classifier of the pipeline"
        raise InputError("classifier", received, f"Give classifier=NAME ({known}).")
    return choice.word


def chosen(settings: ExperimentConfig) -> ClassifierConfig:
    """Return the settings of the pipeline's classifier that a stage works on."""
    return settings.classifiers[chosen_name(settings)]
