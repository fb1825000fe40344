"""Small arrays, IDX folders and fake programs for the data tests."""

import gzip
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fullconv.data.arrays import Arrays
from fullconv.data.sources.idx import FILES


def _images(rng: np.random.Generator, count: int) -> npt.NDArray[np.uint8]:
    return rng.integers(0, 256, (count, 6, 5, 1), dtype=np.uint8)


@pytest.fixture(scope="session")
def arrays() -> Arrays:
    """30 + 20 random images of 6 x 5 pixels with labels 0..2."""
    rng = np.random.default_rng(0)
    labels = (np.arange(50) % 3).astype(np.int32)
    return Arrays(_images(rng, 30), labels[:30], _images(rng, 20), labels[30:])


def idx_bytes(values: npt.NDArray[np.uint8]) -> bytes:
    """An IDX file of unsigned bytes, written by hand."""
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return header + values.tobytes()


@pytest.fixture
def write_idx_folder() -> Callable[..., Path]:
    """Writes the four IDX files of some arrays into a folder."""

    def write(folder: Path, arrays: Arrays, gzipped: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for key, name in FILES.items():
            values = getattr(arrays, key).astype(np.uint8)
            content = idx_bytes(values[..., 0] if values.ndim == 4 else values)
            if gzipped:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder

    return write


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a Python program under a name on a PATH that holds nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = sys.executable
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, source: str) -> Path:
        path = folder / name
        path.write_text(f"#!{python} -S\n{source}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return install
