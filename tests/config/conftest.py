"""Settings of changed values without composing `conf/` anew, which takes most of the time."""

from collections.abc import Callable

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from fullconv.config.composition import composition_of
from fullconv.config.layout import conf_folder
from fullconv.config.load import settings_from
from fullconv.config.overrides import overrides_of
from fullconv.config.schema import ExperimentConfig


@pytest.fixture(scope="session")
def whole() -> DictConfig:
    return composition_of(conf_folder())


@pytest.fixture(scope="session")
def settings_with(whole: DictConfig) -> Callable[..., ExperimentConfig]:
    """Return what gives KEY=VALUEs of known keys to the composition, as Hydra does, and checks it as a program does."""

    def changed(*words: str) -> ExperimentConfig:
        composition = whole.copy()
        for override in OverridesParser.create().parse_overrides(overrides_of(words)):
            OmegaConf.update(composition, override.key_or_group, override.value(), merge=True)
        return settings_from(composition)

    return changed
