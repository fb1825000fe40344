"""How a stored picture is to be turned until it stands upright (EXIF 2.3, section 4.6.4, Orientation)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[Any]

TAG = 274  # in TIFF and EXIF alike
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG = b"\x89PNG\r\n\x1a\n"


class Frame(NamedTuple):
    """A picture's stored size in pixels, and its orientation, 1 (upright) to 8."""

    height: int
    width: int
    orientation: int

    @property
    def stored(self) -> tuple[int, int]:
        """Height and width as stored."""
        return self.height, self.width

    @property
    def upright(self) -> tuple[int, int]:
        """Height and width as seen."""
        return (self.width, self.height) if self.orientation in (5, 6, 7, 8) else (self.height, self.width)


def is_tiff(head: bytes) -> bool:
    """Return whether a file that begins so is a TIFF."""
    return head[:4] in _TIFF


def is_png(head: bytes) -> bool:
    """Return whether a file that begins so is a PNG."""
    return head[:8] == _PNG


def frame_of(path: Path) -> Frame | None:
    """Return the frame of a picture file without decoding its pixels; None: it cannot be told, as of a broken file."""
    try:
        with path.open("rb") as stream:
            tiff = is_tiff(stream.read(4))
        if tiff:
            import tifffile

            with tifffile.TiffFile(path) as file:
                page: Any = file.pages[0]
                return Frame(page.imagelength, page.imagewidth, meant(page.tags.valueof(TAG, 1)))
        with Image.open(path) as image:
            return Frame(image.height, image.width, orientation_of(image, path))
    except Exception:  # whatever a broken file leads to: who reads its pixels says so
        return None


def orientation_of(image: Any, path: Path) -> int:
    """Return an opened image's EXIF orientation, 1 (upright) to 8; broken EXIF data say nothing."""
    # Pillow decodes a PNG whole to look behind its pixels.
    if image.format == "PNG" and not {b"eXIf", b"iTXt", b"tEXt", b"zTXt"} & {kind for kind, _, _ in chunks(path)}:
        return 1
    try:
        return meant(image.getexif().get(TAG, 1))
    except Exception:  # Pillow raises whatever broken data lead to
        return 1


def loaded(image: Any, path: Path) -> tuple[Any, int]:
    """Return an opened image with its pixels as stored, and its orientation.

    Pillow turns a TIFF where it loads it, and forgets that it did: here it learns of no orientation. Open the image
    from a stream: the rows of an uncompressed TIFF that lies on its side are mixed up where it is opened by its name.
    """
    orientation = orientation_of(image, path)
    if image.format != "TIFF":
        image.load()
        return image, orientation
    image.getexif().pop(TAG, None)
    image.load()
    return image.copy(), orientation  # a copy has the size of the pixels


def meant(value: Any) -> int:
    """Return an orientation as a file has it, 1 for what is none."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return 1
    return number if 1 <= number <= 8 else 1


def chunks(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each chunk of a PNG, and where its content begins and how long it is."""
    with path.open("rb") as stream:
        place = len(_PNG)
        while True:
            stream.seek(place)
            head = stream.read(8)
            if len(head) < 8:
                return
            size = int.from_bytes(head[:4], "big")
            yield head[4:], place + 8, size
            place += size + 12


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Return stored pixels `(H, W, C)` as they are to be seen."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def turned_box(box: Any, frame: Frame) -> list[float]:
    """Return a box `[x, y, w, h]` of the stored pixels as it lies in the upright picture."""
    (left, top), (right, bottom) = (
        turned_point(box[0], box[1], frame),
        turned_point(box[0] + box[2], box[1] + box[3], frame),
    )
    return [min(left, right), min(top, bottom), abs(right - left), abs(bottom - top)]


def turned_point(x: float, y: float, frame: Frame) -> tuple[float, float]:
    """Return a point of the stored pixels as it lies in the upright picture."""
    height, width = frame.upright
    if frame.orientation in (5, 6, 7, 8):
        x, y = y, x
    if frame.orientation in (3, 4, 7, 8):
        y = height - y
    if frame.orientation in (2, 3, 6, 7):
        x = width - x
    return x, y
