"""What `fullconv locate` refuses of a picture that it would search tile by tile, and says before work starts."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from large_pictures import PIXELS, contents, png

from fullconv.errors import InputError
from fullconv.large.store import progress

pytestmark = pytest.mark.numeric

Run = Callable[..., None]


def test_axes_that_are_not_those_of_the_array_are_refused(run: Run) -> None:
    zarr.create_array("f.zarr", data=PIXELS.transpose(2, 0, 1)[None, :, None], chunks=(1, 1, 1, 64, 64))
    with pytest.raises(InputError, match=r"dataset\.axes"):
        run("image=f.zarr", "out=found", "dataset.axes=yxc")
    with pytest.raises(InputError, match=r"dataset\.axes"):
        run("image=f.zarr", "out=found", "dataset.axes=nonsense")
    assert not Path("found/scores.zarr").exists()


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


def test_an_image_that_goes_in_mid_run_is_told_and_the_same_command_goes_on(
    run: Run, seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path("f.zarr")
    zarr.create_array(path, data=PIXELS, chunks=(64, 64, 3))
    words = ("image=f.zarr", "dataset.axes=yxc")
    run(*words, "out=undisturbed")
    tiles, finish = len(seen), progress.Ledger.finish
    seen.clear()

    def last(self: progress.Ledger, tile: str, arrays: Any) -> None:
        finish(self, tile, arrays)
        if path.exists():
            path.rename("away.zarr")

    with monkeypatch.context() as patch:
        patch.setattr(progress.Ledger, "finish", last)
        with pytest.raises(InputError, match=r"f\.zarr: is gone"):
            run(*words, "out=found")
    finished = {file.stem for file in Path("found/unfinished").glob("*-*.npz")}
    assert 0 < len(finished) < tiles
    Path("away.zarr").rename(path)
    seen.clear()
    run(*words, "out=found")
    assert not finished & set(seen)
    assert contents(Path("found")) == contents(Path("undisturbed"))


def test_a_window_larger_than_the_picture_is_refused(run: Run) -> None:
    np.save("b.npy", PIXELS[:10, :200])
    with pytest.raises(InputError, match="10x200 pixels") as caught:
        run("image=b.npy", "out=found", "locate.sizes=[]", "locate.border=0")
    assert "16x16" in caught.value.mend


def test_numbers_of_another_type_are_refused(run: Run) -> None:
    png()
    with pytest.raises(InputError, match=r"locate\.dtype") as caught:
        run("image=a.png", "out=found", "locate.dtype=float17")
    assert "float16" in caught.value.mend
    assert not Path("found").exists()
