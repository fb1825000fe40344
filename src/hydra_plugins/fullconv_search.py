"""Hydra's plugin of the guided search: `hydra/sweeper=search`. Hydra imports it at every start, so Optuna is not."""

from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from fullconv.errors import InputError
from fullconv.sweeps.search.settings import SearchConfig

ConfigStore.instance().store(group="hydra/sweeper", name="search_schema", node=SearchConfig)


class SearchSweeper(Sweeper):
    """Asks Optuna what the next jobs try."""

    hydra_context: HydraContext
    config: DictConfig
    launcher: Launcher

    def __init__(self, **knobs: Any) -> None:
        self._knobs = knobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra hands over before a sweep."""
        self.hydra_context, self.config = hydra_context, config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Search; return what the launches returned."""
        from fullconv.sweeps.search.asking import Bench, search

        settings: Any = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(SearchConfig), self._knobs))
        try:
            return search(Bench(self.hydra_context, self.launcher, self.config), settings, arguments)
        except InputError as error:
            raise SystemExit(f"error: {error}") from None
