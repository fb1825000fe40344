"""Checks of the names in a model registry."""

import re

from fullconv.config.checks.requirement import require
from fullconv.config.run_metrics import shown_of
from fullconv.config.running import RegistryConfig


def check_registry(config: RegistryConfig, at: str) -> None:
    """Check what types cannot: names that registry:NAME@ALIAS can say, and a metric of a set of mosaics.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for key in ("name", "alias"):
        received = getattr(config, key)
        plain = bool(re.fullmatch(r"[\w.-]+", received, re.ASCII))
        require(plain, f"{at}.{key}", received, "Use letters, digits, dots, - and _.")
    # MLflow keeps these for versions.
    taken = re.fullmatch(r"latest|v\d+", config.alias, re.IGNORECASE)
    require(taken is None, f"{at}.alias", config.alias, "Choose another: that one stands for a version.")
    told = bool(re.fullmatch(r"[\w.-]+/[\w.-]+", config.metric, re.ASCII))
    require(told, f"{at}.metric", config.metric, "Give <set of mosaics>/<metric>, such as validation/AP50.")
    scenes, _, metric = config.metric.partition("/")
    known = shown_of(scenes)
    require(
        metric in known, f"{at}.metric", config.metric, f"Runs show of {scenes} {', '.join(known)}: give one of these."
    )
