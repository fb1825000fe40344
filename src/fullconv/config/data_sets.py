"""The data sets of `conf/data`, as far as others than the composition ask for them."""

from collections.abc import Sequence
from functools import cache

from omegaconf import OmegaConf

from fullconv.config.layout import conf_folder


def are_of_a_data_set(classes: Sequence[str]) -> bool:
    """Return whether these are the classes of a data set of `conf/data`, in their order: nobody has chosen others."""
    return tuple(classes) in _classes()


@cache
def _classes() -> frozenset[tuple[str, ...]]:
    files = (conf_folder() / "data").glob("*.yaml")
    return frozenset(tuple(map(str, OmegaConf.select(OmegaConf.load(path), "classes") or ())) for path in files)
