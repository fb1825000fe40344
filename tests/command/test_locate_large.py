"""What `fullconv locate` leaves of a picture that it searches tile by tile: as of any other, whatever ends it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tifffile
import zarr
from keras import layers
from PIL import Image

from fullconv.command.locate import locate
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.large import search as search_module
from fullconv.large import size
from fullconv.large import tiling as tiling_module
from fullconv.large.search import LargeSearch
from fullconv.large.store import progress
from fullconv.large.store.scores import ScoreStore
from fullconv.locate.peaks import plan as plan_module

pytestmark = pytest.mark.numeric

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., None]
WINDOW, STRIDE, BLOCK = 16, 4, 32
HEIGHT, WIDTH = 210, 260
# Centres and diameters: a spot fills half of its window.
PLACES = [(30.3, 40.2, 9), (70.2, 120.1, 14), (127.8, 60.4, 8), (150.1, 200.7, 18), (85.5, 185.3, 10), (205, 255, 12)]


def network(bias: float = -3.5) -> keras.Model:
    """Return a classifier of light round spots in 16×16 pixels of any colour, and of nothing."""
    convolution = layers.Conv2D(2, WINDOW, strides=STRIDE)
    model = keras.Sequential(
        [keras.Input((WINDOW, WINDOW, 3)), convolution, layers.Flatten(), layers.Activation("softmax")]
    )
    away = np.hypot(*(np.mgrid[:WINDOW, :WINDOW] + 0.5 - WINDOW / 2))
    kernel = np.zeros((WINDOW, WINDOW, 3, 2), np.float32)
    kernel[..., 0] = np.where(away <= WINDOW / 4, 0.04, -0.02)[..., None]
    convolution.set_weights([kernel, np.array([bias, 0], np.float32)])
    return model


def pixels() -> Any:
    """Return an image with light spots, one of them at its corner, on a dark ground that is nowhere even."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    image = np.zeros((HEIGHT, WIDTH))
    for row, col, side in PLACES:
        image = np.maximum(image, np.clip(side / 2 - np.hypot(y - row, x - col) + 0.5, 0, 1))
    noise = np.random.default_rng(0).uniform(0, 0.05, (HEIGHT, WIDTH, 3))
    return np.round(255 * np.clip(0.9 * image[..., None] + noise, 0, 1)).astype(np.uint8)


PIXELS = pixels()


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifiers")
    network().save(folder / "spots.keras")
    network(-3.0).save(folder / "others.keras")
    return folder


