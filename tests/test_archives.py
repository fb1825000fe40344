"""Archives of arrays: read by NumPy, whole or absent, and the same bytes whenever and wherever they are written."""

import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.archives import Members, array_file, undated


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


def _members(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as stream:
        members = Members(path, np.load(stream, allow_pickle=False))
        return {name: members[name] for name in members}


def test_pixels_stay_on_disk_and_the_rest_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    written = {
        "pixels": rng.integers(0, 256, (5, 4, 3), np.uint8),
        "floats": rng.random((3, 2), dtype=np.float32),
        "none": np.zeros((0, 4), np.uint8),
        "columns": np.asfortranarray(rng.integers(0, 256, (5, 4), np.uint8)),
    }
    np.savez(tmp_path / "a.npz", **written)
    found = _members(tmp_path / "a.npz")
    assert list(found) == list(written)
    for name, value in written.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].flags.writeable == (name in ("floats", "columns"))


def test_a_file_is_mapped_once_however_many_pictures_it_holds(tmp_path: Path) -> None:
    """A process may map 65,530 files on Linux; an archive may hold more pictures."""
    with array_file(tmp_path / "a.npz") as add:
        for number in range(50):
            add(number, np.full((1, 1), number, np.uint8))
    found = _members(tmp_path / "a.npz")
    assert [int(one[0, 0]) for one in found.values()] == list(range(50))
    assert len({id(one.base) for one in found.values()}) == 1


def test_compressed_pixels_are_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", pixels=np.ones((5, 4), np.uint8))
    np.testing.assert_array_equal(_members(tmp_path / "a.npz")["pixels"], np.ones((5, 4), np.uint8))


def test_an_absent_member_is_a_key_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", pixels=np.ones((5, 4), np.uint8))
    with (tmp_path / "a.npz").open("rb") as stream, pytest.raises(KeyError):
        Members(tmp_path / "a.npz", np.load(stream))["other"]


@given(st.integers(0, 10**9), st.integers(0, 7))
def test_a_flipped_bit_of_pixels_never_passes(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    pixels = np.arange(200, dtype=np.uint8).reshape(10, 20)
    with array_file(path) as add:
        add("pixels", pixels)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    try:
        found = _members(path)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return
    # Dates, flags and names are not part of the pixels.
    assert all(np.array_equal(value, pixels) for value in found.values())
