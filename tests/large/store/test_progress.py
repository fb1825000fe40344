"""A ledger of tiles: whole or absent, of one search only; disks that are too small are refused before work starts."""

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fullconv.errors import InputError
from fullconv.large.store.progress import CANDIDATE, Ledger, checked_disk, needed_disk

IDENTITY = {"image": {"digest": "ab", "size": [40000, 30000]}, "finder": "pets", "stride": 2}
ARRAYS = {"scores": np.arange(6, dtype=np.float32), "boxes": np.ones((2, 4)), "none": np.zeros((0, 3), np.int64)}


def test_a_finished_tile_is_done_and_loaded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "tiles")
    ledger.claim(IDENTITY)
    assert not ledger.done("r0_c0")
    ledger.finish("r0_c0", ARRAYS)
    assert Ledger(tmp_path / "tiles").done("r0_c0")
    loaded = ledger.load("r0_c0")
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype
        assert np.array_equal(loaded[name], array)
    ledger.finish("empty", {})
    assert ledger.load("empty") == {}


def test_the_same_arrays_leave_the_same_bytes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.finish("a", ARRAYS)
    ledger.finish("b", dict(reversed(ARRAYS.items())))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_objects_are_no_arrays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        Ledger(tmp_path).finish("a", {"it": np.array([{}], dtype=object)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../a", "a.b", "identity.json", "-a", "a/b"])
def test_a_name_that_would_lie_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name of a tile"):
        Ledger(tmp_path).done(name)


def test_a_claim_removes_what_a_kill_left_and_keeps_what_is_whole(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.claim(IDENTITY)
    ledger.finish("a", ARRAYS)
    (tmp_path / ".partial-writers" / "dead").mkdir(parents=True)
    (tmp_path / ".partial-writers" / "dead" / "b.npz").write_bytes(b"half")
    assert not ledger.done("b")
    Ledger(tmp_path).claim({**IDENTITY, "stride": 2})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "identity.json"]


def test_another_search_is_told_what_differs(tmp_path: Path) -> None:
    Ledger(tmp_path).claim(IDENTITY)
    before = (tmp_path / "identity.json").read_bytes()
    other: dict[str, Any] = {"image": {"digest": "cd" * 99, "size": [40000, 30000]}, "stride": 4, "halo": None}
    with pytest.raises(InputError) as caught:
        Ledger(tmp_path).claim(other)
    assert caught.value.received == (
        'holds a search that differs in finder ("pets" there, nothing here), halo (nothing there, null here), '
        f'image.digest ("ab" there, "{"cd" * 29}… here), stride (2 there, 4 here)'
    )
    assert caught.value.mend == "Give another `out`, or delete this folder."
    assert (tmp_path / "identity.json").read_bytes() == before


def test_many_differences_are_counted(tmp_path: Path) -> None:
    Ledger(tmp_path).claim({f"k{number}": 0 for number in range(8)})
    with pytest.raises(InputError, match=r"k4 \(0 there, 1 here\) and 3 more\. Give"):
        Ledger(tmp_path).claim({f"k{number}": 1 for number in range(8)})


@pytest.mark.parametrize("keep", [0, 3, 200])
def test_a_damaged_tile_is_told(keep: int, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.finish("a", ARRAYS)
    path = tmp_path / "a.npz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.npz: damaged .*Delete it"):
        ledger.load("a")


def test_a_flipped_byte_is_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.finish("a", ARRAYS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(ARRAYS["boxes"].tobytes()) + 8] ^= 255
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npz: damaged .*CRC"):
        ledger.load("a")


def test_a_tile_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not finished"):
        Ledger(tmp_path).load("a")


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ledger = Ledger(tmp_path)
    with monkeypatch.context() as patched, pytest.raises(InputError, match=r"a\.npz: the system refuses it.*room"):
        patched.setattr(os, "fsync", full)
        ledger.finish("a", ARRAYS)
    assert list(tmp_path.iterdir()) == []
    ledger.finish("a", ARRAYS)
    assert ledger.done("a")


def test_a_folder_that_is_read_only_is_told_at_the_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not stop root, so what the system would answer is answered here.
    Ledger(tmp_path).claim(IDENTITY)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="cannot be written"):
        Ledger(tmp_path).claim(IDENTITY)


def test_room_is_that_of_all_levels_and_candidates() -> None:
    assert needed_disk((11, 512, 300)) == 11 * 512 * 300 * 4
    cells = 1001 * 7 + 501 * 4
    assert needed_disk((3, 1001, 7), "float16", candidates=10) == 3 * cells * 2 + 10 * CANDIDATE


def test_too_small_a_disk_is_refused_and_what_lies_there_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {tmp_path: 2_000_000}  # of the folder that is there, not of the one that is not yet
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free[Path(path)]))
    checked_disk(tmp_path / "not" / "yet", 2_000_000)
    with pytest.raises(InputError, match=r"yet: 2\.5 GB may be needed, 2\.0 MB are free\. Make room"):
        checked_disk(tmp_path / "not" / "yet", 2_500_000_000)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "shard").write_bytes(bytes(1000))
    checked_disk(tmp_path, 2_001_000)
    with pytest.raises(InputError, match="may be needed"):
        checked_disk(tmp_path, 2_001_001)
