"""Checks of what `fullconv serve` listens on and takes."""

import math
import re

from fullconv.config.checks.requirement import require
from fullconv.config.schema import ExperimentConfig


def check_serve(settings: ExperimentConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    config, port = settings.serve, settings.port
    require(0 <= port <= 65535, "port", port, "Give 1 to 65535, or 0 for any that is free.")
    require(bool(config.host.strip()), "serve.host", config.host, "Give an address, such as 127.0.0.1.")
    for name in config.names:
        plain = bool(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", name))
        require(plain, "serve.names", name, "Give names without http:// and port, such as my-machine.local.")
    for key in ("bytes", "pixels"):
        require(getattr(config, key) > 0, f"serve.{key}", getattr(config, key), "Give 1 or more.")
    require(config.waiting >= 0, "serve.waiting", config.waiting, "Give 0 or more.")
    require(0 < config.seconds < math.inf, "serve.seconds", config.seconds, "Give seconds above 0.")
