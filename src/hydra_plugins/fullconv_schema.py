"""Registers the schema and the pretrained networks wherever Hydra starts, DVC's own composition included.

Hydra imports every module of the namespace package `hydra_plugins`; DVC composes `conf/` without importing ours.
"""

from hydra.core.config_store import ConfigStore

from fullconv.config.schema import ExperimentConfig
from fullconv.imagenet.networks import NETWORKS

_store = ConfigStore.instance()
_store.store(name="schema", node=ExperimentConfig)
for _name in NETWORKS:
    _store.store(group="model", name=_name, node={"architecture": _name})
