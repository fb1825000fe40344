"""Which pictures are searched tile by tile."""

from pathlib import Path

from fullconv import large
from fullconv.data.pictures.orientation import frame_of
from fullconv.data.pictures.photo_files import read_by_regions


def is_large(path: Path) -> bool:
    """Return whether a picture is searched tile by tile: by its size, or because its file is read by regions alone."""
    if read_by_regions(path):
        return True
    frame = frame_of(path)
    return frame is not None and frame.height * frame.width > large.LARGE
