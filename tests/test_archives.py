"""Archives of arrays: read by NumPy, whole or absent, and the same bytes whenever and wherever they are written."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fullconv.archives import array_file, undated


def maps() -> dict[int, np.ndarray]:
    rng = np.random.default_rng(0)
    return {7: rng.random((3, 4, 2), dtype=np.float32), 2: rng.random((5, 1, 2), dtype=np.float32)[::-1]}


def write(path: Path) -> None:
    with array_file(path) as add:
        for key, value in maps().items():
            add(key, value)


def test_arrays_are_read_by_numpy_in_the_order_they_came(tmp_path: Path) -> None:
    write(tmp_path / "scores.npz")
    with np.load(tmp_path / "scores.npz", allow_pickle=False) as read:
        assert read.files == ["7", "2"]
        for key, value in maps().items():
            np.testing.assert_array_equal(read[str(key)], value)


def test_the_same_arrays_give_the_same_bytes_at_another_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "one.npz")
    monkeypatch.setattr("time.localtime", lambda *_: (2030, 5, 6, 7, 8, 9, 0, 0, 0))
    write(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_the_same_arrays_give_the_same_bytes_on_another_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "one.npz")
    monkeypatch.setattr("sys.platform", "win32")
    write(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_small_arrays_take_the_plain_layout_that_every_python_writes_alike(tmp_path: Path) -> None:
    write(tmp_path / "scores.npz")
    with zipfile.ZipFile(tmp_path / "scores.npz") as archive:
        entries = archive.infolist()
    content = (tmp_path / "scores.npz").read_bytes()
    for entry in entries:
        assert (entry.create_version, entry.extract_version, entry.extra) == (20, 20, b"")
        needed, extra = struct.unpack_from("<H22xH", content, entry.header_offset + 4)
        assert (needed, extra) == (20, 0)  # of the local header: version, length of the extra field


def test_an_entry_has_the_first_date_and_one_mode() -> None:
    entry = undated("a")
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert entry.external_attr >> 16 == 0o644


def test_what_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), array_file(tmp_path / "part.npz") as add:
        add(1, np.zeros((1, 1, 1)))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
