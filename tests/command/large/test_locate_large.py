"""What `fullconv locate` leaves of a picture that it searches tile by tile: as of any other, whatever ends it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from large_pictures import (
    HEIGHT,
    PIXELS,
    PLACES,
    WIDTH,
    asked,
    assert_same,
    centres,
    contents,
    files,
    png,
    read,
    tiled_tiff,
)
from PIL import Image

from fullconv.errors import InputError
from fullconv.large import size
from fullconv.large.store.scores import ScoreStore

pytestmark = pytest.mark.numeric

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., None]


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
import large_pictures
from fullconv.large.store.progress import Ledger

class Patch:
    setattr = staticmethod(setattr)

large_pictures.small_tiles(Patch)
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
    script = KILLED.format(tests=str(ROOT / "tests" / "plugins"))
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


def test_a_dry_run_says_what_a_search_takes_and_leaves_nothing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    png()
    run("image=a.png", "dry_run=true")
    said = capsys.readouterr().out
    assert re.match(r"a\.png: 260×210 pixels, \d+ tiles of 64×64, \d+ levels on which the window is 1\d to 4\d", said)
    assert re.search(r"GB of memory .* GB of disk at most, \d+ s on this machine", said)
    assert [path.name for path in Path.cwd().iterdir()] == ["a.png"]


def test_blank_tiles_are_left_out_when_asked(run: Run, seen: list[str]) -> None:
    blank = np.full_like(PIXELS, 5)
    blank[:80, :90] = PIXELS[:80, :90]
    np.save("b.npy", blank)
    run("image=b.npy", "out=all")
    every = len(seen)
    seen.clear()
    run("image=b.npy", "out=some", "locate.skip=blank")
    assert 0 < len(seen) < every / 2
    # Of the even ground nothing is known; what lies in the corner is as it was.
    store = ScoreStore.open(Path("some/scores.zarr"))
    _, rows, cols = store.shape()
    assert np.isnan(store.read((rows - 1, rows), (cols - 1, cols))).all()
    mine, others = ([one for one in read(f"{name}/detections.json") if one["score"] > 0.5] for name in ("some", "all"))
    assert_same(mine, others)


def test_what_is_searched_already_is_not_searched_again(run: Run, seen: list[str]) -> None:
    png()
    run("image=a.png", "out=found")
    before = contents(Path("found"))
    seen.clear()
    run("image=a.png", "out=found")
    assert seen == []
    assert contents(Path("found")) == before


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
