"""IDX files, the format in which MNIST was first given out (yann.lecun.com/exdb/mnist, "file formats")."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fullconv.data.arrays import Arrays, arrays_from
from fullconv.errors import InputError

FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
_GZIP = b"\x1f\x8b"
_UINT8 = 0x08


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes, plain or gzipped (told by its content, not its name).

    Raises:
        InputError: the file is missing, cut, too long, or not IDX of unsigned bytes.
    """
    mend = "Give a whole IDX file of unsigned bytes, plain or gzipped."
    content = _content(path, mend)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _UINT8 or content[3] == 0:
        raise InputError(str(path), f"starts with the bytes {content[:4].hex(' ') or '(none)'}", mend)
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise InputError(str(path), f"{len(content)} bytes, cut within its header", mend)
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", content[3], 4))
    expected = int(np.prod([int(size) for size in shape], dtype=object))
    if len(content) - start != expected:
        raise InputError(str(path), f"{len(content) - start} values where its header says {expected}", mend)
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _content(path: Path, mend: str) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP) else content
    except FileNotFoundError as error:
        raise InputError(str(path), "no such file", mend) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(str(path), f"cannot be read ({error})", mend) from error


def read_idx_folder(folder: Path) -> Arrays:
    """Read a folder of the four IDX files, each plain or `.gz`, also spelt `train-images.idx3-ubyte`.

    Raises:
        InputError: a file is missing or damaged, or the four do not fit together.
    """
    raw = {key: read_idx(_find(folder, name)) for key, name in FILES.items()}
    return arrays_from(raw, str(folder))


def _find(folder: Path, name: str) -> Path:
    for stem in (name, name.replace("-idx", ".idx")):
        for candidate in (folder / stem, folder / f"{stem}.gz"):
            if candidate.is_file():
                return candidate
    raise InputError(
        str(folder), f"no {name} or {name}.gz in it", f"The folder must hold {', '.join(FILES.values())}, plain or .gz."
    )
