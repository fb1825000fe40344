"""A person's own photos: which files a path, folder or pattern means, and what is to be seen in them."""

import csv
import glob
from collections.abc import Iterable
from pathlib import Path

from fullconv.data.pictures.images import decoded
from fullconv.data.pictures.samples import AS_STORED, Floats, Samples
from fullconv.errors import InputError
from fullconv.nearest import meant_file

# Of a folder or a pattern; a file that is named itself is tried whatever it is called. Formats that need another
# program are among them: better reported than passed over.
_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
_OTHERS = (".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".pgm", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp")
# Slides and rasters whose files are read by regions, with what OpenSlide or rasterio decodes; a zarr is a folder.
SLIDES = frozenset((".bif", ".czi", ".dcm", ".mrxs", ".ndpi", ".scn", ".svslide", ".vms", ".vmu"))
RASTERS = frozenset((".vrt", ".j2k", ".img", ".ecw", ".sid"))
_REGIONS = frozenset((".npy", ".svs", ".zarr", ".ozx", *SLIDES, *RASTERS))
_ZARR = ("zarr.json", ".zgroup", ".zarray")  # one of them lies in a zarr
SUFFIXES = frozenset((*_JPEG, *_OTHERS, *_REGIONS))

_MEND = "Give a photo, a folder of photos, or a pattern in quotes such as 'image=photos/*.jpg'."


def is_zarr_folder(path: Path) -> bool:
    """Return whether a folder holds one image in Zarr's form."""
    return path.is_dir() and any((path / name).is_file() for name in _ZARR)


def read_by_regions(path: Path) -> bool:
    """Return whether a picture is of a kind that is never read whole."""
    return is_zarr_folder(path) or path.suffix.lower() in _REGIONS


def find_photos(pattern: str) -> list[Path]:
    """Return the files that `pattern` means, sorted: a file, the images in a folder, or those that a glob matches.

    A zarr is a file, and a table (.csv) stands for the files in its column `path`, or in its only one, in its order;
    they start from the table's folder. Folders within a folder are not searched; the glob's `**` does that. Hidden
    files and files that are not called like images are passed over, unless `pattern` is that very file.

    Raises:
        InputError: there is no such file or folder, no image in it, or a folder cannot be read.
    """
    path = Path(pattern).expanduser()
    try:
        if path.is_file() and path.suffix.lower() == ".csv":
            return _listed(path)
        if pattern and (path.is_file() or is_zarr_folder(path)):
            return [path]
        if path.is_dir() and pattern:
            # An array in a folder of pictures is seldom one of them.
            others = (one for one in path.iterdir() if one.suffix.lower() != ".npy")
            return _images(others, f"{path} has no image in it")
        if glob.has_magic(pattern):
            # Path.glob takes no absolute pattern, and hidden files too.
            matches = glob.glob(str(path), recursive=True)  # noqa: PTH207
            return _images(map(Path, matches), f"no image matches {pattern!r}")
    except OSError as error:
        raise InputError("image", f"{path} cannot be read ({error.strerror})", "Mend its permissions.") from error
    raise InputError("image", f"no such file or folder: {pattern!r}", f"{meant_file(path)}{_MEND}")


def _listed(table: Path) -> list[Path]:
    with table.open(newline="", encoding="utf-8-sig") as stream:
        rows = [row for row in csv.reader(stream) if row]
    if not rows:
        raise InputError("image", f"{table} is empty", "Give a table with a column called path.")
    named = "path" in rows[0]
    if not named and len(rows[0]) > 1:
        received = f"{table} has the columns {', '.join(rows[0])}"
        raise InputError("image", received, "Call the one with the pictures path.")
    column = rows[0].index("path") if named else 0
    paths = [table.parent / Path(row[column]).expanduser() for row in rows[named:] if len(row) > column]
    missing = [path for path in paths if not path.exists()]
    if missing or not paths:
        received = f"{table} names {missing[0]}, which is not there" if missing else f"{table} names no picture"
        raise InputError("image", received, "Mend the table; its paths start from its folder.")
    return paths


def _images(paths: Iterable[Path], otherwise: str) -> list[Path]:
    found = sorted(
        path
        for path in paths
        if path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and (path.is_file() or is_zarr_folder(path))
    )
    if not found:
        raise InputError("image", otherwise, _MEND)
    return found


def load_photo(path: Path, samples: Samples = AS_STORED) -> Floats:
    """Read a photo as float32 RGB `(H, W, 3)` in 0..1, upright: turned as its EXIF orientation says.

    Boxes found in it refer to these pixels, not to those stored. Transparency lies over white, grey is repeated, 16
    bits keep their depth. Of several pages or frames the first is read; `samples` says which bands are read and how
    many bits they have, where the file does not.

    Raises:
        InputError: the file is missing, no image, cut off or too large, its floating-point pixels leave 0..1, or
            nothing says which of its bands are colours.
    """
    return decoded(path, 3, "white", samples)
