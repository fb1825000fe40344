"""A server as a person has it, on a port of loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from asked import Served, made_settings, network

from fullconv.config.running import ServeConfig
from fullconv.config.schema import ExperimentConfig
from fullconv.serve.gate import Gate
from fullconv.serve.running import Server, address_of, listening
from fullconv.serve.searcher import Searcher, load_searcher

CONFIG = ServeConfig("127.0.0.1", ["lights.local"], bytes=400_000, pixels=40_000, waiting=2, seconds=60)


@contextmanager
def answering(searcher: Searcher, gate: Gate) -> Iterator[Served]:
    from fullconv.serve.app import application

    with listening("127.0.0.1", 0) as listens:
        server = Server(application(searcher, CONFIG, gate), gate)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]})
        thread.start()
        yield Served(address_of(listens), searcher)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, settings_with: Callable[..., ExperimentConfig]
) -> Iterator[Served]:
    """Yield a server of `network`, which takes 400,000 bytes and 40,000 pixels at most."""
    folder = tmp_path_factory.mktemp("served")
    file = folder / "traffic lights.keras"
    network().save(file)
    searcher = load_searcher(made_settings(settings_with, file), folder)
    with answering(searcher, Gate(CONFIG.waiting, CONFIG.seconds)) as made:
        yield made


@pytest.fixture
def busy(served: Served) -> Iterator[Served]:
    """Yield a server in which nobody may wait any more."""
    with answering(served.searcher, Gate(waiting=-1, seconds=60)) as made:
        yield made
