"""From what Hydra or DVC hands over to typed, checked settings."""

import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.checks import check_settings
from fullconv.config.schema import ClassifierConfig, ExperimentConfig
from fullconv.errors import InputError

log = logging.getLogger(__name__)


def settings_from(composition: DictConfig) -> ExperimentConfig:
    """Return the composition as dataclasses, checked against the schema and key against key.

    Raises:
        InputError: an unknown key, a wrong type, a missing value, or values that do not fit together.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(ExperimentConfig), composition)
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


def chosen(settings: ExperimentConfig) -> ClassifierConfig:
    """Return the settings of the classifier that a stage works on."""
    return settings.classifiers[settings.classifier]


def stage(task: Callable[[ExperimentConfig], Any]) -> Callable[[DictConfig], Any]:
    """Make a Hydra task of a function of typed settings; a person's error is one line and exit code 1."""

    @wraps(task)
    def run(composition: DictConfig) -> Any:
        try:
            return task(settings_from(composition))
        except InputError as error:
            log.debug("where it was raised", exc_info=True)
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(1) from None

    return run
