"""Registers the schema wherever Hydra starts, DVC's own composition included.

Hydra imports every module of the namespace package `hydra_plugins`; DVC composes `conf/` without importing ours.
"""

from hydra.core.config_store import ConfigStore

from fullconv.config.schema import ExperimentConfig

ConfigStore.instance().store(name="schema", node=ExperimentConfig)
