"""A picture's file, searched: read as what searches it needs to read it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.images import decoded, load_image
from fullconv.data.pictures.photo_files import load_photo
from fullconv.locate.finder import Finder
from fullconv.locate.located import Located
from fullconv.locate.reading import search


def searched(finder: Finder, path: Path, polarity: str) -> tuple[npt.NDArray[np.float32], Located]:
    """Return a picture in colour as it is, and what was found in it; both upright, as its EXIF orientation says.

    Raises:
        InputError: the file cannot be read, or not be searched.
    """
    shown = load_photo(path)
    channels = int(finder.conversion.model.input_shape[-1])
    wanted = finder.polarity(polarity)
    if finder.sprites or wanted == "dark":
        pixels = load_image(path, channels, wanted, upright=True)
    else:
        pixels = shown if channels == 3 else decoded(path, channels, "white", upright=True)
    return shown, search(finder, pixels)
