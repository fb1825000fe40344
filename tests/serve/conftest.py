"""A server as a person has it, on a port of loopback."""

import threading
from collections.abc import Callable, Iterator

import pytest
from asked import Served, made_settings, network

from fullconv.config.schema import ExperimentConfig, ServeConfig
from fullconv.serve.gate import Gate
from fullconv.serve.running import Server, address_of, listening
from fullconv.serve.searcher import load_searcher


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, settings_with: Callable[..., ExperimentConfig]
) -> Iterator[Served]:
    """Yield a server of `network`, which takes 400,000 bytes and 40,000 pixels at most."""
    from fullconv.serve.app import application

    folder = tmp_path_factory.mktemp("served")
    file = folder / "traffic lights.keras"
    network().save(file)
    searcher = load_searcher(made_settings(settings_with, file), folder)
    config = ServeConfig("127.0.0.1", ["lights.local"], bytes=400_000, pixels=40_000, waiting=2, seconds=60)
    gate = Gate(config.waiting, config.seconds)
    with listening("127.0.0.1", 0) as listens:
        server = Server(application(searcher, config, gate), gate)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]})
        thread.start()
        yield Served(address_of(listens), searcher)
        server.should_exit = True
        thread.join()
