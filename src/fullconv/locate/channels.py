"""What the channels of a score map mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fullconv.errors import InputError

AUTO, NONE = "auto", "none"
# Names that people give to a class of images that hold none of the others, the clearest first.
_NOTHING = (
    "background", "back ground", "bg", "no object", "no objects", "nothing", "empty", "none", "neither", "neutral",
    "none of the above", "negative", "neg", "other", "others", "unknown", "noise", "void",
)  # fmt: skip


@dataclass(frozen=True)
class Channels:
    """The object classes of a score map's channels, then the background if there is one."""

    classes: tuple[str, ...]
    has_background: bool
    called: str = "background"  # the background's name

    @property
    def background(self) -> int | None:
        """The background's channel."""
        return len(self.classes) if self.has_background else None

    @property
    def names(self) -> list[str]:
        """The name of every channel."""
        return [*self.classes, self.called] if self.has_background else list(self.classes)


def channels_of(classes: Sequence[str], outputs: int, where: str) -> Channels:
    """Return the channels of a classifier of so many outputs: one a class, and perhaps one for the background.

    Raises:
        InputError: neither one output a class, nor one more.
    """
    if outputs - len(classes) not in (0, 1):
        received = f"{outputs} outputs for {len(classes)} names of classes"
        mend = "Give a name for each output (data.classes=[…] of the pipeline); the background needs none."
        raise InputError(where, received, mend)
    return Channels(tuple(classes), outputs > len(classes))


def meant_by(names: Sequence[str], classes: int, background: str, where: str) -> tuple[Channels, tuple[int, ...]]:
    """Return the channels of maps of a classifier of so many classes, and the class of each channel, () for as it is.

    The class that means that nothing is there comes last: that which `background` names, none for `none`; for `auto`
    one of a name such as "nothing" or "other", wherever it stands. One name less than classes leaves the background
    without: of two classes it is the first then, as the one output of a sigmoid speaks of the second.

    Raises:
        InputError: another number of names, or `background` is none of them.
    """
    if len(names) == classes - 1 and background != NONE:
        called = "background" if background == AUTO else background
        if called in names:
            received = f"{background!r}, while {classes} outputs have the {len(names)} names of {where}"
            raise InputError("classifier.background", received, "Give a name for each output.")
        return Channels(tuple(names), True, called), (1, 0) if classes == 2 else ()
    if len(names) != classes:
        received = f"{classes} outputs for {len(names)} names of classes"
        raise InputError(where, received, "Give a name for each output; the background, if it is the last, needs none.")
    empty = background_of(names, background)
    if empty is None:
        return Channels(tuple(names), False), ()
    others = [index for index in range(classes) if index != empty]
    order = (*others, empty)
    channels = Channels(tuple(names[index] for index in others), True, names[empty])
    return channels, () if order == tuple(range(classes)) else order


def background_of(names: Sequence[str], background: str) -> int | None:
    """Return which of the names is the background, as `background` says: a name, a number, `auto` or `none`.

    Raises:
        InputError: it is none of the names.
    """
    if background == AUTO:
        plain = [_plain(name) for name in names]
        found = next((plain.index(word) for word in _NOTHING if word in plain), None)
        return found if len(names) > 1 else None
    if background == NONE:  # a class of that name is the background by itself
        return None
    if background in names:
        return list(names).index(background)
    if background.isdecimal() and int(background) < len(names):
        return int(background)
    known = ", ".join(names[:8])
    mend = f"Choose auto, none, or one of the classes ({known}{', …' if len(names) > 8 else ''})."
    raise InputError("classifier.background", f"received {background!r}, which is no class", mend)


def _plain(name: str) -> str:
    """Return a name in small letters, words parted by one space, without a number before it."""
    words = " ".join(re.split(r"[\W_]+", name.casefold())).strip()
    return re.sub(r"^\d+ (?=\D)", "", words)
