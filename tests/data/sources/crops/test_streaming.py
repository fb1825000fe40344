"""Many crops: memory holds one picture at a time, and arrays stay on disk."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from fullconv.data.arrays import Arrays, read_arrays, write_arrays
from fullconv.data.sources.crops.rows import Rows

CROPS = 20_000
# In a process of its own, whose own memory (not that of mapped files) is read where it can be.
SOURCE = """
    import sys
    from pathlib import Path
    import numpy as np
    from fullconv.config.schema import DataConfig
    from fullconv.data.arrays import read_arrays, write_arrays
    from fullconv.data.sources.crops import decoding, loading

    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    highest = 0

    def look():
        global highest
        lines = Path("/proc/self/status").read_text().splitlines()
        own = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024
        highest = max(highest, own)

    def drawn(place, channels):
        number = int(place.path.stem)
        if number % 100 == 0:
            look()
        pixels = np.full((12, 12, 3), number % 251, np.uint8)
        pixels[0, :4] = np.frombuffer(number.to_bytes(12, "big"), np.uint8).reshape(4, 3)
        return pixels

    def read(side):
        arrays = loading.read_crops(DataConfig(name="", form="csv", path=str(table), cache="", side=side)).arrays
        look()
        write_arrays(folder / "a.npz", arrays)
        look()
        back = read_arrays(folder / "a.npz")
        look()
        assert len(back.train_images) + len(back.test_images) == count
        return back.train_images.nbytes + back.test_images.nbytes

    decoding.read_pixels = drawn
    table = folder / "t.csv"
    table.write_text("".join(f"{n}.png,{'ab'[n % 2]}\\n" for n in range(count)))
    few = max(read(8), read(8))  # twice: what an allocator keeps is kept then
    before = highest
    many = read(64)
    print(highest - before, many - few)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read a process's memory from")
def test_memory_does_not_grow_with_the_pixels(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(SOURCE), str(CROPS), str(tmp_path)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    grown, pixels = map(int, found.stdout.split())
    assert pixels == CROPS * 3 * (64**2 - 8**2)
    assert grown < 0.1 * pixels  # NumPy writes an array in pieces of 16 MiB


def test_arrays_stay_on_disk(arrays: Arrays, tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", arrays)
    back = read_arrays(tmp_path / "a.npz")
    for images in (back.train_images, back.test_images):
        assert not images.flags.owndata
        assert not images.flags.writeable
    np.testing.assert_array_equal(back.train_images, arrays.train_images)


def test_what_was_mapped_outlives_its_file(arrays: Arrays, tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", arrays)
    back = read_arrays(tmp_path / "a.npz")
    (tmp_path / "a.npz").unlink()
    np.testing.assert_array_equal(back.train_images, arrays.train_images)


def test_rows_of_many_sizes() -> None:
    pictures = [np.full((number, 2 * number + 1, 3), number, np.uint8) for number in range(1, 5)]
    with Rows() as rows:
        for one in pictures:
            rows.add(one)
        found = rows.pictures()
    assert len(rows) == 4
    for one, two in zip(found, pictures, strict=True):
        np.testing.assert_array_equal(one, two)
        assert not one.flags.writeable
    with Rows() as empty:
        assert empty.pictures() == []
        assert empty.stacked((4, 4, 3)).shape == (0, 4, 4, 3)
