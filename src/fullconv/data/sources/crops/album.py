"""Which picture an annotation means: files are named in many ways, and lie beside, above or below what names them."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fullconv.data.sources.crops.walk import pictures_below

_KINDS = ("images", "labels", "annotations", "jpegimages", "img", "imgs", "image", "label", "xml", "xmls", "txt")


class Album:
    """The pictures below a folder, by name and by stem."""

    def __init__(self, root: Path, at: Path) -> None:
        """Look at the folder once; `at` is where annotations lie, below it or elsewhere."""
        self.root = root
        self._homes = (root, at)
        self.pictures = pictures_below(root, "data.path")
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for one in self.pictures:
            self._by_name[one.name.casefold()].append(one)
            self._by_stem[one.stem.casefold()].append(one)

    def named(self, name: str, at: Path) -> Path:
        """Return the picture that a file at `at` calls `name`; where there is none, the path at which it was expected.

        Names are paths from the root, from that file's folder, or from anywhere: then the nearest of the last name.
        """
        plain = name.replace("\\", "/")
        for home in (self.root, at.parent):
            if (home / plain).is_file():
                return home / plain
        candidates = self._by_name[PurePosixPath(plain).name.casefold()]
        return self._nearest(candidates, at, plain) or self.root / plain

    def of_stem(self, file: Path) -> Path | None:
        """Return the picture whose labels a file holds: of the same stem, in the folder that corresponds to its own."""
        return self._nearest(self._by_stem[file.stem.casefold()], file, "")

    def _nearest(self, candidates: Sequence[Path], at: Path, name: str) -> Path | None:
        wanted = (*self._folders(at), *PurePosixPath(name).parts[:-1])
        return max(candidates, key=lambda one: _in_common(self._folders(one), wanted), default=None)

    def _folders(self, path: Path) -> tuple[str, ...]:
        return tuple(part for part in self.inside(path).parts[:-1] if part.casefold() not in _KINDS)

    def inside(self, path: Path) -> Path:
        """Return the path of a picture or an annotation from the folder of the set."""
        return next((path.relative_to(home) for home in self._homes if path.is_relative_to(home)), Path(path.name))


def _in_common(parts: Sequence[str], others: Sequence[str]) -> int:
    return len(set(parts) & set(others)) * 100 - len(parts)
