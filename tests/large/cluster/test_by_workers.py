"""`fullconv locate` with locate.cluster: the bytes of a search without, whatever happens to the workers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cluster_tasks  # tests/plugins, from where workers import it too
import keras
import numpy as np
import pytest
import tifffile

from fullconv.command import cluster_job
from fullconv.command.locate import locate
from fullconv.config.clusters import place_of
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.large import search, size
from fullconv.large.cluster import connection, versions
from fullconv.sweeps.side_by_side import thread_environment

pytest.importorskip("distributed")

# Dask leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

SIDE = 400  # pixels
WORDS = [
    "classifier=bright.keras", "classifier.classes=[square]", "image=squares.tif", "locate=fixed",
    "locate.threshold=0.5", "locate.read=peaks", "dataset.polarity=light",
]  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with connection.connected(place_of("local:2"), {}, thread_environment) as made:
        yield made


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a network that is sure of a white square of 8×8 pixels, and a picture of some."""
    folder = tmp_path_factory.mktemp("there")
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid", name="s")]
    )
    model.get_layer("s").set_weights([np.full((64, 1), 40 / 64, "f"), np.array([-30.0], "f")])
    model.save(folder / "bright.keras")
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    for x, y in np.random.default_rng(3).integers(0, SIDE // 8 - 1, (40, 2)) * 8:
        pixels[y : y + 8, x : x + 8] = 255
    tifffile.imwrite(folder / "squares.tif", pixels, tile=(128, 128))
    return folder


@pytest.fixture
def run(
    there: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings_with: Callable[..., ExperimentConfig],
    client: Any,
) -> Callable[..., Path]:
    """Return what searches the picture in small tiles by a task, or without workers, and returns the folder `out`."""

    @contextmanager
    def connected(*_: Any) -> Iterator[Any]:
        yield client

    monkeypatch.chdir(there)
    monkeypatch.setattr(connection, "connected", connected)
    monkeypatch.setattr(size, "LARGE", SIDE)
    monkeypatch.setattr(search.search_of, "__defaults__", (cluster_tasks.VALUES,))

    def searched(name: str, task: Callable[..., str] | None = None) -> Path:
        if task is not None:
            monkeypatch.setattr(cluster_job, "search_tile", task)
        words = [*WORDS, f"out={tmp_path / name}", f"locate.cluster={'none' if task is None else 'local:2'}"]
        locate(settings_with(*words))
        return tmp_path / name

    return searched


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_workers_leave_the_same_bytes(run: Callable[..., Path]) -> None:
    alone, together = run("alone"), run("together", cluster_tasks.small_tiles)
    expected = contents(alone)
    assert len([name for name in expected if name.startswith("scores.zarr/0/c/")]) > 4
    assert b"bbox" in expected["detections.json"]
    assert contents(together) == expected


def test_a_worker_that_dies_costs_its_own_tiles(run: Callable[..., Path]) -> None:
    alone, killed = run("alone"), run("killed", cluster_tasks.deadly_tile)
    (killed / "killed").unlink()  # which is there: a worker has died
    assert contents(killed) == contents(alone)


def test_what_a_tile_raises_ends_the_run_and_the_same_command_goes_on(run: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read\. Copy the file again"):
        run("broken", cluster_tasks.broken_tile)
    finished = {path.name for path in (tmp_path / "broken" / "unfinished").glob("*.npz")}
    assert all(name.startswith("0-") for name in finished)
    mended = run("broken", cluster_tasks.small_tiles)
    assert contents(mended) == contents(run("alone"))


def test_other_versions_on_a_worker_are_told(run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    here = {**versions.versions(), "keras": "2.4.0"}
    monkeypatch.setattr(versions, "versions", lambda: here)
    with pytest.raises(InputError, match=r"locate\.cluster: other versions on the worker .*: keras 2\.4\.0 here and 3"):
        run("other", cluster_tasks.small_tiles)


def test_a_job_that_a_worker_does_not_see_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"job\.json: no such file on .* shared"):
        cluster_job.search_tile((0, 1), (0, 1), str(tmp_path / "job.json"))
