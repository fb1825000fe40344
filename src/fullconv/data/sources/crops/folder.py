"""Class folders, as ImageFolder has them: PATH/<class>/…, or PATH/train/<class>/… and PATH/test/<class>/…."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from fullconv.config.schema import DataConfig
from fullconv.data.sources.crops.places import OPEN, TEST, Listing, Place, listed
from fullconv.data.sources.crops.splits import UNUSED, part_named, roles
from fullconv.data.sources.crops.walk import files_below, folders_in, is_picture
from fullconv.errors import InputError

_CONVENTION = "Sort the pictures into a folder for each class: {}/<class>/*.png."


def list_folder(root: Path, config: DataConfig) -> Listing:
    """Return every picture below the class folders of `root`, classes and pictures sorted by name.

    Raises:
        InputError: there are no class folders, or a name is no text.
    """
    scenes = [] if config.scenes is None else [Path(config.scenes).expanduser()]
    apart = [one for one in scenes if one.is_dir() and one.resolve() != root.resolve()]
    top = [one for one in folders_in(root, "data.path") if one.resolve() not in {two.resolve() for two in apart}]
    parts = _parts(top, config.background)
    homes = parts or [(OPEN, root)]
    folders = [(split, one) for split, home in homes for one in folders_in(home, "data.path") if one not in apart]
    if parts:
        folders += [(OPEN, one) for one in top if _is_background(one, config)]
    places, nothing, others = [], [], []
    for split, folder in folders:
        here = files_below(folder, "data.path", apart)
        others += [one.relative_to(root).as_posix() for one in here if not is_picture(one)]
        if split == UNUSED:
            continue
        label = class_name(folder)
        found = [Place(one, one.relative_to(root).as_posix(), label, split) for one in here if is_picture(one)]
        if _is_background(folder, config):
            nothing += found if split != TEST else []
        else:
            places += found
    if not places:
        raise _no_classes(root, top, config)
    alone = _wrapped(top, root) if len({one.label for one in places}) == 1 and not parts else None
    if alone is not None:
        raise InputError("data.path", f"{root} holds one folder, which holds the class folders", f"Give {alone}.")
    return Listing(
        tuple(places),
        tuple(nothing),
        named=tuple(sorted({one.label for one in places})),
        left_out=tuple(_notes(homes, others, [one for _, one in folders])),
    )


def class_name(folder: Path) -> str:
    """Return a class's name, composed as people type it.

    Raises:
        InputError: the folder's name is no text.
    """
    try:
        folder.name.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            "data.path", f"a class folder {folder.name!a}, whose name is no UTF-8", "Rename it."
        ) from error
    return unicodedata.normalize("NFC", folder.name)


def _is_background(folder: Path, config: DataConfig) -> bool:
    return class_name(folder).casefold() == config.background.casefold()


def _parts(top: Sequence[Path], background: str) -> list[tuple[str, Path]]:
    """Return the folders of parts with what each is used for; none where they are classes, such as bus and train."""
    named = [(part_named(one.name), one) for one in top if one.name.casefold() != background.casefold()]
    holds_classes = [one for part, one in named if part == "train" and folders_in(one, "data.path")]
    if not holds_classes or any(part is None for part, _ in named):
        return []
    used = roles(part for part, _ in named if part is not None)
    return [(used[str(part)], one) for part, one in named]


def _wrapped(top: Sequence[Path], root: Path) -> Path | None:
    """Return the only folder of a set if that is where the class folders lie."""
    inner = folders_in(top[0], "data.path") if len(top) == 1 else []
    holds = [one for one in inner if any(map(is_picture, one.iterdir()))]
    return top[0] if len(holds) > 1 else None


def _holds_folders(folder: Path) -> bool:
    """Return whether a class folder is perhaps none: its pictures all lie in folders of their own."""
    inner = folders_in(folder, "data.path")
    return sum(any(map(is_picture, one.iterdir())) for one in inner) > 1 and not any(map(is_picture, folder.iterdir()))


def _no_classes(root: Path, top: Sequence[Path], config: DataConfig) -> InputError:
    convention = _CONVENTION.format(root)
    if any(map(is_picture, root.iterdir())):
        return InputError("data.path", f"pictures lie in {root} itself, where no folder tells their class", convention)
    if top:
        names = listed([one.name for one in top])
        return InputError("data.path", f"no picture of a class in the folders of {root} ({names})", convention)
    return InputError("data.path", f"{root} has no folder in it", convention)


def _notes(homes: Sequence[tuple[str, Path]], others: list[str], folders: Sequence[Path]) -> list[str]:
    notes = [f"{home.name}/ is left unseen, for fullconv evaluate" for split, home in homes if split == UNUSED]
    notes += [
        f"the folders in {one.name}/ count as one class; if each is a class, give data.path={one}"
        for one in folders
        if _holds_folders(one)
    ]
    kept = [one for one in others if not one.casefold().endswith(("thumbs.db", "desktop.ini"))]
    return notes + ([f"{len(kept)} files that are not called like pictures ({listed(kept)})"] if kept else [])