@pytest.fixture
def run(
    classifiers: Path,
    settings_with: Callable[..., ExperimentConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return what runs the program in this process, on small tiles of pictures that count as large."""
    monkeypatch.chdir(tmp_path)
    small_tiles(monkeypatch)

    def search(*words: str, classifier: str = "spots") -> None:
        locate(settings_with(*asked(classifiers / f"{classifier}.keras"), *words))

    return search


def small_tiles(patch: Any) -> None:
    patch.setattr(size, "LARGE", 100)
    for module in (plan_module, tiling_module):
        patch.setattr(module, "BLOCK", BLOCK)
    patch.setattr(search_module.search_of, "__defaults__", (1,))


def asked(classifier: Path) -> list[str]:
    return [
        f"classifier={classifier}",
        "classifier.classes=[spot,nothing]",
        "classifier.background=nothing",
        "classifier.pixels=0..1",
        "locate.sizes=[14,40]",
        "locate.stride=2",
        "locate.probe=0",
    ]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list with the names of the tiles that are computed."""
    names: list[str] = []
    see = LargeSearch.see

    def told(self: LargeSearch, given: Any) -> Any:
        names.append(given.tile.name)
        return see(self, given)

    monkeypatch.setattr(LargeSearch, "see", told)
    return names


def png(path: Path = Path("a.png")) -> Path:
    Image.fromarray(PIXELS).save(path)
    return path


def tiled_tiff(path: Path, **options: Any) -> Path:
    tifffile.imwrite(path, PIXELS, photometric="rgb", tile=(64, 64), metadata=None, **options)
    return path


def read(path: str) -> Any:
    return json.loads(Path(path).read_text())


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


def assert_same(mine: list[Any], others: list[Any]) -> None:
    """Compare detections, whatever their order among those that are as sure."""
    assert len(mine) == len(others)
    left = list(others)
    for one in mine:
        same = [
            other
            for other in left
            if (other["image_id"], other["category_id"]) == (one["image_id"], one["category_id"])
            and abs(other["score"] - one["score"]) < 1e-4
            and np.abs(np.subtract(other["bbox"], one["bbox"])).max() < 1e-2
        ]
        assert same, one
        left.remove(same[0])


def centres(found: list[Any], score: float = 0.5) -> list[tuple[float, float]]:
    boxes = [one["bbox"] for one in found if one["score"] > score]
    return sorted((y + height / 2, x + width / 2) for x, y, width, height in boxes)


def test_it_leaves_what_people_and_viewers_open(run: Run, seen: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    png()
    run("image=a.png", "out=found")
    assert len(seen) == len(set(seen)) > 10
    top = {path.name for path in Path("found").iterdir()}
    expected = {"scores.zarr", "overview.png", "overlay.png", "detections.json", "instances.json", "classes.json"}
    assert top >= expected | {"detections.geojson", "counts.json"}
    assert "unfinished" not in top
    assert not [name for name in files(Path("found")) if "partial" in name]
    found = read("found/detections.json")
    spots = [(row, col) for row, col, _ in PLACES[:-1]]
    for row, col in spots:
        assert any(np.hypot(y - row, x - col) < 3 for y, x in centres(found))
    assert read("found/instances.json")["images"] == [{"id": 1, "file_name": "a.png", "height": HEIGHT, "width": WIDTH}]
    assert [one["name"] for one in read("found/instances.json")["categories"]] == ["spot"]
    about = read("found/classes.json")
    likely = [one for one in found if one["score"] >= about["threshold"]]
    assert about["counts"] == {"spot": len(likely)}
    assert (about["channels"], about["background"], about["read"]) == (["spot", "background"], "nothing", "peaks")
    assert len(read("found/detections.geojson")["features"]) == len(likely)
    assert len(likely) in np.array(list(read("found/counts.json").values()), object).tolist()
    for name in ("overview.png", "overlay.png"):
        with Image.open(f"found/{name}") as picture:
            assert min(picture.size) > 100
    assert "found/overlay.png" in capsys.readouterr().out


def test_the_map_can_be_read_and_lies_where_it_should(run: Run) -> None:
    png()
    run("image=a.png", "out=found")
    store = ScoreStore.open(Path("found/scores.zarr"))
    assert store.meaning.names == ("spot", "background")
    _, rows, cols = store.shape()
    scores = store.read((0, rows), (0, cols))
    assert np.isfinite(scores).all()
    geometry = store.meaning.geometry
    for row, col, _ in PLACES[:-1]:
        assert scores[(*geometry.nearest(row, col), 0)] > 0.5
    assert np.median(scores[..., 0]) < 0.1
    whole: Any = zarr.open_group("found/scores.zarr", mode="r")
    np.testing.assert_array_equal(np.moveaxis(whole["0"][:], 0, -1), scores)


def test_the_detections_are_those_of_a_picture_searched_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    png()
    run("image=a.png", "out=tiles")
    monkeypatch.setattr(size, "LARGE", 10**9)
    run("image=a.png", "out=once")
    assert Path("once/scores.npz").is_file()
    assert not Path("once/scores.zarr").exists()
    mine, others = read("tiles/detections.json"), read("once/detections.json")
    assert len(centres(mine)) >= len(PLACES) - 1
    assert_same(mine, others)
    # The median of the map, which a threshold is made from, is counted in bins.
    about, other = read("tiles/classes.json"), read("once/classes.json")
    assert about["threshold"] == pytest.approx(other["threshold"], abs=1e-3)
    assert about["counts"] == other["counts"]
    assert read("tiles/instances.json") == read("once/instances.json")


def test_kinds_of_files_with_the_same_pixels_have_the_same_objects(run: Run) -> None:
    png()
    np.save("b.npy", PIXELS)
    tiled_tiff(Path("c.tif"), compression="deflate")
    tifffile.imwrite("d.tif", PIXELS, photometric="rgb")
    zarr.create_array("e.zarr", data=PIXELS, chunks=(64, 64, 3))
    zarr.create_array("f.zarr", data=PIXELS.transpose(2, 0, 1)[None, :, None], chunks=(1, 1, 1, 64, 64))
    run("image=a.png", "out=found/a")
    expected = read("found/a/detections.json")
    for name, more in (
        ("b.npy", []),
        ("c.tif", []),
        ("d.tif", []),
        ("e.zarr", ["dataset.axes=yxc"]),
        ("f.zarr", ["dataset.axes=tczyx"]),
    ):
        run(f"image={name}", f"out=found/{name}", *more)
        assert_same(read(f"found/{name}/detections.json"), expected)


def test_axes_that_are_not_those_of_the_array_are_refused(run: Run) -> None:
    zarr.create_array("f.zarr", data=PIXELS.transpose(2, 0, 1)[None, :, None], chunks=(1, 1, 1, 64, 64))
    with pytest.raises(InputError, match=r"dataset\.axes"):
        run("image=f.zarr", "out=found", "dataset.axes=yxc")
    with pytest.raises(InputError, match=r"dataset\.axes"):
        run("image=f.zarr", "out=found", "dataset.axes=nonsense")
    assert not Path("found/scores.zarr").exists()


def test_a_corrupt_tile_is_named_and_the_rest_is_searched(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    path = tiled_tiff(Path("c.tif"), compression="deflate")
    with tifffile.TiffFile(path) as file:
        page: Any = file.pages[0]
        offset, count = page.dataoffsets[7], page.databytecounts[7]  # from x=128, y=64 on
    content = bytearray(path.read_bytes())
    content[offset : offset + count] = bytes(count)
    path.write_bytes(content)
    with pytest.raises(InputError, match="1 of 1 could not be searched, or not be read whole"):
        run("image=c.tif", "out=found")
    said = capsys.readouterr().err
    assert "c.tif: 1 parts cannot be read: x=128, y=64, 64×64" in said
    found = centres(read("found/detections.json"))
    apart, lost = [PLACES[0], PLACES[2], PLACES[3]], PLACES[4]
    for row, col, _ in apart:
        assert any(np.hypot(y - row, x - col) < 3 for y, x in found)
    assert not any(np.hypot(y - lost[0], x - lost[1]) < 5 for y, x in found)
    assert not Path("found/unfinished").exists()


# What a person runs, on small tiles; it kills itself when a number of tiles are finished.
KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
import test_locate_large as tests
from fullconv.large.store.progress import Ledger

class Patch:
    setattr = staticmethod(setattr)

tests.small_tiles(Patch)
finish, left = Ledger.finish, [int(sys.argv.pop(1))]

def finished(self, tile, arrays):
    finish(self, tile, arrays)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

Ledger.finish = finished
from fullconv.command.locate import main
main()
"""


def test_a_killed_search_goes_on_to_the_same_bytes(run: Run, seen: list[str], classifiers: Path) -> None:
    png()
    run("image=a.png", "out=undisturbed")
    every = list(seen)
    script = KILLED.format(tests=str(Path(__file__).parent))
    killed = subprocess.run(
        [sys.executable, "-c", script, "3", *asked(classifiers / "spots.keras"), "image=a.png", "out=killed"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    finished = {path.stem: path.stat().st_mtime_ns for path in Path("killed/unfinished").glob("*.npz")}
    assert len(finished) == 3
    seen.clear()
    run("image=a.png", "out=killed")
    assert sorted(seen) == sorted(set(every) - set(finished))
    assert contents(Path("killed")) == contents(Path("undisturbed"))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"classifier": "others"}, "weights"),
        ({"words": ["locate.floor=0.2"]}, "locate"),
        ({"words": ["locate.dtype=float16"]}, "dtype"),
    ],
)
def test_another_search_in_the_same_folder_is_refused_and_says_what_differs(
    run: Run, changes: dict[str, Any], named: str
) -> None:
    png()
    run("image=a.png", "out=found")
    before = contents(Path("found"))
    with pytest.raises(InputError, match=named) as caught:
        run("image=a.png", "out=found", *changes.pop("words", []), **changes)
    assert "another `out`" in caught.value.mend
    assert "\n" not in str(caught.value)
    assert contents(Path("found")) == before


def test_what_is_searched_already_is_not_searched_again(run: Run, seen: list[str]) -> None:
    png()
    run("image=a.png", "out=found")
    before = contents(Path("found"))
    seen.clear()
    run("image=a.png", "out=found")
    assert seen == []
    assert contents(Path("found")) == before


def test_a_folder_that_cannot_be_written_is_refused_before_work(run: Run, seen: list[str]) -> None:
    png()
    for out in ("/proc/found", "a.png/found"):
        with pytest.raises(InputError):
            run("image=a.png", f"out={out}")
    assert seen == []


def test_a_full_disk_is_refused_before_work(run: Run, seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    png()
    usage = shutil.disk_usage(".")._replace(free=1000)
    monkeypatch.setattr(progress.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InputError, match=r"may be needed, 0\.0 MB are free") as caught:
        run("image=a.png", "out=found")
    assert "Make room" in caught.value.mend
    assert seen == []
    assert not Path("found/scores.zarr").exists()


def test_a_window_larger_than_the_picture_is_refused(run: Run) -> None:
    np.save("b.npy", PIXELS[:10, :200])
    with pytest.raises(InputError, match="10x200 pixels") as caught:
        run("image=b.npy", "out=found", "locate.sizes=[]", "locate.border=0")
    assert "16x16" in caught.value.mend


def test_regions_are_read_from_a_large_picture_at_a_size_that_its_levels_have(run: Run) -> None:
    np.save("b.npy", PIXELS)
    run("image=b.npy", "out=found", "locate.read=regions", "locate.levels=[60]")
    assert read("found/instances.json")["images"] == [{"id": 1, "file_name": "b.npy", "height": HEIGHT, "width": WIDTH}]
    assert read("found/classes.json")["read"] == "regions"
    for one in read("found/detections.json"):
        x, y, width, height = one["bbox"]
        assert 0 <= x < x + width <= WIDTH
        assert 0 <= y < y + height <= HEIGHT
    assert not Path("found/scores.zarr").exists()


def test_numbers_of_half_the_size(run: Run) -> None:
    png()
    run("image=a.png", "out=full")
    run("image=a.png", "out=half", "locate.dtype=float16")
    stores = [ScoreStore.open(Path(name, "scores.zarr")) for name in ("full", "half")]
    full, half = (store.read((0, store.shape()[1]), (0, store.shape()[2])) for store in stores)
    np.testing.assert_allclose(half, full, rtol=0, atol=5e-4)
    assert not np.array_equal(half, full)
    # Objects are read before numbers are rounded.
    assert read("half/detections.json") == read("full/detections.json")


def test_numbers_of_another_type_are_refused(run: Run) -> None:
    png()
    with pytest.raises(InputError, match=r"locate\.dtype") as caught:
        run("image=a.png", "out=found", "locate.dtype=float17")
    assert "float16" in caught.value.mend
    assert not Path("found").exists()
