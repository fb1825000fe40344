"""Registers the schema, the pretrained networks and resolvers wherever Hydra starts, DVC's own composition included.

Hydra imports every module of the namespace package `hydra_plugins`; DVC composes `conf/` without importing ours.
"""

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from fullconv.config.own_files import given
from fullconv.config.schema import ExperimentConfig
from fullconv.imagenet.networks import NETWORKS
from fullconv.sweeps.side_by_side import jobs_side_by_side

_store = ConfigStore.instance()
_store.store(name="schema", node=ExperimentConfig)
for _name in NETWORKS:
    _store.store(group="model", name=_name, node={"architecture": _name})
OmegaConf.register_new_resolver("given", given, replace=True)
OmegaConf.register_new_resolver("jobs_side_by_side", jobs_side_by_side, use_cache=True, replace=True)
