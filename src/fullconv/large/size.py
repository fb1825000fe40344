"""Which pictures are searched tile by tile, and what a pass over one may take."""

from pathlib import Path

from fullconv.data.pictures.orientation import frame_of
from fullconv.data.pictures.photo_files import read_by_regions

# Pixels from which a picture is searched tile by tile: at once, its levels and maps would take about a gigabyte.
LARGE = 9_000_000
# Bytes that a forward pass of a tile may take, unless a person says.
TOGETHER = 2**28


def is_large(path: Path) -> bool:
    """Return whether a picture is searched tile by tile: by its size, or because its file is read by regions alone."""
    if read_by_regions(path):
        return True
    frame = frame_of(path)
    return frame is not None and frame.height * frame.width > LARGE
