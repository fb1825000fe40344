"""Arrays that lie on this machine: a .npz, or a folder of IDX files."""

from pathlib import Path

from fullconv.data.arrays import Arrays, read_arrays
from fullconv.data.sources.crops.walk import folders_in, pictures_below
from fullconv.data.sources.idx import read_idx_folder
from fullconv.errors import InputError

LOCAL = "Give data.path=FILE: a local .npz (train_images … or keras' x_train …) or a folder of the four IDX files."


def read_local(path: Path) -> Arrays:
    """Return the arrays of a file or folder.

    Raises:
        InputError: it is missing, damaged, or holds pictures.
    """
    if not path.exists():
        raise InputError("data.path", f"no file or folder {path}", LOCAL)
    if not path.is_dir():
        return read_arrays(path)
    if any(pictures_below(inner, "data.path") for inner in folders_in(path, "data.path")):
        raise InputError("data.path", f"{path} holds folders of pictures", "Give data=folder with it.")
    return read_idx_folder(path)
