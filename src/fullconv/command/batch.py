"""One photo after another: a folder for each, a bar, and errors that stop only their own photo."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from fullconv.config.program import report
from fullconv.errors import InputError
from fullconv.terminal.progress import counted

Step = Callable[[int, Path, Path], None]  # number from 1, photo, folder


def folders_of(photos: Sequence[Path], out: Path) -> list[Path]:
    """Return where each photo's results go: one alone straight into `out`, else folders named after the photos.

    A photo that shares its stem with another keeps its suffix in the name, and beyond that gets a number.
    """
    if len(photos) == 1:
        return [out]
    stems = Counter(path.stem.casefold() for path in photos)
    taken = {"detections.json", "instances.json"}
    names = [
        path.stem if stems[path.stem.casefold()] == 1 else path.stem + path.suffix.replace(".", "_") for path in photos
    ]
    return [out / _free(name, taken) for name in names]


def _free(name: str, taken: set[str]) -> str:
    """Return a folder's name, numbered if it is taken; not all file systems tell upper from lower case."""
    name = name.strip(". ") or "photo"
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate, number = f"{name}_{number}", number + 1
    taken.add(candidate.casefold())
    return candidate


def each_photo(photos: Sequence[Path], out: Path, step: Step) -> int:
    """Call `step` for each photo in turn; return how many could not be used, each printed in a line.

    Raises:
        InputError: that of a photo which is alone.
    """
    folders = folders_of(photos, out)
    if len(photos) == 1:
        step(1, photos[0], out)
        return 0
    broken = 0
    with counted("photos", len(photos)) as tick:
        for number, (photo, folder) in enumerate(zip(photos, folders, strict=True), start=1):
            try:
                step(number, photo, folder)
            except InputError as error:
                broken += 1
                report(error if error.where == str(photo) else InputError(str(photo), str(error), ""))
            tick(photo)
    return broken
