"""The server as a process: it listens, loads what searches, answers, and ends when it is told to."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from fullconv.config.choice import searched_with
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.imagenet.synsets import find_synset
from fullconv.serve.gate import Gate

_CONNECTIONS = 64  # at a time
_PATIENCE = 3  # seconds that requests, and then a search, are given to end by, once the server is to


class Server(uvicorn.Server):
    """Uvicorn's server, which ends the search that runs when it is to end itself."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                limit_concurrency=_CONNECTIONS,
                timeout_graceful_shutdown=_PATIENCE,
            )
        )
        self._gate = gate

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal, and end the search."""
        self._gate.close()
        super().handle_exit(sig, frame)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that has a port to itself.

    Raises:
        InputError: the port is taken or forbidden, or the host is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise InputError("serve.host", f"{host!r} is no address ({error})", "Give one, such as 127.0.0.1.") from error
    made = socket.socket(family, kind, protocol)
    try:
        # A port that a server has just left is free; one that a server has is not.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()
    except OSError as error:
        made.close()
        where = "port" if isinstance(error, PermissionError) or "in use" in str(error.strerror) else "serve.host"
        received = f"{host}:{port} cannot be had ({error.strerror})"
        raise InputError(where, received, "Give another port=NUMBER, or port=0 for any that is free.") from error
    return made


def address_of(made: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = made.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM alike end the block, and say nothing of it."""
    before: Any = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve(settings: ExperimentConfig, tell: Callable[[str], None]) -> None:
    """Serve what `classifier=WHAT` means until Ctrl-C; `tell` hears where, once it answers.

    Raises:
        InputError: it cannot be loaded, or the port cannot be had.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing leaves this machine
    searched_with(settings)
    if settings.synset is not None:
        find_synset(settings.synset)
    gate = Gate(settings.serve.waiting, settings.serve.seconds)
    with (
        TemporaryDirectory(prefix="fullconv-", ignore_cleanup_errors=True) as folder,
        _ended_by_signals(),
        listening(settings.serve.host, settings.port) as made,
    ):
        load_tensorflow()
        from fullconv.serve.app import application
        from fullconv.serve.searcher import load_searcher

        searcher = load_searcher(settings, Path(folder))
        server = Server(application(searcher, settings.serve, gate), gate)
        tell(f"{searcher.about['classifier']} on {address_of(made)}: open it in a browser; Ctrl-C ends it")
        server.run(sockets=[made])
    with suppress(KeyboardInterrupt):
        if gate.settled(_PATIENCE):
            return
    # A forward pass of a large picture cannot be ended, and TensorFlow may crash if Python ends under it.
    sys.stdout.flush()
    os._exit(0)
