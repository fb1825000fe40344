"""Image files as arrays."""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from fullconv.data.pictures.eight_bits import read_by_pillow
from fullconv.data.pictures.foreign import foreign
from fullconv.data.pictures.grounds import laid
from fullconv.data.pictures.orientation import is_png, is_tiff, turned
from fullconv.data.pictures.png import read_png
from fullconv.data.pictures.polarity import POLARITIES, dark_objects
from fullconv.data.pictures.samples import AS_STORED, Samples, Stored, warn
from fullconv.data.pictures.tiff import read_tiff
from fullconv.errors import InputError

_MEND = "Give a readable image file (PNG, JPEG, TIFF …)."
_GROUNDS = {"light": "black", "dark": "white", "auto": "apart"}

Floats = npt.NDArray[np.float32]


def load_image(path: Path, channels: int, polarity: str = "light", samples: Samples = AS_STORED) -> Floats:
    """Read an image as float32 `(H, W, C)` in 0..1, with `channels` of 1 (grey) or 3 (RGB), objects light on dark.

    Colour becomes grey by ITU-R 601 luma; grey is repeated for RGB. 16 bits keep their depth; floating-point
    pixels must lie in 0..1 already, unless `samples` says what is white. The image stands upright, as its EXIF
    orientation says.

    `polarity` tells what objects are in the file: `light` on a darker ground, `dark` on a lighter one, which gives
    1 - pixel, or `auto`: judged from the pixels. Transparency lies over black where objects are light, over white
    where they are dark, and with `auto` over whichever differs more from the opaque pixels.

    Raises:
        InputError: the file is missing or unreadable, a pixel is NaN or out of range, its bands have no meaning,
            `channels` or `polarity` is none of those named.
    """
    if channels not in (1, 3):
        raise InputError("channels", f"{channels}", "Images are read with 1 channel (grey) or 3 (RGB).")
    if polarity not in POLARITIES:
        raise InputError("polarity", f"{polarity!r}", f"Choose {', '.join(POLARITIES)}.")
    pixels = decoded(path, channels, _GROUNDS[polarity], samples)
    dark = dark_objects(pixels) if polarity == "auto" else polarity == "dark"
    return 1 - pixels if dark else pixels


def decoded(path: Path, channels: int, ground: str, samples: Samples = AS_STORED) -> Floats:
    """Read an image file as float32 `(H, W, C)` in 0..1, upright; of several pages or frames the first.

    Transparency lies over a `black` or `white` ground, or one that sets it `apart`: whichever differs more from the
    opaque pixels. `samples` says which bands are read and how many bits they have, where the file does not.

    Raises:
        InputError: the file is missing, empty, unreadable or larger than Pillow's limit, a pixel is NaN or out of
            range, or nothing says which of its bands are colours.
    """
    if not path.is_file():
        raise InputError(str(path), "no such image file", _MEND)
    if not path.stat().st_size:
        raise InputError(str(path), "cannot be read as an image (the file is empty)", _MEND)
    try:
        with warnings.catch_warnings():
            # Pillow's limit is a warning up to twice its number, from there on an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            pixels, orientation, several = _read(path, channels, ground, samples)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(str(path), f"too large ({error})", "Make it smaller first.") from error
    except MemoryError as error:
        raise InputError(str(path), "too large for this machine's memory", "Make it smaller first.") from error
    except UnidentifiedImageError as error:
        what, mend = foreign(path) or ("no kind of picture that is known", _MEND)
        raise InputError(str(path), f"cannot be read as an image ({what})", mend) from error
    except Exception as error:  # decoders raise whatever a broken file leads to
        raise InputError(str(path), f"cannot be read as an image ({_reason(error)})", _MEND) from error
    # The comparison is also false for NaN.
    if not bool(((pixels >= 0) & (pixels <= 1)).all()):
        raise InputError(str(path), "pixels that are NaN or outside 0..1", "Mend or scale them first.")
    if several:
        warn(path, several)
    return turned(pixels, orientation)


def _reason(error: Exception) -> str:
    """What a decoder says, in a few words."""
    return str(error).splitlines()[0][:150] if str(error) else "broken"


def _read(path: Path, channels: int, ground: str, samples: Samples) -> tuple[Floats, int, str]:
    with path.open("rb") as stream:
        head = stream.read(26)
    stored: Stored | str | None = None
    if is_tiff(head):
        stored = read_tiff(path, samples)
    elif is_png(head) and len(head) == 26:
        stored = read_png(path, samples)
    if isinstance(stored, Stored):
        return laid(stored, channels, ground), stored.orientation, stored.several
    pixels, orientation, several = read_by_pillow(path, channels, ground, samples)
    return pixels, orientation, several if stored is None else stored
