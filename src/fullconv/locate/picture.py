"""A picture's file, searched: read as what searches it needs to read it."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.images import decoded, load_image
from fullconv.data.pictures.photo_files import load_photo
from fullconv.data.pictures.samples import AS_STORED, Samples
from fullconv.errors import InputError
from fullconv.locate.finder import Finder
from fullconv.locate.located import Located
from fullconv.locate.pixel_range import settled
from fullconv.locate.reading import search

FloatArray = npt.NDArray[np.float32]

_LOOKED_AT = 4  # pictures that tell which range of pixels a network reads


def read_picture(
    finder: Finder, path: Path, polarity: str, samples: Samples = AS_STORED
) -> tuple[FloatArray, FloatArray]:
    """Return a picture in colour as it is, and as it is searched; both upright, as its EXIF orientation says.

    Raises:
        InputError: the file cannot be read.
    """
    shown = load_photo(path, samples)
    channels = int(finder.conversion.model.input_shape[-1])
    wanted = finder.polarity(polarity)
    if finder.sprites or wanted == "dark":
        return shown, load_image(path, channels, wanted, samples)
    return shown, shown if channels == 3 else decoded(path, channels, "white", samples)


def searched(finder: Finder, path: Path, polarity: str, samples: Samples = AS_STORED) -> tuple[FloatArray, Located]:
    """Return a picture in colour as it is, and what was found in it; both upright.

    Raises:
        InputError: the file cannot be read, or not be searched.
    """
    shown, pixels = read_picture(finder, path, polarity, samples)
    return shown, search(finder, pixels)


def settled_by(finder: Finder, paths: Iterable[Path], polarity: str, samples: Samples = AS_STORED) -> Finder:
    """Return a finder that knows what range it reads, measured on the first of its pictures where that is open.

    A picture that cannot be read is passed over: that is told when it is searched.
    """
    if not finder.unsettled:
        return finder
    found: list[FloatArray] = []
    for path in paths:
        with suppress(InputError):
            found.append(read_picture(finder, path, polarity, samples)[1])
        if len(found) == _LOOKED_AT:
            break
    return settled(finder, found)
