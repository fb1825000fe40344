"""How tiles are handed to workers, on a scheduler and workers in this process."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import cluster_tasks  # tests/plugins
import pytest

from fullconv.errors import InputError
from fullconv.large.cluster import submission
from fullconv.large.tiling import Tile

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

TILES = [Tile((row, row + 1), (0, 1)) for row in range(50)]
WORKERS = 2


@pytest.fixture
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp"
    ) as made:
        yield made


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster.scheduler_address, set_as_default=False, timeout=2) as made:
        yield made


def test_each_tile_comes_back_once(client: Any) -> None:
    back: list[Tile] = []
    submission.on_workers(client, cluster_tasks.quick_tile, TILES, "0", back.append)
    assert sorted(back, key=lambda one: one.rows) == TILES
    submission.on_workers(client, cluster_tasks.quick_tile, [], "0", back.append)
    assert len(back) == len(TILES)


def test_few_tiles_are_under_way_at_once(cluster: Any, client: Any) -> None:
    sent, back, known = [], [], []

    def tiles() -> Iterator[Tile]:
        for tile in TILES:
            sent.append(tile)
            assert len(sent) - len(back) <= submission.PER_WORKER * WORKERS
            yield tile

    def tick(tile: Tile) -> None:
        back.append(tile)
        known.append(len(cluster.scheduler.tasks))

    submission.on_workers(client, cluster_tasks.quick_tile, tiles(), "0.005", tick)
    assert len(back) == len(TILES)
    assert max(known) < len(TILES) // 2


def test_what_a_tile_raises_is_raised(client: Any) -> None:
    with pytest.raises(InputError, match=r"1-0: cannot be read"):
        submission.on_workers(client, cluster_tasks.broken_tile, TILES[1:2], "0")


def test_a_scheduler_that_goes_is_told(cluster: Any, client: Any) -> None:
    def tick(_: Tile) -> None:
        cluster.close()

    with pytest.raises(InputError, match=r"locate\.cluster: the connection to the scheduler at tcp.* is lost.*goes on"):
        submission.on_workers(client, cluster_tasks.quick_tile, TILES, "0.01", tick)


def test_a_tile_that_no_worker_survives_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    killed = distributed.scheduler.KilledWorker("task", SimpleNamespace(address="tcp://there"), 3)
    future = SimpleNamespace(status="error", exception=lambda: killed)
    with pytest.raises(InputError, match=r"the tile 7-0 was given to 4 workers, and each of them died\. .*memory"):
        submission._check(future, Tile((7, 8), (0, 1)), None)
