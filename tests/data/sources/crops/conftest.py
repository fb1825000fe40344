"""Pictures of one's own, drawn: no two alike, so that none counts as a copy of another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fullconv.config.schema import DataConfig

Draw = Callable[..., Path]


def texture(name: str, size: tuple[int, int], channels: int = 3) -> npt.NDArray[np.uint8]:
    """Noise that its name decides."""
    shape = size if channels == 1 else (*size, channels)
    return np.random.default_rng(crc32(name.encode())).integers(0, 256, shape, np.uint8)


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Writes a picture of some size (height, width), of noise that its name decides."""

    def write(name: str, size: tuple[int, int] = (12, 10), channels: int = 3, **options: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(texture(name, size, channels)).save(path, **options)
        return path

    return write


@pytest.fixture
def folders(draw: Draw, tmp_path: Path) -> Path:
    """Class folders cat and dog with six pictures each."""
    for label in ("dog", "cat"):
        for number in range(6):
            draw(f"set/{label}/{number}.png", (10 + number, 12))
    return tmp_path / "set"


@pytest.fixture
def config() -> Callable[..., DataConfig]:
    """The knobs of a set of one's own."""

    def make(form: str, path: Path | None, **knobs: Any) -> DataConfig:
        return DataConfig(name=form, form=form, path=None if path is None else str(path), cache="unused", **knobs)

    return make
