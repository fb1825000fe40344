"""The dashboard: MLflow's pages on the runs of this folder, and the addresses that open its saved views.

fullconv ui
fullconv ui port=5000
fullconv ui tracking=server    the addresses on a server that runs already

Ctrl-C ends it.
"""

import os
import sys

from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError

_HOST = "127.0.0.1"  # this machine alone: the pages ask for no password


@program
def main(settings: ExperimentConfig) -> None:
    """Print the addresses, and become MLflow's server."""
    words = told(settings)
    if words:
        os.execv(words[0], words)


def told(settings: ExperimentConfig) -> list[str]:
    """Print the addresses; return the words that start MLflow's server, none where the store is one.

    Raises:
        InputError: the port is taken, or the store is left out.
    """
    from fullconv.track.addresses import addresses
    from fullconv.track.store.opening import open_store

    local = not settings.tracking.uri.startswith("http")
    port = free_port(settings.port) if local else None
    store = open_store(settings.tracking)
    if store is None:
        raise InputError("tracking.enabled", "false, and the runs lie in the store", "Leave tracking=none out.")
    server = f"http://{_HOST}:{port}" if local else store.uri
    for name, address in addresses(server, store.experiment_id).items():
        print(f"{name:<16}{address}")
    if not local:
        return []
    print("They answer in a few seconds. Ctrl-C ends it.", flush=True)
    words = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store.uri]
    return [*words, "--host", _HOST, "--port", str(port)]


def free_port(port: int) -> int:
    """Return a port of this machine that nobody listens on: `port`, any for 0.

    Raises:
        InputError: it is taken or forbidden.
    """
    from fullconv.serve.running import listening

    try:
        with listening(_HOST, port) as made:
            return int(made.getsockname()[1])
    except InputError as error:
        mend = f"Give another: make ui PORT={port + 1}, or fullconv ui port={port + 1}."
        raise InputError("port", error.received, mend) from error
