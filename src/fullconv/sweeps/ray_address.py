"""Whether the Ray that a launcher names is there: its own client tries for minutes before it says so."""

import re
import socket
from collections.abc import Mapping
from typing import Any

from fullconv.errors import InputError

_PATIENCE = 5.0  # seconds


def check_ray(launcher: Mapping[str, Any]) -> None:
    """Check that something answers at a launcher's `ray.init.address`, where that is HOST:PORT.

    Raises:
        InputError: nothing does.
    """
    address = ((launcher.get("ray") or {}).get("init") or {}).get("address")
    named = re.fullmatch(r"([^:/]+):(\d+)", str(address))
    if named is None:  # `auto` asks this machine, which answers at once
        return
    try:
        socket.create_connection((named[1], int(named[2])), timeout=_PATIENCE).close()
    except OSError as error:
        raise InputError(
            "hydra.launcher.ray.init.address",
            f"no Ray answers at {address} ({error})",
            "Start it (ray start --head), or give the address of one that runs.",
        ) from error
